import { describe, expect, test } from 'vitest';
import { commonShare, createSpotSlots, type SpotMarketOptions } from '../../../src/cluster/spot/spot-market.ts';
import type { WeibullLaw } from '../../../src/cluster/spot/weibull-law.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { HOUR_US, jointAvailability, ksDistance, ksLimit, runs } from './statistics.ts';

const law = (shape: number, hours: number): WeibullLaw => ({ shape, scaleUs: hours * HOUR_US });

const AVERAGE = { kind: 'weibull', up: law(0.59, 1.8), down: law(0.71, 1.3) } as const;
const POISSON = { kind: 'weibull', up: law(1, 3), down: law(1, 1) } as const;

function slots(count: number, options: Partial<SpotMarketOptions> = {}, seed = 1) {
  const market: SpotMarketOptions = {
    name: 'pool',
    law: AVERAGE,
    zones: 2,
    correlation: 0,
    withinZone: 0,
    begin: 'held',
    ...options,
  };
  return createSpotSlots(market, count, randomStreams(seed));
}

const below =
  ({ shape, scaleUs }: WeibullLaw) =>
  (timeUs: number) =>
    1 - Math.exp(-((timeUs / scaleUs) ** shape));

describe('a slot of the spot market', () => {
  test.each([
    ['of Weibull laws', AVERAGE, {}],
    ['of Weibull laws that shares most of its changes', AVERAGE, { correlation: 0.44, withinZone: 0.9 }],
    [
      'whose hazard grows with age',
      { kind: 'weibull', up: law(1.7, 3), down: law(1.4, 1) } as const,
      { withinZone: 0.6 },
    ],
    ['of Poisson interruptions', POISSON, {}],
    ['of Poisson interruptions that are shared', POISSON, { correlation: 0.3, withinZone: 0.6 }],
  ])('%s is up and down for as long as its laws say, over 20,000 draws', (_, spotLaw, correlations) => {
    const { up, down } = runs(slots(1, { law: spotLaw, ...correlations })[0]!, 20_000);
    expect(ksDistance(up, below(spotLaw.up))).toBeLessThan(ksLimit(20_000));
    expect(ksDistance(down, below(spotLaw.down))).toBeLessThan(ksLimit(20_000));
  });

  test('is available for the share of time that the means say, and interrupted once in both means together', () => {
    // Poisson: 3 h up and 1 h down on average; the deviation of a mean of 20,000 is below 1 % of it.
    const { up, down } = runs(slots(1, { law: POISSON })[0]!, 20_000);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length / HOUR_US;
    expect(mean(up)).toBeGreaterThan(2.93);
    expect(mean(up)).toBeLessThan(3.07);
    expect(mean(up) + mean(down)).toBeGreaterThan(3.92);
    expect(mean(up) + mean(down)).toBeLessThan(4.08);
  });

  test('has lengths that do not depend on the ones before', () => {
    const { up } = runs(slots(1, { law: POISSON, withinZone: 0.6 })[0]!, 20_000);
    const mean = up.reduce((sum, x) => sum + x) / up.length;
    const covariance = up.slice(1).reduce((sum, x, i) => sum + (x - mean) * (up[i]! - mean), 0);
    const variance = up.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    expect(Math.abs(covariance / variance)).toBeLessThan(0.025);
  });

  test('is up, just got, at the beginning of a run, or as on any day', () => {
    expect(slots(50).every(({ isUp }) => isUp)).toBe(true);
    // Availability of Poisson: 3 / (3 + 1); the deviation of a share of 2,000 is 1 %.
    const stationary = slots(2000, { law: POISSON, begin: 'stationary' });
    const share = stationary.filter(({ isUp }) => isUp).length / 2000;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.035);
    expect(stationary.every(({ changeUs }) => changeUs > 0)).toBe(true);
  });

  test('is the same for the same seed, whatever other slots there are', () => {
    const few = slots(2, { correlation: 0.44, withinZone: 0.9 });
    const many = slots(9, { correlation: 0.44, withinZone: 0.9 });
    expect(runs(many[1]!, 100)).toEqual(runs(few[1]!, 100));
    expect(runs(slots(2, {}, 2)[1]!, 100)).not.toEqual(runs(slots(2)[1]!, 100));
  });
});

describe('two slots', () => {
  // Of a share ρ of changes in common follows a correlation of ρ / (2 − ρ): from the balance of the four joint states.
  test.each([0, 0.2, 0.44, 0.7])('with Poisson interruptions are correlated by %f between zones', (correlation) => {
    const [a, b] = slots(2, { law: POISSON, correlation, withinZone: 0.9 });
    const joint = jointAvailability([a!, b!], 100_000);
    expect(Math.abs(joint.correlation - correlation)).toBeLessThan(0.025);
    expect(Math.abs(joint.availability - 0.75)).toBeLessThan(0.015);
  });

  // Public traces of V100s: 0.25 to 0.59 between zones of a region, 0.44 on average.
  test.each([
    ['stable', { kind: 'weibull', up: law(0.55, 4), down: law(0.9, 1) } as const],
    ['average', AVERAGE],
    ['tight', { kind: 'weibull', up: law(0.75, 1), down: law(0.6, 1.9) } as const],
  ])('of the profile %s are correlated within 0.1 of what is asked for, and so as the traces are', (_, spotLaw) => {
    const [a, b, c] = slots(3, { law: spotLaw, correlation: 0.44, withinZone: 0.9 });
    const between = jointAvailability([a!, b!], 100_000).correlation;
    expect(Math.abs(between - 0.44)).toBeLessThan(0.1);
    expect(between).toBeGreaterThan(0.25);
    expect(between).toBeLessThan(0.59);
    const [a2] = slots(1, { law: spotLaw, correlation: 0.44, withinZone: 0.9 });
    expect(Math.abs(jointAvailability([a2!, c!], 100_000).correlation - 0.9)).toBeLessThan(0.05);
  });

  test('of one zone that share everything are one slot', () => {
    const [a, b, c] = slots(3, { correlation: 0.44, withinZone: 1 });
    const first = runs(a!, 200);
    expect(runs(c!, 200)).toEqual(first);
    expect(runs(b!, 200)).not.toEqual(first);
    const [d, e] = slots(2, { correlation: 1, withinZone: 1 });
    expect(runs(d!, 200)).toEqual(runs(e!, 200));
  });

  test('share what the correlation needs', () => {
    expect(commonShare(0)).toBe(0);
    expect(commonShare(1)).toBe(1);
    expect(commonShare(1 / 3)).toBeCloseTo(1 / 2, 12);
  });
});

import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { levelOfEach, meanInterval } from '../../../src/metrics/statistics/confidence.ts';
import { lindley, meanOf } from './lindley.ts';

describe('the interval of a mean', () => {
  it('is t · s / √n to both sides', () => {
    // 1, 2, 3: mean 2, s = 1, t(0.975, 2) = 4.3027.
    const { mean, low, high } = meanInterval([1, 2, 3]);
    expect(mean).toBe(2);
    expect(high).toBeCloseTo(2 + 4.302653 / Math.sqrt(3), 5);
    expect(low).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5);
  });

  it('is that of the bank in Law’s textbook: 2.03 ± 0.32 minutes at 90 %', () => {
    // Simulation Modeling and Analysis, table 9.1: average delays of ten replications.
    const { mean, high } = meanInterval([1.53, 1.66, 1.24, 2.34, 2.0, 1.69, 2.69, 2.86, 1.7, 2.6], 0.9);
    expect(mean.toFixed(2)).toBe('2.03');
    expect((high! - mean).toFixed(2)).toBe('0.32');
  });

  it('is unknown from a single value, and has no width where all agree', () => {
    expect(meanInterval([7])).toEqual({ mean: 7, low: null, high: null, values: 1 });
    expect(meanInterval([7, 7])).toEqual({ mean: 7, low: 7, high: 7, values: 2 });
    expect(meanInterval([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, low: 0.1, high: 0.1, values: 3 });
  });

  it('covers the known mean wait of a queue in 92 to 98 of 100 studies', () => {
    const [load, studies] = [0.6, 200];
    const truth = load / (1 - load);
    let covered = 0;
    for (let study = 0; study < studies; study++) {
      const rng = randomStreams(study)('coverage');
      const { low, high } = meanInterval(Array.from({ length: 10 }, () => meanOf(lindley(rng, load, 5000).waits)));
      if (low! <= truth && truth <= high!) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(0.92 * studies);
    expect(covered).toBeLessThanOrEqual(0.98 * studies);
  });
});

describe('the level of each of several intervals', () => {
  it('shares out what may go wrong: ten at 99.5 % hold at 95 % together', () => {
    expect(levelOfEach(0.95, 10)).toBeCloseTo(0.995, 12);
  });
});

import { describe, expect, test } from 'vitest';
import { hazard, meanUs, ownAge, sharedHeight } from '../../../src/cluster/spot/weibull-law.ts';

describe('a Weibull law', () => {
  test.each([
    // scale × Γ(1 + 1/shape): Γ(2) = 1, Γ(3) = 2, Γ(5) = 24, Γ(3/2) = √π / 2.
    [1, 1],
    [1 / 2, 2],
    [1 / 4, 24],
    [2, Math.sqrt(Math.PI) / 2],
  ])('of shape %f has a mean of %f scales', (shape, mean) => {
    expect(meanUs({ shape, scaleUs: 1e6 }) / 1e6).toBeCloseTo(mean, 5);
  });

  test('has a hazard that falls with age below shape 1', () => {
    const young = { shape: 0.5, scaleUs: 4 };
    // (k/s)(t/s)^(k−1): 1/8 at the scale, twice that at a quarter of it.
    expect(hazard(young, 4)).toBeCloseTo(1 / 8, 12);
    expect(hazard(young, 1)).toBeCloseTo(1 / 4, 12);
  });

  test('of shape 1 shares a share of its rate', () => {
    expect(sharedHeight({ shape: 1, scaleUs: 10 }, 0.3)).toBeCloseTo(0.03, 12);
    expect(sharedHeight({ shape: 0.5, scaleUs: 10 }, 0)).toBe(0);
  });

  test.each([0.55, 0.9, 1.6])('of shape %f has that share of its events below the height found for it', (shape) => {
    const law = { shape, scaleUs: 1000 };
    const height = sharedHeight(law, 0.4);
    // Events below the height are those of min(hazard, height) × survival: summed up in small steps of the quantile.
    const steps = 200_000;
    let below = 0;
    for (let i = 0; i < steps; i++) {
      const ageUs = law.scaleUs * (-Math.log(1 - (i + 0.5) / steps)) ** (1 / shape);
      below += Math.min(1, height / hazard(law, ageUs)) / steps;
    }
    expect(below).toBeCloseTo(0.4, 3);
  });

  test('ends by its own hazard where what is above the height has added up', () => {
    const law = { shape: 0.5, scaleUs: 100 };
    expect(ownAge(law, 0, 2)).toBeCloseTo(400, 9);
    const age = ownAge(law, 0.01, 0.2);
    expect(Math.sqrt(age / 100) - 0.01 * age).toBeCloseTo(0.2, 9);
    // √(t/100) − t/100 is largest, 1/4, at t = 25.
    expect(ownAge(law, 0.01, 0.26)).toBe(Number.POSITIVE_INFINITY);
    expect(ownAge({ shape: 1, scaleUs: 100 }, 0.005, 1)).toBeCloseTo(200, 9);
    const growing = ownAge({ shape: 2, scaleUs: 100 }, 0.01, 3);
    // (t/100)² − t/100 begins to grow at t = 50, from −1/4.
    expect((growing / 100) ** 2 - growing / 100 + 1 / 4).toBeCloseTo(3, 9);
  });
});

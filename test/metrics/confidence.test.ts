import { describe, expect, it } from 'vitest';
import { meanInterval, studentQuantile } from '../../src/metrics/confidence.ts';

describe('the quantile of Student’s t', () => {
  // Table of critical values, two-sided 95 % and 99 % (Abramowitz and Stegun, table 26.10).
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 4, 2.776],
    [0.975, 9, 2.262],
    [0.975, 30, 2.042],
    [0.975, 120, 1.98],
    [0.995, 2, 9.925],
    [0.95, 5, 2.015],
  ])('at %f with %i degrees of freedom is %f', (p, degrees, expected) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 2.9);
  });

  it('with one degree is the Cauchy distribution’s, tan(π (p - 1/2))', () => {
    for (const p of [0.6, 0.9, 0.975]) expect(studentQuantile(p, 1)).toBeCloseTo(Math.tan(Math.PI * (p - 0.5)), 8);
  });

  it('with two degrees is (2p - 1) / √(2p(1 - p))', () => {
    for (const p of [0.6, 0.9, 0.975])
      expect(studentQuantile(p, 2)).toBeCloseTo((2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 8);
  });
});

describe('the interval of a mean', () => {
  it('is t · s / √n to both sides', () => {
    // 1, 2, 3: mean 2, s = 1, t(0.975, 2) = 4.3027.
    const { mean, low, high } = meanInterval([1, 2, 3]);
    expect(mean).toBe(2);
    expect(high).toBeCloseTo(2 + 4.302653 / Math.sqrt(3), 5);
    expect(low).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5);
  });

  it('is unknown from a single value, and has no width where all agree', () => {
    expect(meanInterval([7])).toEqual({ mean: 7, low: null, high: null, values: 1 });
    expect(meanInterval([7, 7])).toEqual({ mean: 7, low: 7, high: 7, values: 2 });
  });
});

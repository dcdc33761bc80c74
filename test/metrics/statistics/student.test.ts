import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../../src/metrics/statistics/normal.ts';
import { studentQuantile } from '../../../src/metrics/statistics/student.ts';

/** Equal but for a few units in the last place. */
function expectSame(actual: number, expected: number) {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(4e-15);
}

describe('the quantile of Student’s t', () => {
  // Table of critical values (Abramowitz and Stegun, table 26.10).
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

  it('with one degree is the Cauchy distribution’s, tan(π (p - 1/2)), to double precision', () => {
    for (const p of [0.6, 0.9, 0.975, 0.9999]) expectSame(studentQuantile(p, 1), 1 / Math.tan(Math.PI * (1 - p)));
  });

  it('with two degrees is (2p - 1) / √(2p(1 - p)), to double precision', () => {
    for (const p of [0.6, 0.9, 0.975, 0.9999])
      expectSame(studentQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)));
  });

  // Roots of the regularised incomplete beta function, found by mpmath with 40 digits.
  it.each([
    [0.975, 9, 2.262157162798205],
    [0.9999999, 9, 14.040718740925183],
    [0.975, 9.5, 2.244137461492296],
    [0.975, 30, 2.042272456301238],
    [0.9999999, 30, 6.701399512379315],
  ])('at %f with %f degrees of freedom has all digits', (p, degrees, expected) => {
    expectSame(studentQuantile(p, degrees), expected);
  });

  it('comes to the normal distribution’s with many degrees', () => {
    expect(studentQuantile(0.975, 1e6)).toBeCloseTo(1.959966356814107, 10);
  });

  it('with four degrees has the probability that it was asked for, 1/2 + 3/4 (s - s³/3) with s = t / √(4 + t²)', () => {
    for (const p of [0.51, 0.6, 0.9, 0.975, 0.9999]) {
      const t = studentQuantile(p, 4);
      const s = t / Math.sqrt(4 + t * t);
      expect(0.5 + 0.75 * (s - s ** 3 / 3)).toBeCloseTo(p, 14);
    }
  });

  it('is odd around the median, and grows with p', () => {
    const degrees = fc.double({ min: 1, max: 500, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.5001, max: 0.9999, noNaN: true }), degrees, (p, nu) => {
        const t = studentQuantile(p, nu);
        expect(studentQuantile(1 - p, nu)).toBeCloseTo(-t, 9);
        expect(studentQuantile(p + 0.00005, nu)).toBeGreaterThan(t);
      }),
    );
  });
});

describe('the normal distribution', () => {
  // Abramowitz and Stegun, tables 26.1 and 26.5.
  it('has the quantiles and probabilities of the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(normalQuantile(0.0001)).toBeCloseTo(-3.719016485455709, 11);
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 15);
    expect(normalCdf(-2)).toBeCloseTo(0.022750131948179, 15);
    expect([normalCdf(-40), normalCdf(40)]).toEqual([0, 1]);
  });
});

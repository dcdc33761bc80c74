import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPowerLaw, spread } from './power-law.ts';

describe('fitPowerLaw', () => {
  it('finds factor and exponent of points that follow a law', () => {
    const { factor, exponent } = fitPowerLaw([1, 4, 9, 100].map((x) => [x, 3 * x ** 0.5]));
    expect(factor).toBeCloseTo(3, 10);
    expect(exponent).toBeCloseTo(0.5, 10);
  });

  it('gives a constant the exponent 0', () => {
    expect(fitPowerLaw([8, 32, 1024].map((x) => [x, 7])).exponent).toBeCloseTo(0, 10);
  });

  it('minimises squared errors of the logarithms', () => {
    // ln x = 0, 1, 2 and ln y = 0, 2, 1: slope ((-1)(-1) + 0 + (1)(0)) / 2 = 1/2, mean of ln y 1, so ln c = 1 - 1/2.
    const { factor, exponent } = fitPowerLaw([
      [1, 1],
      [Math.E, Math.E ** 2],
      [Math.E ** 2, Math.E],
    ]);
    expect(exponent).toBeCloseTo(0.5, 10);
    expect(factor).toBeCloseTo(Math.exp(0.5), 10);
  });

  it('keeps the exponent whatever the units of either axis', () => {
    const value = fc.double({ min: 0.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 8 }), value, value, (ys, xUnit, yUnit) => {
        const points = ys.map((y, i) => [i + 1, y] as const);
        const scaled = points.map(([x, y]) => [x * xUnit, y * yUnit] as const);
        expect(fitPowerLaw(scaled).exponent).toBeCloseTo(fitPowerLaw(points).exponent, 6);
      }),
    );
  });
});

describe('spread', () => {
  it('is the largest value over the smallest', () => {
    expect(spread([4, 2, 10, 5])).toBe(5);
    expect(spread([3, 3])).toBe(1);
  });
});

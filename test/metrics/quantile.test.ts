import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atRankOfHistogram,
  atRankOfSorted,
  cumulativeCounts,
  quantileOfHistogram,
  quantileOfSorted,
} from '../../src/metrics/quantile.ts';
import { histogram } from '../report/fixture.ts';

describe('quantileOfSorted', () => {
  test('is the R-7 method: the example in the documentation of numpy.percentile', () => {
    // np.percentile([[10, 7, 4], [3, 2, 1]], 50) is 3.5
    expect(quantileOfSorted(Float64Array.of(1, 2, 3, 4, 7, 10), 0.5)).toBe(3.5);
  });

  test('interpolates between the neighbours of rank (n - 1) p', () => {
    // rank 3 * 0.25 = 0.75: three quarters of the way from the first value to the second.
    expect(quantileOfSorted(Float64Array.of(10, 20, 40, 80), 0.25)).toBe(17.5);
    expect(quantileOfSorted(Float64Array.of(10, 20, 40, 80), 0.9)).toBeCloseTo(40 + 40 * 0.7, 10);
  });

  test('gives the ends for 0 and 1, the value itself for one value, and null for none', () => {
    const values = Float64Array.of(3, 5, 9);
    expect([quantileOfSorted(values, 0), quantileOfSorted(values, 1)]).toEqual([3, 9]);
    expect(quantileOfSorted(Float64Array.of(7), 0.99)).toBe(7);
    expect(quantileOfSorted(new Float64Array(0), 0.5)).toBeNull();
  });
});

test('the value at a rank lies between its neighbours as the rank does', () => {
  const values = Float64Array.of(10, 20, 40);
  expect([0, 1, 1.25, 2].map((rank) => atRankOfSorted(values, rank))).toEqual([10, 20, 25, 40]);
  const binned = histogram({ 10: 1, 20: 1, 40: 1 });
  expect([0, 1.25, 2].map((rank) => atRankOfHistogram(binned, cumulativeCounts(binned), rank))).toEqual([10, 25, 40]);
  expect(atRankOfSorted(new Float64Array(0), 0)).toBeNull();
});

describe('quantileOfHistogram', () => {
  test('counts every occurrence', () => {
    const values = histogram({ 10: 3, 20: 1 });
    // Written out: 10 10 10 20; rank 3 * 0.9 = 2.7.
    expect(quantileOfHistogram(values, cumulativeCounts(values), 0.9)).toBeCloseTo(17, 10);
  });

  test('is null where nothing occurred', () => {
    const empty = histogram({});
    expect(quantileOfHistogram(empty, cumulativeCounts(empty), 0.5)).toBeNull();
  });

  test('always equals the quantile of the values written out', () => {
    const bins = fc.array(fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(bins, fc.double({ min: 0, max: 1, noNaN: true }), (pairs, p) => {
        const values = histogram(Object.fromEntries(pairs));
        const expanded = [...values.valuesUs].flatMap((value, i) => new Array<number>(values.counts[i]!).fill(value));
        const expected = quantileOfSorted(Float64Array.from(expanded), p)!;
        expect(quantileOfHistogram(values, cumulativeCounts(values), p)).toBeCloseTo(expected, 6);
      }),
    );
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distributionOf, distributionOfHistogram } from '../../src/metrics/distribution.ts';
import { histogram } from '../report/fixture.ts';

test('the standard deviation is that of the population, as in the documentation of numpy.std', () => {
  // np.std([[1, 2], [3, 4]]) is 1.118…
  const { mean, std } = distributionOf(Float64Array.of(4, 2, 3, 1));
  expect(mean).toBe(2.5);
  expect(std).toBeCloseTo(1.118033988749895, 14);
});

test('values that did not happen are left out', () => {
  const distribution = distributionOf(Float64Array.of(Number.NaN, 2, Number.NaN, 4));
  expect([distribution.count, distribution.mean, distribution.quantile(0.5)]).toEqual([2, 3, 3]);
});

test('values are ordered as numbers, not as text', () => {
  expect(distributionOf(Float64Array.of(10, 9, 100)).quantile(0)).toBe(9);
});

test('without values every statistic is null', () => {
  for (const distribution of [distributionOf(new Float64Array(0)), distributionOfHistogram(histogram({}))]) {
    expect([distribution.count, distribution.mean, distribution.std, distribution.quantile(0.5)]).toEqual([
      0,
      null,
      null,
      null,
    ]);
  }
});

test('a histogram has the statistics of its values written out', () => {
  const bins = fc.dictionary(fc.nat(1e6).map(String), fc.integer({ min: 1, max: 5 }), { minKeys: 1, maxKeys: 10 });
  fc.assert(
    fc.property(bins, (counts) => {
      const binned = distributionOfHistogram(histogram(counts));
      const plain = distributionOf(
        Float64Array.from(Object.entries(counts).flatMap(([value, n]) => new Array<number>(n).fill(Number(value)))),
      );
      expect(binned.count).toBe(plain.count);
      expect(binned.mean).toBeCloseTo(plain.mean!, 4);
      expect(binned.std).toBeCloseTo(plain.std!, 4);
    }),
  );
});

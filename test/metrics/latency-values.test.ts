import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distributionOf } from '../../src/metrics/distribution.ts';
import { LatencyValues, QUANTILE_ERROR } from '../../src/metrics/latency-values.ts';

function valuesOf(values: readonly number[], mostExact: number): LatencyValues {
  const latency = new LatencyValues(mostExact);
  for (const value of values) latency.add(value);
  return latency;
}

const latencies = fc.array(
  fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 1e10 }), fc.double({ min: 0, max: 1e7, noNaN: true })),
  {
    minLength: 1,
    maxLength: 2000,
    size: 'max',
  },
);
const SHARES = [0, 0.01, 0.5, 0.9, 0.99, 1];

test('up to the limit every statistic is that of the values', () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const latency = valuesOf(values, values.length);
      const [found, plain] = [latency.distribution(), distributionOf(Float64Array.from(values))];
      expect(latency.isExact).toBe(true);
      expect([found.count, found.mean, found.std]).toEqual([plain.count, plain.mean, plain.std]);
      for (const share of SHARES) expect(found.quantile(share)).toBe(plain.quantile(share));
    }),
  );
});

test('beyond it quantiles are off by 0.05 % or half a microsecond at most, and mean and deviation by nothing', () => {
  fc.assert(
    fc.property(latencies, fc.nat(100), (values, mostExact) => {
      fc.pre(values.length > mostExact);
      const latency = valuesOf(values, mostExact);
      const [found, plain] = [latency.distribution(), distributionOf(Float64Array.from(values))];
      expect(latency.isExact).toBe(false);
      expect(found.count).toBe(plain.count);
      expect(Math.abs(found.mean! - plain.mean!)).toBeLessThanOrEqual(1e-9 * plain.mean!);
      expect(Math.abs(found.std! - plain.std!)).toBeLessThanOrEqual(1e-6 * (plain.std! + plain.mean!));
      const ranks = SHARES.map((share) => Math.floor(share * (values.length - 1)));
      for (const rank of ranks) {
        const exact = plain.atRank(rank)!;
        expect(Math.abs(found.atRank(rank)! - exact)).toBeLessThanOrEqual(Math.max(0.5, QUANTILE_ERROR * exact));
      }
    }),
  );
});

test('values of several classes have the statistics of all of them together', () => {
  fc.assert(
    fc.property(fc.array(latencies, { minLength: 1, maxLength: 4 }), fc.constantFrom(500, 1e6), (parts, mostExact) => {
      const merged = LatencyValues.merged(
        parts.map((part) => valuesOf(part, mostExact)),
        mostExact,
      );
      const together = valuesOf(parts.flat(), mostExact);
      expect(merged.isExact).toBe(together.isExact);
      const [found, expected] = [merged.distribution(), together.distribution()];
      expect(found.count).toBe(expected.count);
      expect(Math.abs(found.mean! - expected.mean!)).toBeLessThanOrEqual(1e-9 * expected.mean!);
      for (const share of SHARES) expect(found.quantile(share)).toBe(expected.quantile(share));
    }),
  );
});

test('what did not happen is left out, and without values there are no statistics', () => {
  const latency = valuesOf([Number.NaN, 4, Number.NaN], 10);
  expect([latency.count, latency.distribution().mean]).toEqual([1, 4]);
  expect(valuesOf([], 10).distribution().quantile(0.5)).toBeNull();
});

test('a copy goes its own way', () => {
  const latency = valuesOf([1, 2], 10);
  const copy = latency.copy();
  copy.add(3);
  expect([latency.count, copy.count]).toEqual([2, 3]);
});

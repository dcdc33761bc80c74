import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { comparePaired, compareWelch } from '../../../src/metrics/statistics/comparison.ts';
import { lindley, meanOf } from './lindley.ts';

// Additional hours of sleep under two drugs, ten patients (Student, The Probable Error of a Mean, Biometrika 6, 1908).
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

const bySeed = (values: readonly number[]) => values.map((value, i) => ({ seed: i + 1, value }));

describe('a paired comparison', () => {
  it('of Student’s own data gives what R’s t.test documents: t = -4.0621 on 9 degrees, p = 0.002833', () => {
    const { difference, degreesOfFreedom, pValue } = comparePaired(bySeed(FIRST), bySeed(SECOND));
    expect(difference.mean).toBeCloseTo(-1.58, 10);
    expect(difference.low).toBeCloseTo(-2.4598858, 6);
    expect(difference.high).toBeCloseTo(-0.7001142, 6);
    expect(degreesOfFreedom).toBe(9);
    expect(pValue).toBeCloseTo(0.002833, 6);
  });

  it('pairs by seed, in any order, and leaves out seeds that only one has', () => {
    const variant = [
      { seed: 3, value: 30 },
      { seed: 1, value: 10 },
      { seed: 9, value: 1e9 },
    ];
    const baseline = [
      { seed: 1, value: 8 },
      { seed: 2, value: -1e9 },
      { seed: 3, value: 26 },
    ];
    expect(comparePaired(variant, baseline).difference).toMatchObject({ mean: 3, values: 2 });
  });

  it('gives the ratio as the geometric mean over seeds, and none where a value is not positive', () => {
    // Ratios 2 and 8.
    const both = comparePaired(bySeed([2, 8]), bySeed([1, 1]));
    expect(both.ratio!.mean).toBeCloseTo(4, 12);
    expect(comparePaired(bySeed([2, 8]), bySeed([1, 0])).ratio).toBeNull();
  });

  it('says nothing of the spread from one pair, and of equal differences that there is none', () => {
    expect(comparePaired(bySeed([2]), bySeed([1]))).toMatchObject({
      difference: { mean: 1, low: null, high: null },
      pValue: null,
    });
    expect(comparePaired(bySeed([2, 3]), bySeed([1, 2]))).toMatchObject({ difference: { low: 1, high: 1 }, pValue: 0 });
    expect(comparePaired(bySeed([2, 3]), bySeed([2, 3])).pValue).toBe(1);
  });

  it('refuses variants without a common seed', () => {
    const other = [{ seed: 8, value: 1 }];
    expect(() => comparePaired(bySeed([1]), other)).toThrow(InputError);
    expect(() => comparePaired(bySeed([1]), other)).toThrow('share no seed (1 and 8)');
  });

  it('of two servers under common random numbers needs far fewer replications', () => {
    // The same arrivals and demands; the variant’s load is 2 % higher.
    const waits = (load: number) =>
      bySeed(Array.from({ length: 20 }, (_, i) => meanOf(lindley(randomStreams(i)('queue'), load, 2000, 0).waits)));
    const { difference, varianceRatio } = comparePaired(waits(0.612), waits(0.6));
    expect(varianceRatio).toBeGreaterThan(10);
    expect(difference.low).toBeGreaterThan(0);
  });
});

describe('Welch’s comparison', () => {
  it('of Student’s data gives what R’s t.test documents: 17.776 degrees, p = 0.07939', () => {
    const { difference, degreesOfFreedom, pValue } = compareWelch(FIRST, SECOND);
    expect(difference.mean).toBeCloseTo(-1.58, 10);
    expect(difference.low).toBeCloseTo(-3.3654832, 6);
    expect(difference.high).toBeCloseTo(0.2054832, 6);
    expect(degreesOfFreedom).toBeCloseTo(17.776, 3);
    expect(pValue).toBeCloseTo(0.07939, 5);
  });

  it('is unknown where one of the two has a single replication', () => {
    expect(compareWelch([1, 2], [1]).difference).toMatchObject({ mean: 0.5, low: null, high: null });
  });

  it('of values without spread is as sure as can be', () => {
    expect(compareWelch([2, 2], [1, 1])).toMatchObject({ difference: { low: 1, high: 1 }, pValue: 0 });
  });
});

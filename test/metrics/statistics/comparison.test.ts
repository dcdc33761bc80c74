import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { comparePaired } from '../../../src/metrics/statistics/comparison.ts';
import { meanInterval } from '../../../src/metrics/statistics/confidence.ts';
import { lindley, meanOf } from './lindley.ts';

// Additional hours of sleep under two drugs, ten patients (Student, The Probable Error of a Mean, Biometrika 6, 1908).
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

const bySeed = (values: readonly number[]) => values.map((value, i) => ({ seed: i + 1, value }));

describe('a paired comparison', () => {
  it('of Student’s own data has the interval of R’s and SciPy’s paired t test: -2.46 to -0.70 hours', () => {
    const { difference } = comparePaired(bySeed(FIRST), bySeed(SECOND));
    expect(difference.mean).toBeCloseTo(-1.58, 10);
    expect(difference.low).toBeCloseTo(-2.4598858, 6);
    expect(difference.high).toBeCloseTo(-0.7001142, 6);
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
    });
    expect(comparePaired(bySeed([2, 3]), bySeed([1, 2]))).toMatchObject({ difference: { low: 1, high: 1 } });
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
    const [variant, baseline] = [waits(0.612), waits(0.6)];
    const { difference } = comparePaired(variant, baseline);
    const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
    const apart = [variant, baseline].map((each) => width(meanInterval(each.map(({ value }) => value))));
    // Of independent means the squares of the widths add up; replications go with the square.
    expect((apart[0]! ** 2 + apart[1]! ** 2) / width(difference) ** 2).toBeGreaterThan(10);
    expect(difference.low).toBeGreaterThan(0);
  });
});

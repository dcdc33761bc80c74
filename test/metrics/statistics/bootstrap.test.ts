import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import {
  type BootstrapOptions,
  combined,
  resample,
  resampledInterval,
  type WeightedStatistic,
} from '../../../src/metrics/statistics/bootstrap.ts';
import { pooledQuantiles } from '../../../src/metrics/statistics/pooled-quantile.ts';
import { studentQuantile } from '../../../src/metrics/statistics/student.ts';
import { lindley } from './lindley.ts';

const rng = (seed = 1) => randomStreams(seed)('bootstrap');

function bootstrapInterval(
  units: number,
  statistic: WeightedStatistic,
  { level, ...options }: BootstrapOptions & { level?: number },
) {
  return resampledInterval(resample(units, statistic, options), level);
}

/** The level of a two-sided interval of Student's t that reaches so far: where its quantile is that, by bisection. */
function levelOfReach(t: number, degrees: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (studentQuantile((1 + middle) / 2, degrees) < t) low = middle;
    else high = middle;
  }
  return low;
}

/** Of one value a unit. */
function weightedMean(values: readonly number[]): WeightedStatistic {
  return (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return values.reduce((sum, value, i) => sum + weights[i]! * value, 0) / total;
  };
}

// Spatial test, 26 children (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14).
const SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41];

const plugInVariance: WeightedStatistic = (weights) => {
  const count = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = weightedMean(SPATIAL)(weights);
  return SPATIAL.reduce((sum, value, i) => sum + weights[i]! * (value - mean) ** 2, 0) / count;
};

describe('a bootstrap interval', () => {
  it('is the textbook’s BCa interval, 115.97 to 258.54 for a variance of 171.5, at the textbook’s normal quantile', () => {
    // Martinez and Martinez, Computational Statistics Handbook with MATLAB, example 7.8.
    // The level at which the widened quantile is 1.645, so that only BCa is left.
    const level = levelOfReach(1.6448536 / Math.sqrt(26 / 25), 25);
    const { estimate, low, high } = bootstrapInterval(26, plugInVariance, { rng: rng(), level, resamples: 20_000 });
    expect(estimate).toBeCloseTo(171.5, 1);
    // The book’s bounds come from 2,000 resamples: their own error is about 3.
    expect(Math.abs(low! - 115.97)).toBeLessThan(4);
    expect(Math.abs(high! - 258.54)).toBeLessThan(6);
  });

  it('is the same for the same stream', () => {
    const interval = () => bootstrapInterval(26, plugInVariance, { rng: rng(7) });
    expect(interval()).toEqual(interval());
  });

  it('is refused to fewer than ten units, which would make it too narrow', () => {
    expect(bootstrapInterval(9, weightedMean([1, 2, 3, 4, 5, 6, 7, 8, 9]), { rng: rng() })).toEqual({
      estimate: 5,
      low: null,
      high: null,
      units: 9,
    });
  });

  it('has no width where all units agree', () => {
    const { low, high } = bootstrapInterval(12, weightedMean(Array.from({ length: 12 }, () => 3)), { rng: rng() });
    expect([low, high]).toEqual([3, 3]);
  });

  it('of the pooled p90 of 30 runs covers the known one of a queue in 92 to 98 of 100 studies', () => {
    const [load, studies] = [0.5, 200];
    const truth = -Math.log(0.1) / (1 - load);
    let covered = 0;
    for (let study = 0; study < studies; study++) {
      const streams = randomStreams(study);
      const runs = Array.from({ length: 30 }, (_, i) => inSystem(lindley(streams(`run/${i}`), load, 1000)));
      const { low, high } = bootstrapInterval(30, pooledQuantiles(runs)(0.9), {
        rng: streams('bootstrap'),
        resamples: 300,
      });
      if (low! <= truth && truth <= high!) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(0.92 * studies);
    expect(covered).toBeLessThanOrEqual(0.98 * studies);
  });
});

describe('statistics over the same resamples', () => {
  const streams = () => rng(3);
  const values = Array.from({ length: 12 }, (_, i) => (i * 7) % 12);

  it('can be subtracted: the difference to a shifted copy is the shift, in every resample', () => {
    const a = resample(12, weightedMean(values.map((each) => each + 5)), { rng: streams() });
    const b = resample(12, weightedMean(values), { rng: streams() });
    const { estimate, low, high } = resampledInterval(combined(a, b, (x, y) => x - y));
    for (const value of [estimate, low!, high!]) expect(value).toBeCloseTo(5, 9);
  });

  it('have the acceleration of the textbook, 0.061 for the variance of the spatial test data', () => {
    // The same example; -Σ d³ / (6 (Σ d²)^1.5) of the jackknife.
    const { without } = resample(26, plugInVariance, { rng: streams(), resamples: 1 });
    const mean = without.reduce((sum, each) => sum + each, 0) / 26;
    const power = (exponent: number) => without.reduce((sum, each) => sum + (mean - each) ** exponent, 0);
    expect(power(3) / (6 * power(2) ** 1.5)).toBeCloseTo(0.061, 3);
  });
});

function inSystem({ arrivals, departures }: ReturnType<typeof lindley>): Float64Array {
  return departures.map((departure, i) => departure - arrivals[i]!);
}

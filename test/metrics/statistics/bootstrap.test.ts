import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { quantileOfSorted } from '../../../src/metrics/quantile.ts';
import {
  bootstrapInterval,
  pooledQuantile,
  stretches,
  type WeightedStatistic,
  weightedMean,
} from '../../../src/metrics/statistics/bootstrap.ts';
import { studentTwoSided } from '../../../src/metrics/statistics/student.ts';
import { lindley } from './lindley.ts';

const rng = (seed = 1) => randomStreams(seed)('bootstrap');

// Spatial test, 26 children (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, table 14.1).
const SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41];

const plugInVariance: WeightedStatistic = (weights) => {
  const count = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = weightedMean(SPATIAL)(weights);
  return SPATIAL.reduce((sum, value, i) => sum + weights[i]! * (value - mean) ** 2, 0) / count;
};

describe('a bootstrap interval', () => {
  it('is the textbook’s BCa interval, 115.8 to 259.6 for a variance of 171.5, at the textbook’s normal quantile', () => {
    // The level at which the widened quantile is 1.645, so that only BCa is left.
    const level = 1 - studentTwoSided(1.6448536 / Math.sqrt(26 / 25), 25);
    const { estimate, low, high } = bootstrapInterval(26, plugInVariance, { rng: rng(), level, resamples: 20_000 });
    expect(estimate).toBeCloseTo(171.5, 1);
    // The book’s bounds come from 2,000 resamples: their own error is about 3.
    expect(Math.abs(low! - 115.8)).toBeLessThan(4);
    expect(Math.abs(high! - 259.6)).toBeLessThan(6);
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
      const { low, high } = bootstrapInterval(30, pooledQuantile(runs, 0.9), {
        rng: streams('bootstrap'),
        resamples: 300,
      });
      if (low! <= truth && truth <= high!) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(0.92 * studies);
    expect(covered).toBeLessThanOrEqual(0.98 * studies);
  });

  it('of one long run takes stretches of it, and covers as often, where single requests would not', () => {
    const load = 0.7;
    const truth = -Math.log(0.5) / (1 - load);
    const covers = (units: (values: Float64Array) => Float64Array[]) => {
      let covered = 0;
      for (let study = 0; study < 60; study++) {
        const streams = randomStreams(study);
        const parts = units(inSystem(lindley(streams('run'), load, 6000)));
        const { low, high } = bootstrapInterval(parts.length, pooledQuantile(parts, 0.5), {
          rng: streams('bootstrap'),
          resamples: 150,
        });
        if (low! <= truth && truth <= high!) covered++;
      }
      return covered;
    };
    expect(covers((values) => stretches(values, 20))).toBeGreaterThanOrEqual(51);
    // Every twentieth request to the same unit: units that look alike although the run is not.
    const combs = (values: Float64Array) =>
      Array.from({ length: 20 }, (_, unit) => values.filter((_, i) => i % 20 === unit));
    expect(covers(combs)).toBeLessThan(40);
  });
});

describe('the quantile of units together', () => {
  it('is that of their values written out as often as the weights say', () => {
    const unit = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(unit, fc.nat(3)), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (units, p) => {
          const written = units.flatMap(([values, weight]) => Array.from({ length: weight }, () => values).flat());
          const expected = quantileOfSorted(Float64Array.from(written).sort(), p);
          const actual = pooledQuantile(
            units.map(([values]) => values),
            p,
          )(Uint32Array.from(units, ([, weight]) => weight));
          if (expected === null) expect(actual).toBeNaN();
          else expect(actual).toBeCloseTo(expected, 10);
        },
      ),
    );
  });
});

function inSystem({ arrivals, departures }: ReturnType<typeof lindley>): Float64Array {
  return departures.map((departure, i) => departure - arrivals[i]!);
}

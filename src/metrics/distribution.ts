/**
 * The statistics that people quote of a latency, over plain values (one a request) or over a histogram (inter-token
 * gaps, of which a run has millions). The standard deviation is the population's, as `numpy.std` computes it.
 */
import type { Histogram } from '../record/run-record.ts';
import {
  atRankOfHistogram,
  atRankOfSorted,
  cumulativeCounts,
  quantileOfHistogram,
  quantileOfSorted,
} from './quantile.ts';

/** Statistics in the unit of the values; null where there are no values. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  readonly std: number | null;
  /** The `p`-quantile, `p` from 0 to 1. */
  readonly quantile: (p: number) => number | null;
  /** The value at a rank from 0 to `count` - 1, between two values where the rank is. */
  readonly atRank: (rank: number) => number | null;
}

/** Of values in any order; NaN (it did not happen) is left out. */
export function distributionOf(values: Float64Array): Distribution {
  return distributionOfSorted(values.filter((value) => !Number.isNaN(value)).sort());
}

/** Of values in ascending order, which must stay as they are. */
export function distributionOfSorted(sorted: Float64Array | Uint32Array): Distribution {
  const mean = meanOf(sorted, null);
  return {
    count: sorted.length,
    mean,
    std: mean === null ? null : deviation(mean, sorted, null),
    quantile: (p) => quantileOfSorted(sorted, p),
    atRank: (rank) => atRankOfSorted(sorted, rank),
  };
}

/** Of a histogram, as if each value were written out as often as it occurred. */
export function distributionOfHistogram(histogram: Histogram): Distribution {
  const cumulative = cumulativeCounts(histogram);
  const { valuesUs, counts } = histogram;
  const mean = meanOf(valuesUs, counts);
  return {
    count: cumulative[cumulative.length - 1] ?? 0,
    mean,
    std: mean === null ? null : deviation(mean, valuesUs, counts),
    quantile: (p) => quantileOfHistogram(histogram, cumulative, p),
    atRank: (rank) => atRankOfHistogram(histogram, cumulative, rank),
  };
}

/** Of values that occurred so often; null: once each. */
function meanOf(values: Float64Array | Uint32Array, counts: Float64Array | null): number | null {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const count = counts === null ? 1 : counts[i]!;
    total += count;
    sum += count * values[i]!;
  }
  return total === 0 ? null : sum / total;
}

function deviation(mean: number, values: Float64Array | Uint32Array, counts: Float64Array | null): number {
  let total = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const count = counts === null ? 1 : counts[i]!;
    total += count;
    squares += count * (values[i]! - mean) ** 2;
  }
  return Math.sqrt(squares / total);
}

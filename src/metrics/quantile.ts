/**
 * Quantiles by linear interpolation between order statistics (method R-7 of Hyndman and Fan, 1996), which is what
 * `numpy.percentile` does by default and therefore what `vllm bench serve` reports.
 */
import { quantileSorted } from 'd3-array';
import type { Histogram } from '../record/run-record.ts';

/** The `p`-quantile, `p` from 0 to 1, of values in ascending order; null without values. */
export function quantileOfSorted(sorted: Float64Array | Uint32Array, p: number): number | null {
  // d3 reads nothing but length and elements; its types know only plain arrays.
  return quantileSorted(sorted as ArrayLike<number> as number[], p) ?? null;
}

/** The value at a 0-based rank in ascending order, which may lie between two values; null without values. */
export function atRankOfSorted(sorted: Float64Array | Uint32Array, rank: number): number | null {
  if (sorted.length === 0) return null;
  const below = Math.floor(rank);
  const lower = sorted[below]!;
  return lower + (sorted[Math.min(below + 1, sorted.length - 1)]! - lower) * (rank - below);
}

/**
 * The `p`-quantile of a histogram: exactly what `quantileOfSorted` gives for its values written out as often as they
 * occurred. `cumulative` is `cumulativeCounts` of the same histogram.
 */
export function quantileOfHistogram(histogram: Histogram, cumulative: Float64Array, p: number): number | null {
  const total = cumulative[cumulative.length - 1] ?? 0;
  return atRankOfHistogram(histogram, cumulative, (total - 1) * Math.min(1, Math.max(0, p)));
}

/** As `atRankOfSorted`, of the values written out. */
export function atRankOfHistogram(histogram: Histogram, cumulative: Float64Array, rank: number): number | null {
  const total = cumulative[cumulative.length - 1] ?? 0;
  if (total === 0) return null;
  const lowerRank = Math.floor(rank);
  const lower = valueAtRank(histogram, cumulative, lowerRank);
  const upper = valueAtRank(histogram, cumulative, Math.min(lowerRank + 1, total - 1));
  return lower + (upper - lower) * (rank - lowerRank);
}

/** How many values lie in each bin or in one before it. */
export function cumulativeCounts(histogram: Histogram): Float64Array {
  const cumulative = new Float64Array(histogram.counts.length);
  let sum = 0;
  for (let i = 0; i < cumulative.length; i++) {
    sum += histogram.counts[i]!;
    cumulative[i] = sum;
  }
  return cumulative;
}

/** The value with 0-based rank `rank` in ascending order. */
function valueAtRank(histogram: Histogram, cumulative: Float64Array, rank: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > rank) high = middle;
    else low = middle + 1;
  }
  return histogram.valuesUs[low]!;
}

/**
 * Decodes of unequal contexts in one batch cost more than as many of the mean context: the time moves a share `alpha` of
 * the way to a batch in which all have the longest. `skew_fit.csv` holds alpha by bucket of batch size, of
 * (mean - shortest) / (longest - shortest) and of the longest context, as fitted by the profiler (LLMServingSim,
 * github.com/casys-kaist/LLMServingSim, profiler 1.0). Buckets of decode-only batches (`pc` 0, `kp` 0) are used as they
 * are.
 *
 * Buckets of batches with a prefill are keyed by exact chunk sizes that a real chunk almost never has; there one pooled
 * share holds: the least-squares slope of (t_skew - t_mean) on (t_max - t_mean) over those rows of `skew.csv`, else the
 * pooled value in `meta.yaml`. A mean of the buckets would not do: they count alike, and the large shares of small
 * batches, where there is nothing to pay, would be charged to large ones. Without either file it is 0.054, the slope of
 * the public profile of Llama-3.1-8B on an RTX PRO 6000.
 */
import { InputError } from '../../core/input-error.ts';
import { type Row, readTable } from './csv.ts';

/** Share of batches with a prefill where nothing was measured. */
export const DEFAULT_MIXED_SKEW = 0.054;

/** Shares of decode-only batches. */
export interface SkewBuckets {
  /** Upper bounds of the buckets, ascending, included; a value beyond the last is in the last. */
  readonly requests: readonly number[];
  readonly rates: readonly number[];
  readonly longest: readonly number[];
  /** `alpha[(request * rates + rate) * longest + longest]`. */
  readonly alpha: Float64Array;
}

const FIT_COLUMNS = {
  pc: 'count',
  n_label: 'text',
  skew_rate_label: 'text',
  kv_big_label: 'text',
  kp_label: 'text',
  alpha: 'number',
  n_samples: 'count',
} as const;

const SWEEP_COLUMNS = {
  regime: 'text',
  n: 'count',
  nb: 'count',
  ratio: 'number',
  skew: 'number',
  pc: 'count',
  kp: 'count',
  kvs: 'count',
  kv_big: 'count',
  kv_mean: 'number',
  t_mean_us: 'maybe',
  t_max_us: 'maybe',
  t_skew_us: 'maybe',
  alpha: 'maybe',
} as const;

type FitRow = Row<typeof FIT_COLUMNS>;

/** Reads `skew_fit.csv`. A bucket without measurements has the mean of its batch size, weighted by measurements. */
export function parseSkewBuckets(text: string, where: string): SkewBuckets {
  const rows = readTable(text, where, FIT_COLUMNS).filter((row) => row.pc === 0 && row.kp_label === 'kp=0');
  if (rows.length === 0) throw new InputError(`${where}: no buckets with pc 0 and kp=0; expected decode-only batches.`);
  const bounded = rows.map((row) => ({
    requests: upperBound(row, 'n_label', 'n'),
    rate: upperBound(row, 'skew_rate_label', 'sr'),
    longest: upperBound(row, 'kv_big_label', 'kvB'),
    ...{ alpha: row.alpha, samples: row.n_samples },
  }));
  const requests = distinct(bounded.map((row) => row.requests));
  const rates = distinct(bounded.map((row) => row.rate));
  const longest = distinct(bounded.map((row) => row.longest));
  const alpha = requests.flatMap((bound) => {
    const same = bounded.filter((row) => row.requests === bound);
    const pooled = weightedMean(same);
    return rates.flatMap((rate) =>
      longest.map((kv) => same.find((row) => row.rate === rate && row.longest === kv)?.alpha ?? pooled),
    );
  });
  return { requests, rates, longest, alpha: Float64Array.from(alpha) };
}

/** `n<=64` → 64, `sr<=15%` → 0.15, `kvB<=4k` → 4096, `sr>70%` → Infinity. */
function upperBound(row: FitRow, column: 'n_label' | 'skew_rate_label' | 'kv_big_label', name: string): number {
  const [, read, sign, digits, unit] = /^(\w+?)(<=|>)(\d+(?:\.\d+)?)(%|k?)$/.exec(row[column]) ?? [];
  if (read !== name) {
    throw new InputError(`${row.at}: column ${column} is "${row[column]}"; expected a bound like ${name}<=16.`);
  }
  if (sign === '>') return Number.POSITIVE_INFINITY;
  const value = Number(digits);
  return unit === 'k' ? value * 1024 : unit === '%' ? value / 100 : value;
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function weightedMean(rows: readonly { alpha: number; samples: number }[]): number {
  let sum = 0;
  let weight = 0;
  for (const { alpha, samples } of rows) {
    sum += alpha * samples;
    weight += samples;
  }
  return weight === 0 ? 0 : sum / weight;
}

/** Share of a decode-only batch; contexts in tokens. */
export function decodeSkew(
  buckets: SkewBuckets,
  requests: number,
  shortest: number,
  mean: number,
  longest: number,
): number {
  const rate = longest === shortest ? 0 : (mean - shortest) / (longest - shortest);
  const row = bucketOf(buckets.requests, requests) * buckets.rates.length + bucketOf(buckets.rates, rate);
  return buckets.alpha[row * buckets.longest.length + bucketOf(buckets.longest, longest)]!;
}

function bucketOf(bounds: readonly number[], value: number): number {
  let i = 0;
  while (i < bounds.length - 1 && value > bounds[i]!) i++;
  return i;
}

/** The pooled share of batches with a prefill, from `skew.csv`; null where it holds none. */
export function pooledMixedSkew(text: string, where: string): number | null {
  let product = 0;
  let square = 0;
  for (const row of readTable(text, where, SWEEP_COLUMNS)) {
    const span = row.t_max_us - row.t_mean_us;
    const rise = row.t_skew_us - row.t_mean_us;
    // The sweep writes no time for a batch that did not fit, and no share where the longest costs what the mean costs.
    if (row.pc === 0 || Number.isNaN(row.alpha) || Number.isNaN(span) || Number.isNaN(rise)) continue;
    product += span * rise;
    square += span * span;
  }
  return square === 0 ? null : product / square;
}

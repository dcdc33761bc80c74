/**
 * Comparing variants by numbers. A variant with several seeds is judged by all of them together, by the figures that the
 * tables show; numbers that read the same are called so.
 */
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { overAllSeeds, verdictsOf } from './judged-variant.ts';
import type { Variant } from './variants.ts';

/**
 * Whether all variants are sent the same requests at the same times: an open loop of equal rate, seed by seed. Where
 * they are, shares and latencies are compared and not rates: a rate would favour whichever variant cuts its longest
 * answers short, since its run is over earlier.
 */
export function sameLoad(variants: readonly Variant[]): boolean {
  const summaries = variants.map(({ runs }) => runs.map(({ summary }) => summary));
  const loads = summaries.map((runs) =>
    runs.map((run) => `${run.sim.seed} ${run.request_rate} ${run.num_prompts}`).join(),
  );
  const open = summaries.flat().every((run) => run.request_rate !== 'inf' && run.max_concurrency === null);
  return open && new Set(loads).size === 1;
}

export interface Winner {
  /** It and those that read the same. */
  equal: Variant[];
  /** Its value over all seeds. */
  text: string;
  /** All variants read the same. */
  tied: boolean;
}

/** The variants that have the most or the least of a metric over their seeds; null where none has a value for every run. */
export function winner(
  variants: readonly Variant[],
  metric: string,
  value: (summary: Summary) => number | null,
  wanted: 'most' | 'least',
  format: (value: number) => string,
): Winner | null {
  const sign = wanted === 'most' ? 1 : -1;
  const ranked = variants
    .flatMap((variant) => {
      const over = overAllSeeds(variant, metric, value);
      return over === null ? [] : [{ variant, score: over * sign }];
    })
    .sort((a, b) => b.score - a.score);
  const [best] = ranked;
  if (best === undefined) return null;
  const text = format(best.score * sign);
  const equal = ranked.filter(({ score }) => format(score * sign) === text).map(({ variant }) => variant);
  return { equal, text, tied: equal.length === ranked.length && ranked.length > 1 };
}

/** How far a variant is from its SLO: by the bound that is exceeded most, or nearest to being so. */
export interface Distance {
  verdict: SloVerdict;
  /** Judged latency over limit; above 1: missed. */
  ratio: number;
  /** Where the judged latency is infinite, the share of requests that make it so; else 0. */
  unservedShare: number;
}

/** Null where no bound was judged. */
export function distance(variant: Variant): Distance | null {
  const requests = Math.min(...variant.runs.map(({ summary }) => summary.num_prompts));
  const distances = verdictsOf(variant)
    .filter(({ met }) => met !== null)
    .map((verdict): Distance => {
      const { judged_ms, limit_ms, requests_never_served } = verdict;
      return judged_ms === null
        ? { verdict, ratio: Number.POSITIVE_INFINITY, unservedShare: requests_never_served / requests }
        : { verdict, ratio: judged_ms / limit_ms, unservedShare: 0 };
    });
  return distances.length === 0 ? null : distances.reduce((a, b) => (further(b, a) > 0 ? b : a));
}

/** Above 0 where `a` is further from its SLO than `b`; unserved requests weigh more than any latency. */
function further(a: Distance, b: Distance): number {
  return a.unservedShare - b.unservedShare || (a.ratio === b.ratio ? 0 : a.ratio - b.ratio);
}

export interface Nearest {
  variant: Variant;
  /** The bound that keeps it furthest from the SLO. */
  distance: Distance;
}

/** Nearest to meeting the SLO first, or with most room below it; without variants that could not be judged. */
export function byDistance(variants: readonly Variant[]): Nearest[] {
  return variants
    .flatMap((variant): Nearest[] => {
      const own = distance(variant);
      return own === null ? [] : [{ variant, distance: own }];
    })
    .sort((a, b) => further(a.distance, b.distance));
}

/** Numbers this close to each other, relative to the larger, are no difference; shares of requests, this far apart. */
const SAME_RATIO = 0.02;
const SAME_SHARE = 0.005;

/**
 * Whether it matters which variant is taken: variants under the same load do not differ where each judged latency
 * (without an SLO: TTFT p99, TPOT p99 and throughput) is within 2 % of the others', and goodput and the share of
 * requests not served within half a percentage point.
 */
export function variantsDiffer(variants: readonly Variant[]): boolean {
  if (!sameLoad(variants)) return true;
  const over = (metric: string, value: (summary: Summary) => number | null) =>
    variants.map((variant) => overAllSeeds(variant, metric, value) ?? Number.POSITIVE_INFINITY);
  const bounds = verdictsOf(variants[0]!);
  const verdicts = variants.map(verdictsOf);
  const numbers =
    bounds.length > 0
      ? bounds.map((_, i) => verdicts.map((each) => each[i]?.judged_ms ?? Number.POSITIVE_INFINITY))
      : [
          over('ttft_p99', ({ p99_ttft_ms }) => p99_ttft_ms),
          over('tpot_p99', ({ p99_tpot_ms }) => p99_tpot_ms),
          over('output_throughput', ({ output_throughput }) => output_throughput),
        ];
  const shares = [
    over('goodput', ({ sim }) => sim.goodput_share ?? 0),
    over('not_served', ({ failed, num_prompts }) => (num_prompts === 0 ? 0 : failed / num_prompts)),
  ];
  return numbers.some((each) => spread(each) > SAME_RATIO) || shares.some((each) => gap(each) > SAME_SHARE);
}

function spread(values: readonly number[]): number {
  const largest = Math.max(...values);
  if (largest === 0 || Math.min(...values) === largest) return 0;
  return gap(values) / largest;
}

function gap(values: readonly number[]): number {
  const largest = Math.max(...values);
  const smallest = Math.min(...values);
  return largest === smallest ? 0 : largest - smallest;
}

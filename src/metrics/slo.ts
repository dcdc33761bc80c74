/**
 * Service level objectives: bounds on a statistic of a latency, such as "TTFT p99 at most 2 s". The metric names are
 * those of `vllm bench serve`, plus `ttfat`, the time to the first answer token of a model that thinks.
 *
 * A bound is a promise to everybody who asks, so it is judged over all requests: one that was refused, aborted or
 * never finished counts as infinitely late, and so does, for TTFAT, one that ended before it answered. p99 is then
 * missed as soon as more than 1 % of the requests are not served, and a mean as soon as one is not. Inter-token gaps
 * are the exception: a request that is not served has none.
 */
import type { Distribution } from './distribution.ts';
import type { LatencyMetric } from './latency.ts';

/** One bound. `limit_us` in microseconds, >= 0; a measurement equal to it still meets it. */
export interface SloBound {
  metric: LatencyMetric;
  statistic: 'mean' | `p${number}`;
  limit_us: number;
}

/** A bound after the run. Times in milliseconds. */
export interface SloVerdict {
  metric: LatencyMetric;
  statistic: string;
  limit_ms: number;
  /** The statistic over finished requests, as `vllm bench serve` reports it; null: none has this latency. */
  measured_ms: number | null;
  /** What is judged: the statistic over all requests. Null: infinite (`met` is false), or there were none. */
  judged_ms: number | null;
  /** Requests that count as infinitely late. */
  requests_never_served: number;
  /** Null where there was nothing to judge. */
  met: boolean | null;
  /** It is a bound of this class alone. */
  class?: string;
}

/** A latency of the requests that have it, and how many never got what it measures. */
export interface JudgedLatency {
  readonly distribution: Distribution;
  readonly neverServed: number;
}

/** Compares each bound with what was measured. */
export function judgeSlo(bounds: readonly SloBound[], of: (metric: LatencyMetric) => JudgedLatency): SloVerdict[] {
  return bounds.map(({ metric, statistic, limit_us }) => {
    const { distribution, neverServed } = of(metric);
    const share = statistic === 'mean' ? null : Number(statistic.slice(1)) / 100;
    const measuredUs = share === null ? distribution.mean : distribution.quantile(share);
    const judgedUs = judged(measuredUs, share, distribution, neverServed);
    return {
      metric,
      statistic,
      limit_ms: limit_us / 1000,
      measured_ms: inMs(measuredUs),
      judged_ms: inMs(judgedUs),
      requests_never_served: neverServed,
      met: judgedUs === null ? null : judgedUs <= limit_us,
    };
  });
}

/** The statistic with `neverServed` infinite values more; null without any value. `share` null stands for the mean. */
function judged(
  measured: number | null,
  share: number | null,
  { count, atRank }: Distribution,
  neverServed: number,
): number | null {
  if (neverServed === 0) return measured;
  const all = count + neverServed;
  // A hair of tolerance: 1 - 0.99 is not exactly a hundredth.
  if (share === null || neverServed > (1 - share) * all + 1e-6 * neverServed) return Number.POSITIVE_INFINITY;
  // R-7 over all of them; beside the first infinite value there is nothing to interpolate with.
  return atRank(Math.min((all - 1) * share, count - 1));
}

function inMs(us: number | null): number | null {
  return us === null || us === Number.POSITIVE_INFINITY ? null : us / 1000;
}

/** Whether all bounds hold: false as soon as one is missed, null without bounds or where one could not be judged. */
export function sloMet(verdicts: readonly SloVerdict[]): boolean | null {
  if (verdicts.some((verdict) => verdict.met === false)) return false;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict.met) ? true : null;
}

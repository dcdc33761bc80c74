/**
 * Service level objectives: bounds on a statistic of a latency, such as "TTFT p99 at most 2 s". The metric names are
 * those of `vllm bench serve`, plus `ttfat`, the time to the first answer token of a model that thinks.
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
  /** Null: no finished request has this latency. */
  measured_ms: number | null;
  /** Null where nothing was measured. */
  met: boolean | null;
}

/** Compares each bound with what was measured. */
export function judgeSlo(bounds: readonly SloBound[], of: (metric: LatencyMetric) => Distribution): SloVerdict[] {
  return bounds.map(({ metric, statistic, limit_us }) => {
    const distribution = of(metric);
    const measuredUs =
      statistic === 'mean' ? distribution.mean : distribution.quantile(Number(statistic.slice(1)) / 100);
    return {
      metric,
      statistic,
      limit_ms: limit_us / 1000,
      measured_ms: measuredUs === null ? null : measuredUs / 1000,
      met: measuredUs === null ? null : measuredUs <= limit_us,
    };
  });
}

/** Whether all bounds hold: false as soon as one is missed, null without bounds or where one could not be measured. */
export function sloMet(verdicts: readonly SloVerdict[]): boolean | null {
  if (verdicts.some((verdict) => verdict.met === false)) return false;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict.met) ? true : null;
}

/** The fields of a latency in `summary.json`, named as `vllm bench serve` names them. */
import type { Distribution } from './distribution.ts';

const STATISTICS = ['mean', 'median', 'std', 'p50', 'p90', 'p95', 'p99'] as const;
export type Statistic = (typeof STATISTICS)[number];
/** `mean_ttft_ms` … `p99_ttft_ms`: milliseconds, null where no request has that latency. */
export type LatencyFields<Metric extends string> = Record<`${Statistic}_${Metric}_ms`, number | null>;

/** The statistics of `metric`, whose distribution is in microseconds. */
export function latencyFields<Metric extends string>(
  metric: Metric,
  distribution: Distribution,
): LatencyFields<Metric> {
  const toMs = (us: number | null) => (us === null ? null : us / 1000);
  const values: Record<Statistic, number | null> = {
    mean: toMs(distribution.mean),
    median: toMs(distribution.quantile(0.5)),
    std: toMs(distribution.std),
    p50: toMs(distribution.quantile(0.5)),
    p90: toMs(distribution.quantile(0.9)),
    p95: toMs(distribution.quantile(0.95)),
    p99: toMs(distribution.quantile(0.99)),
  };
  return Object.fromEntries(
    STATISTICS.map((statistic) => [`${statistic}_${metric}_ms`, values[statistic]]),
  ) as LatencyFields<Metric>;
}

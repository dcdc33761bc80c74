/** How latencies and bounds are called in every output. */
import type { LatencyMetric } from '../metrics/latency.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { duration, number, percent } from './format.ts';

/** `TTFT`, as `vllm bench serve` prints it. */
export function shortName(metric: LatencyMetric): string {
  return metric.toUpperCase();
}

export const LONG_NAMES: Record<LatencyMetric, string> = {
  ttft: 'Time to first token',
  tpot: 'Time per output token',
  itl: 'Inter-token latency',
  e2el: 'End-to-end latency',
  ttfat: 'Time to first answer token',
};

/** `TTFT p99`. */
export function boundName({ metric, statistic }: SloVerdict): string {
  return `${shortName(metric)} ${statistic}`;
}

/** `met`, `missed`, or `not measured`. */
export function verdictWord(met: boolean | null): 'met' | 'missed' | 'not measured' {
  if (met === null) return 'not measured';
  return met ? 'met' : 'missed';
}

/** `18.7 % over its limit of 60.0 ms`, or how many times the limit from twice on; `limit 2.00 s` where it holds. */
export function againstLimit({ measured_ms, limit_ms, met }: SloVerdict): string {
  if (measured_ms === null || met) return `limit ${duration(limit_ms)}`;
  const ratio = measured_ms / limit_ms;
  if (ratio >= 2) return `${number(ratio)} times its limit of ${duration(limit_ms)}`;
  return `${percent(ratio - 1)} over its limit of ${duration(limit_ms)}`;
}

/** Whether any request thought before it answered, so that TTFAT differs from TTFT. */
export function thinks({ sim }: Summary): boolean {
  return sim.total_thinking_tokens > 0;
}

/** `arrived 3 = finished 2 + rejected 1 + …`: that every request is accounted for. */
export function conservationLine({ sim }: Summary): string {
  const { arrived, finished, rejected, aborted, waiting, running, kv_blocks_in_use } = sim.conservation;
  return (
    `arrived ${arrived} = finished ${finished} + rejected ${rejected} + aborted ${aborted} + waiting ${waiting} + ` +
    `running ${running}; KV blocks in use ${kv_blocks_in_use}`
  );
}

/** How latencies and bounds are called in every output. */
import type { Overload } from '../metrics/arrival-window.ts';
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

/** `TTFT p99`, or `batch TTFT p99` of a class. */
export function boundName({ metric, statistic, class: of }: SloVerdict): string {
  return `${of === undefined ? '' : `${of} `}${shortName(metric)} ${statistic}`;
}

/** `met`, `missed`, or `not measured`. */
export function verdictWord(met: boolean | null): 'met' | 'missed' | 'not measured' {
  if (met === null) return 'not measured';
  return met ? 'met' : 'missed';
}

/** What is judged: `1.28 s`, or `∞` where more requests are not served than the statistic leaves out. */
export function judged({ judged_ms, met }: SloVerdict): string {
  return judged_ms === null && met === false ? '∞' : duration(judged_ms);
}

/**
 * `TTFT p99 2.09 s, limit 2.00 s`. Where requests that were not served make the difference, also what the table of
 * latencies has: `TTFT p99 2.09 s (1.94 s of those that finished), limit 2.00 s`.
 */
export function boundLine(verdict: SloVerdict): string {
  const finished = duration(verdict.measured_ms);
  const aside = judged(verdict) === finished ? '' : ` (${finished} of those that finished)`;
  return `${boundName(verdict)} ${judged(verdict)}${aside}, limit ${duration(verdict.limit_ms)}`;
}

/** Difference between the whole run and the time of arrivals from which on it is worth a word. */
const TELLING_DIFFERENCE = 0.05;

/** `while requests arrived 1.02 requests/s, 1,487 output tokens/s`; null where the whole run says the same. */
export function arrivalWindowLine(summary: Summary): string | null {
  const window = summary.sim.arrival_window;
  if (window === null) return null;
  const differs = (within: number, whole: number | null) =>
    whole !== null && Math.abs(within - whole) > TELLING_DIFFERENCE * whole;
  const { request_throughput: requests, output_throughput: tokens } = window;
  if (!differs(requests, summary.request_throughput) && !differs(tokens, summary.output_throughput)) return null;
  return `while requests arrived ${number(requests)} requests/s, ${number(tokens)} output tokens/s`;
}

/** `late in the load, requests arrive at 6.00/s and leave at 5.30/s`. */
export function overloadRates({ arrival_rate, completion_rate }: Overload): string {
  return `late in the load, requests arrive at ${number(arrival_rate)}/s and leave at ${number(completion_rate)}/s`;
}

/** `18.7 % over its limit of 60.0 ms`, or how many times the limit from twice on; `limit 2.00 s` where it holds. */
export function againstLimit({ judged_ms, limit_ms, met }: SloVerdict): string {
  if (judged_ms === null || met) return `limit ${duration(limit_ms)}`;
  const ratio = judged_ms / limit_ms;
  if (ratio >= 2) return `${number(ratio)} times its limit of ${duration(limit_ms)}`;
  return `${percent(ratio - 1)} over its limit of ${duration(limit_ms)}`;
}

/** Whether any request thought before it answered, so that TTFAT differs from TTFT. */
export function thinks({ sim }: Summary): boolean {
  return sim.total_thinking_tokens > 0;
}

/**
 * `51.2 % of the drafts accepted, 2.54 tokens a verification; by position 74.0 %, 49.1 %, 30.5 %`, or null where no
 * draft was verified.
 */
export function speculationLine(summary: Summary): string | null {
  const { spec_decode_acceptance_rate: rate, spec_decode_acceptance_length: length } = summary;
  const positions = summary.spec_decode_per_position_acceptance_rates;
  if (rate === null || positions === null) return null;
  return (
    `${percent(rate / 100)} of the drafts accepted, ${number(length)} tokens a verification; ` +
    `by position ${positions.map(percent).join(', ')}`
  );
}

/** `arrived 3 = finished 2 + rejected 1 + …`: that every request is accounted for. */
export function conservationLine({ sim }: Summary): string {
  const { arrived, finished, rejected, aborted, timed_out, lost, waiting, running } = sim.conservation;
  const { kv_blocks_in_use } = sim.conservation;
  const fleet = timed_out + lost === 0 ? '' : `timed out ${timed_out} + lost ${lost} + `;
  return (
    `arrived ${arrived} = finished ${finished} + rejected ${rejected} + aborted ${aborted} + ${fleet}waiting ${waiting} + ` +
    `running ${running}; KV blocks in use ${kv_blocks_in_use}`
  );
}

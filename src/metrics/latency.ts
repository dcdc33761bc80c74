/**
 * Latency of single requests as `vllm bench serve` (calculate_metrics, 0.33) defines it, from the client's side:
 * TTFT is the time to the first token, TPOT the time per output token after the first, E2EL end to end, ITL the gaps
 * between tokens pooled over all requests. TTFAT, ours, is the time until the first token after the thinking phase.
 * Only requests that finished (by an end token or by length) count; times in microseconds.
 */
import type { RequestRows } from '../record/run-record.ts';
import { FINISH_REASONS } from '../record/run-record.ts';

export const LATENCY_METRICS = ['ttft', 'tpot', 'itl', 'e2el', 'ttfat'] as const;
export type LatencyMetric = (typeof LATENCY_METRICS)[number];
/** The latencies that each request has one of; `itl` has many. */
export type RequestLatency = Exclude<LatencyMetric, 'itl'>;

const STOP = FINISH_REASONS.indexOf('stop');
const LENGTH = FINISH_REASONS.indexOf('length');

/** Whether the request ended as the model or a limit of its length ends it. */
export function isFinished(requests: RequestRows, row: number): boolean {
  const reason = requests.finishReason[row];
  return reason === STOP || reason === LENGTH;
}

/** Whether the answer is whole: the request finished, and nothing cut its output short. */
export function isComplete(requests: RequestRows, row: number): boolean {
  return isFinished(requests, row) && requests.outputTokens[row]! >= requests.wantedTokens[row]!;
}

/** One request's latency; NaN where it has none (no such token; TPOT of an output of one token). */
export function requestLatencyUs(requests: RequestRows, row: number, metric: RequestLatency): number {
  const arrivalUs = requests.arrivalUs[row]!;
  switch (metric) {
    case 'ttft':
      return requests.firstTokenUs[row]! - arrivalUs;
    case 'ttfat':
      return requests.firstAnswerTokenUs[row]! - arrivalUs;
    case 'e2el':
      return requests.lastTokenUs[row]! - arrivalUs;
    case 'tpot': {
      const outputTokens = requests.outputTokens[row]!;
      if (outputTokens <= 1) return Number.NaN;
      return (requests.lastTokenUs[row]! - requests.firstTokenUs[row]!) / (outputTokens - 1);
    }
  }
}

/** Time between entering the engine's queue and the first scheduled token; NaN where it was never scheduled. */
export function queueTimeUs(requests: RequestRows, row: number): number {
  return requests.scheduledUs[row]! - requests.queuedUs[row]!;
}

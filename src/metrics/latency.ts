/**
 * Latency of single requests as `vllm bench serve` (calculate_metrics, 0.33) defines it, from the client's side:
 * TTFT is the time to the first token, TPOT the time per output token after the first, E2EL end to end, ITL the gaps
 * between tokens pooled over all requests. TTFAT, ours, is the time until the first token after the thinking phase.
 * Only requests that finished (by an end token or by length) count; times in microseconds.
 */
import type { RequestTable, RunRecord } from '../record/run-record.ts';
import { FINISH_REASONS } from '../record/run-record.ts';
import { type Distribution, distributionOf, distributionOfHistogram } from './distribution.ts';

export const LATENCY_METRICS = ['ttft', 'tpot', 'itl', 'e2el', 'ttfat'] as const;
export type LatencyMetric = (typeof LATENCY_METRICS)[number];
/** The latencies that each request has one of; `itl` has many. */
export type RequestLatency = Exclude<LatencyMetric, 'itl'>;

const STOP = FINISH_REASONS.indexOf('stop');
const LENGTH = FINISH_REASONS.indexOf('length');

/** Whether the request got its whole output. */
export function isFinished(requests: RequestTable, row: number): boolean {
  const reason = requests.finishReason[row];
  return reason === STOP || reason === LENGTH;
}

/** One request's latency; NaN where it has none (no such token; TPOT of an output of one token). */
export function requestLatencyUs(requests: RequestTable, row: number, metric: RequestLatency): number {
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
export function queueTimeUs(requests: RequestTable, row: number): number {
  return requests.scheduledUs[row]! - requests.queuedUs[row]!;
}

/** `latencyUs` of every finished request, in order of arrival. */
export function ofFinished(requests: RequestTable, latencyUs: (row: number) => number): Float64Array {
  const values = new Float64Array(requests.count);
  let length = 0;
  for (let row = 0; row < requests.count; row++) {
    if (isFinished(requests, row)) values[length++] = latencyUs(row);
  }
  return values.subarray(0, length);
}

export type LatencyDistributions = Readonly<Record<LatencyMetric, Distribution>>;

/** Every latency of a run, in microseconds. `itl` holds all gaps the record has. */
export function latencyDistributions(record: RunRecord): LatencyDistributions {
  const { requests } = record;
  const of = (metric: RequestLatency) =>
    distributionOf(ofFinished(requests, (row) => requestLatencyUs(requests, row, metric)));
  return {
    ttft: of('ttft'),
    tpot: of('tpot'),
    itl: distributionOfHistogram(record.interTokenUs),
    e2el: of('e2el'),
    ttfat: of('ttfat'),
  };
}

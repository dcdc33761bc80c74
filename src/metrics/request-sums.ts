/** Totals over the request table that throughput and the summary rest on. */
import type { RequestTable } from '../record/run-record.ts';
import { isFinished } from './latency.ts';

/** Sums over the finished requests. */
export interface FinishedSums {
  finished: number;
  promptTokens: number;
  outputTokens: number;
  thinkingTokens: number;
  /** Ended inside their thinking phase. */
  withoutAnswer: number;
  /** Of all requests, finished or not. */
  preempted: number;
}

/** Adds up a run's requests. */
export function sumFinished(requests: RequestTable): FinishedSums {
  const sums = { finished: 0, promptTokens: 0, outputTokens: 0, thinkingTokens: 0, withoutAnswer: 0, preempted: 0 };
  for (let row = 0; row < requests.count; row++) {
    if (requests.preemptions[row]! > 0) sums.preempted++;
    if (!isFinished(requests, row)) continue;
    sums.finished++;
    sums.promptTokens += requests.promptTokens[row]!;
    sums.outputTokens += requests.outputTokens[row]!;
    sums.thinkingTokens += requests.thinkingTokens[row]!;
    if (Number.isNaN(requests.firstAnswerTokenUs[row]!)) sums.withoutAnswer++;
  }
  return sums;
}

/** From the first arrival to the last token of any request, microseconds; 0 where there was none. */
export function spanUs(requests: RequestTable): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < requests.count; row++) {
    first = Math.min(first, requests.arrivalUs[row]!);
    const lastTokenUs = requests.lastTokenUs[row]!;
    if (lastTokenUs > last) last = lastTokenUs;
  }
  return Math.max(0, last - first);
}

/** Totals over the request table that throughput and the summary rest on. */
import type { RequestTable } from '../record/run-record.ts';
import { FINISH_REASONS } from '../record/run-record.ts';
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

const REJECTED = FINISH_REASONS.indexOf('rejected');

/** Rejected requests whose prompt does not fit `maxModelLen` tokens. */
export function rejectedForLength({ count, finishReason, promptTokens }: RequestTable, maxModelLen: number): number {
  let tooLong = 0;
  for (let row = 0; row < count; row++) {
    if (finishReason[row] === REJECTED && promptTokens[row]! >= maxModelLen) tooLong++;
  }
  return tooLong;
}

/**
 * Most requests that `vllm bench serve` would report as concurrent (calculate_metrics, 0.33): it counts for every whole
 * second, from the start of the first request that succeeded, the successful ones that are active at some time in it,
 * and takes the busiest second. Two requests that follow each other within one second count as two.
 */
export function mostActiveInOneSecond(requests: RequestTable): number {
  const { count, arrivalUs, lastTokenUs } = requests;
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    if (!isFinished(requests, row)) continue;
    firstUs = Math.min(firstUs, arrivalUs[row]!);
    lastUs = Math.max(lastUs, lastTokenUs[row]!);
  }
  if (lastUs < firstUs) return 0;
  const second = (timeUs: number) => Math.floor((timeUs - firstUs) / 1e6);
  // Differences from second to second, so that a long request costs no more than a short one.
  const change = new Int32Array(second(lastUs) + 2);
  for (let row = 0; row < count; row++) {
    if (!isFinished(requests, row)) continue;
    change[second(arrivalUs[row]!)]!++;
    change[second(lastTokenUs[row]!) + 1]!--;
  }
  let active = 0;
  return change.reduce((most, each) => {
    active += each;
    return Math.max(most, active);
  }, 0);
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

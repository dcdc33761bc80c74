/** What both formats of measured runs hold of a request. */

/** The formats of measured runs. */
export type MeasuredFormat = 'requests_csv' | 'vllm_bench';

/** Whole microseconds on the clock of the arrivals, from the first of them. */
export interface RecordedTimes {
  readonly firstTokenUs: number;
  readonly lastTokenUs: number;
  /** When the engine took the request into its queue; null: not recorded. */
  readonly queuedUs: number | null;
  /** When tokens reached the client, ascending; null: not recorded. */
  readonly tokenTimesUs: readonly number[] | null;
}

export interface RecordedRequest {
  /** As the file names it: its `id` column, or its position from 0. */
  readonly id: string;
  /** `requests.csv:17`, or `bench.json, request 17`. */
  readonly origin: string;
  /** Whole microseconds from the first arrival. */
  readonly arrivalUs: number;
  /** >= 1. */
  readonly promptTokens: number;
  /** >= 1. */
  readonly outputTokens: number;
  /** Of its class, where the file has a column of that name. */
  readonly class?: string;
  /** Of its conversation, where the file has a column of that name; empty: of none. */
  readonly session?: string;
  /** null: the file plans a load and measured nothing. */
  readonly times: RecordedTimes | null;
}

/** A request that cannot be replayed, and why. */
export interface DroppedRequest {
  readonly id: string;
  /** `no output tokens`, or what the client was told. */
  readonly reason: string;
}

/** The requests of a file in order of arrival, at least one. */
export interface Recording {
  readonly format: MeasuredFormat;
  readonly requests: readonly RecordedRequest[];
  readonly dropped: readonly DroppedRequest[];
  /** Requests in flight at which the client sent no other (`--max-concurrency`); null: no bound is recorded. */
  readonly maxConcurrency: number | null;
}

/** Seconds as whole microseconds. */
export function toUs(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/** No run takes so many seconds (116 days): times further apart are of two clocks, or not in seconds. */
const LONGEST_RUN_S = 1e7;

/** Whether a time, counted from the first arrival, can belong to the run; not where it is NaN or infinite. */
export function isWithinRun(timeUs: number): boolean {
  return Math.abs(timeUs) <= LONGEST_RUN_S * 1e6;
}

/** What is wrong with a time that is not. */
export const NOT_WITHIN_RUN = 'more than 10,000,000 s from the first arrival; expected seconds, all of one clock';

/** What both formats of measured runs hold of a request. */

/** The formats of measured runs. */
export const MEASURED_FORMATS = ['requests_csv', 'vllm_bench'] as const;
export type MeasuredFormat = (typeof MEASURED_FORMATS)[number];

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
}

/** Seconds as whole microseconds. */
export function toUs(seconds: number): number {
  return Math.round(seconds * 1e6);
}

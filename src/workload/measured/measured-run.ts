/**
 * A run of a real server, request by request: what a simulation of the same load is compared with, and what step times
 * are fitted to. Read from `requests_csv` (one row a request, times of an engine's own log) or from `vllm_bench` (the
 * file that `vllm bench serve --save-result --save-detailed` writes). Every time counts from the first arrival.
 */
import { InputError } from '../../core/input-error.ts';
import type { DroppedRequest, MeasuredFormat, RecordedRequest } from './recorded-request.ts';
import { parseRecording } from './recording.ts';

/** One request that got its output. Whole microseconds. */
export interface MeasuredRequest {
  /** As the file names it: its `id` column, or its position from 0. */
  readonly id: string;
  /** From the first arrival of the run, >= 0. */
  readonly arrivalUs: number;
  /** >= 1. */
  readonly promptTokens: number;
  /** >= 1. */
  readonly outputTokens: number;
  /** From arrival to the first token, > 0. */
  readonly ttftUs: number;
  /** From arrival to the last token. */
  readonly e2elUs: number;
  /** When the engine took it into its queue, on the clock of the arrivals; null: not recorded. */
  readonly queuedUs: number | null;
  /**
   * When tokens reached the client, ascending, on the clock of the arrivals; null: not recorded. Fewer than
   * `outputTokens` where several came at once (speculative decoding, `--stream-interval`).
   */
  readonly tokenTimesUs: readonly number[] | null;
}

export interface MeasuredRun {
  readonly format: MeasuredFormat;
  /** In order of arrival, at least one. The same requests in the same order as a trace workload of this file has. */
  readonly requests: readonly MeasuredRequest[];
  /** Left out, and why. */
  readonly dropped: readonly DroppedRequest[];
  /** Requests in flight at which the client sent no other (`--max-concurrency`); null: no bound is recorded. */
  readonly maxConcurrency: number | null;
}

/** Reads a measured run; `name` stands for the file in messages. Throws InputError where it holds no measured times. */
export function parseMeasuredRun(text: string, name: string): MeasuredRun {
  const recording = parseRecording(text, name);
  return { ...recording, requests: recording.requests.map((request) => measured(request, name)) };
}

function measured(request: RecordedRequest, name: string): MeasuredRequest {
  const { id, arrivalUs, promptTokens, outputTokens, times } = request;
  if (times === null) {
    throw new InputError(
      `${name}: holds arrivals and lengths, but no measured times to compare with; expected the columns first_token_s ` +
        'and last_token_s too.',
    );
  }
  const { firstTokenUs, lastTokenUs, queuedUs, tokenTimesUs } = times;
  const ttftUs = firstTokenUs - arrivalUs;
  const e2elUs = lastTokenUs - arrivalUs;
  return { id, arrivalUs, promptTokens, outputTokens, ttftUs, e2elUs, queuedUs, tokenTimesUs };
}

/** What one run leaves behind, in columns. Written by the recorder, read by metrics and report; never changed after. */

/** Why a request ended; the index is what `RequestTable.finishReason` holds. */
export const FINISH_REASONS = ['unfinished', 'stop', 'length', 'abort', 'rejected', 'timed_out', 'lost'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];
export const FINISH_CODE = Object.fromEntries(FINISH_REASONS.map((reason, code) => [reason, code])) as Readonly<
  Record<FinishReason, number>
>;

/** Stands for the replica of a request that was sent to none. */
export const NO_REPLICA = 0xffff;

/** Columns with one row a request. Times in microseconds; NaN: did not happen. */
export interface RequestRows {
  /** The client sent it (after waiting for a free place, where the workload limits concurrency). */
  readonly arrivalUs: Float64Array;
  /** It entered the engine's waiting queue. */
  readonly queuedUs: Float64Array;
  /** The scheduler first gave it tokens. */
  readonly scheduledUs: Float64Array;
  readonly firstTokenUs: Float64Array;
  /** First token after the thinking phase; equal to `firstTokenUs` without one. */
  readonly firstAnswerTokenUs: Float64Array;
  readonly lastTokenUs: Float64Array;
  readonly promptTokens: Int32Array;
  /** Prompt tokens found in the prefix cache when it was first scheduled. */
  readonly cachedTokens: Int32Array;
  /** Thinking tokens among the output tokens it really produced. */
  readonly thinkingTokens: Int32Array;
  readonly outputTokens: Int32Array;
  /** Output tokens of the whole answer: fewer than these, and the answer was cut short. */
  readonly wantedTokens: Int32Array;
  readonly preemptions: Int32Array;
  /** Index into FINISH_REASONS. */
  readonly finishReason: Uint8Array;
  /** The last that it was sent to; `NO_REPLICA`: to none. */
  readonly replica: Uint16Array;
  /** Index into the classes of the workload; 0 without classes. */
  readonly class: Uint16Array;
}

/** All requests of a run, in order of arrival: row number = request id. */
export interface RequestTable extends RequestRows {
  readonly count: number;
}

/** The state of all engine cores over time: `count` intervals of equal length, a bounded number however long the run. */
export interface Timeline {
  readonly count: number;
  readonly intervalUs: number;
  /** Time-weighted mean number of requests in `running`, summed over cores. */
  readonly running: Float64Array;
  /** Time-weighted mean number of requests in `waiting`, summed over cores. */
  readonly waiting: Float64Array;
  /** Time-weighted mean share of KV blocks in use, 0 to 1, mean over cores that serve. */
  readonly kvUsage: Float64Array;
  /** Largest share in the interval, over all cores. */
  readonly kvUsageMax: Float64Array;
  /** Tokens computed for prompts (recomputation included) in the interval. */
  readonly promptTokens: Float64Array;
  /** Output tokens received in the interval. */
  readonly outputTokens: Float64Array;
  readonly preemptions: Float64Array;
  readonly steps: Float64Array;
  /** Requests that arrived in the interval and were let into an engine's queue, and requests that finished in it. */
  readonly accepted: Float64Array;
  readonly finished: Float64Array;
}

/** Distinct values in ascending order and how often each occurred: exact percentiles in little memory. */
export interface Histogram {
  readonly valuesUs: Float64Array;
  readonly counts: Float64Array;
}

/** Where every request went: arrived = finished + rejected + aborted + timed out + lost + waiting + running. */
export interface Conservation {
  readonly arrived: number;
  readonly finished: number;
  readonly rejected: number;
  readonly aborted: number;
  /** The client gave up. */
  readonly timedOut: number;
  /** Its replicas went away too often. */
  readonly lost: number;
  /** Still waiting at the end: the run was cut, or the queue is stuck as vLLM's would be. */
  readonly waiting: number;
  readonly running: number;
  /** KV blocks still held when the run ended; 0 unless something is still running. */
  readonly blocksInUse: number;
}

/** What became of drafts, counted as vLLM's `vllm:spec_decode_num_*` counters do. */
export interface DraftCounts {
  /** Verifications: one a request and step that had drafts to verify. */
  readonly drafts: number;
  readonly draftTokens: number;
  /** Accepted ones, those behind an end token included. */
  readonly acceptedTokens: number;
  /** By position: verifications in which this draft and all before it were accepted. */
  readonly acceptedPerPosition: readonly number[];
}

/** When requests came and went. Times in microseconds; NaN: none did. */
export interface RunSpan {
  readonly firstArrivalUs: number;
  readonly lastArrivalUs: number;
  /** The last output token of any request, finished or not. */
  readonly lastTokenUs: number;
  /** Requests that had finished when the last one arrived. */
  readonly finishedByLastArrival: number;
}

export interface RunTotals {
  /** Time of the last event, microseconds. */
  readonly endUs: number;
  /** Time the engine cores had a step on their GPUs (dummies left out), summed over cores. */
  readonly busyUs: number;
  /** Wanted when the run began. */
  readonly replicas: number;
  /** Engine cores: data-parallel ranks of all replicas that there could be. */
  readonly cores: number;
  /** Cores that served × time. */
  readonly coreUs: number;
  /** Engine steps that had tokens. */
  readonly steps: number;
  /** Of these, made by decode stretches: the work of the simulation, not of the engine. */
  readonly stepsRunAhead: number;
  readonly scheduledTokens: number;
  readonly preemptions: number;
  /** Prompt tokens looked up in the prefix cache at first admission, and how many of them were found. */
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
  /** Most requests under way at one time, from being sent to being answered or refused. */
  readonly peakConcurrency: number;
  /** Most output tokens in one whole second, counted from the arrival of the first request that was accepted. */
  readonly maxOutputTokensPerS: number;
  /** Most finished requests that were under way at some time in one whole second, counted from the first one's arrival. */
  readonly mostActiveInOneSecond: number;
  readonly preemptedRequests: number;
  /** Tokens of the shortest prompt; infinite without requests. */
  readonly shortestPromptTokens: number;
  readonly span: RunSpan;
  /** null: without speculative decoding. */
  readonly drafts: DraftCounts | null;
  readonly conservation: Conservation;
  /** Why a queue can never move again, as vLLM would hang; null in a sound run. */
  readonly stuck: string | null;
}

export interface RunRecord {
  /** null: not kept. */
  readonly requests: RequestTable | null;
  readonly timeline: Timeline;
  /** Gaps between successive output tokens, pooled over all requests (`vllm bench serve`'s itl). */
  readonly interTokenUs: Histogram;
  readonly totals: RunTotals;
}

/** The rows of a run that is known to have kept them. */
export function keptRequests({ requests }: RunRecord): RequestTable {
  if (requests === null) throw new Error('the rows of the requests were not kept');
  return requests;
}

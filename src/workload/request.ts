/** A request as the workload creates it, before any engine has seen it. */

/**
 * A run of prompt tokens: the first `tokens` tokens of segment `segment`. Equal segment numbers hold equal tokens,
 * different ones never share any, so two prompts share exactly the prefix on which their spans agree. Token contents
 * are never materialised.
 */
export interface Span {
  readonly segment: number;
  /** Tokens taken from the start of the segment, >= 1. */
  readonly tokens: number;
}

/** One request. Times in integer microseconds from the start of the simulation, lengths in tokens. */
export interface Request {
  /** 0, 1, 2, … in order of arrival. */
  readonly id: number;
  /** When the client wants to send it (a concurrency limit can delay it). */
  readonly arrivalUs: number;
  /** The prompt, in order; adjacent spans never have the same segment. */
  readonly prompt: readonly Span[];
  /** Sum of the spans, >= 1. */
  readonly promptTokens: number;
  /** Segment of the output, so that a later turn can name it as part of its prompt. */
  readonly outputSegment: number;
  /** Tokens the model would write if nothing stopped it, thinking included, >= 1. */
  readonly outputTokens: number;
  /** The first of `outputTokens` that are thinking; 0 for a model that does not think. */
  readonly thinkingTokens: number;
  /** The request's `max_tokens`; null: up to `max_model_len`. */
  readonly maxTokens: number | null;
  /** True: the output ends by its length alone (vLLM's `ignore_eos` with `max_tokens`); false: by an end token. */
  readonly ignoreEos: boolean;
  /** Its class: the index into the resolved workload's `classes`; 0 without classes. */
  readonly class: number;
  /** For vLLM's priority scheduling: smaller is more urgent; 0 unless its class says otherwise. */
  readonly priority: number;
  /** The conversation it is a turn of, the same number for all its turns; null: of none that is known. */
  readonly session: number | null;
  /** What the client's side spends on it before the router sees it (a classifier); latencies count from `arrivalUs`. */
  readonly preprocessUs: number;
  /** Where it was read, for messages: `trace.csv:17`; null for a synthetic request. */
  readonly origin: string | null;
}

/**
 * Requests in order of arrival, in batches: a source hands over what it has at hand, so that a trace is read while it
 * is simulated and memory does not grow with its length.
 */
export interface RequestSource extends AsyncIterable<readonly Request[]> {
  /** Where it has sessions, the batches hold only what each session begins with. Left out: every request is there. */
  readonly sessions?: SessionsToCome | undefined;
}

/** Requests that are known only when others have ended, and the limits of a load that has such requests. */
export interface SessionsToCome {
  /** Requests to be sent in all; their numbers are those in which they are sent. */
  readonly mostRequests: number;
  /** Sessions under way at once. */
  readonly mostSessions: number;
  /** Nothing is sent that arrives then or later. */
  readonly endUs: number;
  /**
   * What follows a request in its session; null: it was the last. Asked for once a request. `isAnswered`: its reply is
   * there; a session whose request was refused or given up ends with it.
   */
  next(ended: Request, endedUs: number, isAnswered: boolean): Request | null;
}

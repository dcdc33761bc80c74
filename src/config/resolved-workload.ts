/**
 * A workload as the simulator gets it, every setting in place: what is asked, by whom, and what bounds the answers.
 * Units are in the names; field names are those of the study file.
 */

/** ln X ~ Normal(mu, sigma). */
export interface LogNormal {
  mu: number;
  sigma: number;
}

/** A law of token counts; every draw is rounded, and clipped to [min, max] where given. */
export type LengthLaw =
  | { constant: number }
  | { uniform: { min: number; max: number } }
  | { lognormal: { mean: number; sigma: number } | LogNormal; min?: number; max?: number }
  | { mixture: { weight: number; mu: number; sigma: number }[]; min?: number; max?: number };

/** (ln input, ln output) drawn together from a mixture of bivariate normals. */
export interface JointLengths {
  joint: { weight: number; mu: [number, number]; sigma: [number, number]; correlation: number }[];
  input: { min: number; max: number };
  output: { min: number; max: number };
}

/** The share of a request's output that is thinking, in [0, 1]. */
export type ThinkingShare = { constant: number } | { beta_mixture: { weight: number; alpha: number; beta: number }[] };

/** When requests arrive, at a given mean rate. */
export type ArrivalLaw =
  | { process: 'poisson' }
  /** Gamma gaps; `burstiness` is the shape as in `vllm bench serve`, 1 = Poisson. */
  | { process: 'gamma'; burstiness: number }
  /** Poisson with a rate that moves as an AR(1) in its logarithm, one value a step. */
  | { process: 'log_ar1'; step_s: number; sigma: number; phi: number }
  /** Bursts of lognormal size with gamma gaps inside, and lognormal silences in seconds between them. */
  | {
      process: 'on_off';
      burst_size: LogNormal;
      gap: { shape: number; mean_s: number };
      silence_s: LogNormal;
    }
  /** Heavy clients with gamma gaps of their own shape over many light Poisson ones. */
  | {
      process: 'clients';
      clients: { share: number; shape: number }[];
      poisson_share: number;
      poisson_clients: number;
    };

/** Seconds until a session goes on. */
export type GapLaw = LogNormal | { mixture: ({ weight: number } & LogNormal)[] };

/** Requests of a session: so many, a Weibull law rounded to at least 1, or the chance of another one after each. */
export type SessionLength =
  | { constant: number }
  | { weibull: { shape: number; scale: number } }
  /** After the first, the second, …; the last chance holds from there on. */
  | { go_on: number[] };

/** Conversations and agents: each prompt holds all that came before, and follows when the reply is there. */
export interface SessionLaw {
  requests: SessionLength;
  /** From the end of a reply to the next request. */
  gap_s: GapLaw;
  /** What a prompt has more than the one before it and its reply. */
  new_tokens: LengthLaw;
  /** True: `new_tokens` counts the reply too, of which only so much is kept. */
  includes_reply: boolean;
  /** True: the thinking of a reply is not in the next prompt. */
  strip_thinking: boolean;
  /** A prompt longer than `above`, one draw a session, is summed up in a part `keep` of its length; null: never. */
  compaction: { above: LengthLaw; keep: number } | null;
}

/** Texts that many prompts begin with: documents, templates, tool lists. */
export interface PrefixPool {
  /** How many there are. */
  size: number;
  /** How uneven their use is: the k-th is used in proportion to k^-zipf. 0: all alike. */
  zipf: number;
  /** How long each is: one draw a text. */
  tokens: LengthLaw;
}

/** A synthetic workload in full. */
export interface SyntheticSpec {
  description: string;
  /** Which public data the numbers were fitted to. */
  source: string;
  /** Requests per second when no `request_rate` is given. */
  base_rate: number;
  arrivals: ArrivalLaw;
  lengths: JointLengths | { input: LengthLaw; output: LengthLaw };
  thinking_share: ThinkingShare | null;
  /** This share of the requests starts with the same tokens. */
  shared_prefix: { share: number; tokens: number } | null;
  /** Each request begins with one of these; its drawn length comes after that. */
  prefix_pool: PrefixPool | null;
  /** A second turn: previous prompt + answer + new text, after a lognormal gap in seconds. */
  follow_up: { probability: number; gap_s: LogNormal; strip_thinking: boolean } | null;
  sessions: SessionLaw | null;
}

/** The part of requests whose chain of thought does not come to an end by itself before so many tokens. */
export interface Runaway {
  /** Of the requests, from 0 to 1. */
  share: number;
  /** Thinking tokens of such a chain if nothing cuts it. */
  tokens: number;
}

/** What is asked of the model to spend on an answer; none: cut 0 and null. */
export interface AnswerLimits {
  /** Part of the thinking that is left out, from 0 to 1. */
  cut: number;
  /** vLLM's `thinking_token_budget`; null: unlimited. */
  thinking_tokens: number | null;
  /** Of thinking and answer together; null: unlimited. */
  max_tokens: number | null;
}

/** A classifier in front of the router: it takes each request for one of some groups, and sets that group's limits. */
export interface ClassifierBudget {
  /** Its time for a request. */
  delay_us: number;
  /** Groups are the classes of the workload in their order, or ranges of the thinking that a request would do. */
  by: 'class' | 'thinking';
  /** `below`: thinking tokens of a range, ascending, the last one null; null for a class. */
  groups: (AnswerLimits & { below: number | null })[];
  /** Row: the group that a request belongs to; column: the chance that it is taken for that one. Rows sum to 1. */
  confusion: number[][];
}

/** How answers are kept short. Every policy works on the same draws of what the model would write by itself. */
export interface Budget {
  /** Words in the prompt: thinking shrinks by `cut`, but for the share of requests that ignore them. */
  hint: { cut: number; ignored_by: number } | null;
  classifier: ClassifierBudget | null;
  thinking_tokens: number | null;
  max_tokens: number | null;
}

/** What a class may have otherwise than its workload. */
export interface ClassOverrides {
  arrivals?: ArrivalLaw;
  lengths?: SyntheticSpec['lengths'];
  thinking_share?: ThinkingShare | null;
  shared_prefix?: SyntheticSpec['shared_prefix'];
  prefix_pool?: SyntheticSpec['prefix_pool'];
  follow_up?: SyntheticSpec['follow_up'];
  sessions?: SyntheticSpec['sessions'];
  max_tokens?: number | null;
  budget?: Budget | null;
  runaway?: Runaway | null;
}

/** Requests of one kind: how many they are, what they are promised, and where they differ from the others. */
export interface RequestClass {
  name: string;
  /** Of the requests, relative to the shares of all classes; null: it has a rate of its own, or a trace names it. */
  share: number | null;
  /** Requests per second of its own arrival process; null: it is a share of the workload's. */
  request_rate: number | null;
  /** vLLM's priority: smaller is more urgent. */
  priority: number;
  /** Its service-level objective: its own, or the study's. */
  slo: SloBound[];
  /** A setting that is missing here is the workload's. */
  overrides: ClassOverrides;
}

/** The trace formats that can be read. */
export type TraceFormat = 'auto' | 'azure' | 'mooncake' | 'requests_csv' | 'vllm_bench';

export interface Workload {
  kind: 'synthetic' | 'trace';
  /** `reasoning`, `inline`, or the trace's file name. */
  name: string;
  spec: SyntheticSpec | null;
  /**
   * `path` is relative to the study file; `sha256` names the content, packed as it is; `spread_ms`: arrivals with the
   * same time stamp are spread over so many milliseconds; `prefix_blocks` says which prompts of a measured run share
   * blocks, of `block_size` tokens.
   */
  trace: {
    path: string;
    sha256: string;
    format: TraceFormat;
    spread_ms: number;
    prefix_blocks: { path: string; sha256: string; block_size: number } | null;
    /** How much of its outputs is thinking; null: nothing. */
    thinking_share: ThinkingShare | null;
  } | null;
  /** Requests per second; `inf`: all at once; null: the spec's base rate, or the trace's own times. */
  request_rate: number | 'inf' | null;
  num_requests: number | null;
  /** Arrivals stop after so many seconds. Whichever of the two comes first ends a workload. */
  duration_s: number | null;
  /** Closed loop: so many requests in flight at most; null: open loop. */
  max_concurrency: number | null;
  /** So many sessions at once at most: where one ends, the next begins; null: they begin by the arrival law alone. */
  max_sessions: number | null;
  /** True: an output ends by its length alone, as with vLLM's `ignore_eos`. */
  ignore_eos: boolean;
  /** Every request's `max_tokens`; null: up to `max_model_len`. */
  max_tokens: number | null;
  /** null: none. */
  budget: Budget | null;
  /** null: none. */
  runaway: Runaway | null;
  /** In the order of the study file; empty without classes. */
  classes: RequestClass[];
  /** A prompt of `max_model_len` tokens or more: bad input, or refused as the server does. */
  long_prompts: 'error' | 'reject';
}

export type SloMetric = 'ttft' | 'tpot' | 'itl' | 'e2el' | 'ttfat';

/** One bound of the service-level objective, such as `ttft_p99: 2s`. */
export interface SloBound {
  metric: SloMetric;
  statistic: 'mean' | `p${number}`;
  limit_us: number;
}

/** What a search found and everything that it tried: the content of `tune.json`, and all that its reports are made of. */
import type { MetricUnit } from '../../metrics/metric-names.ts';
import type { Decision } from '../../metrics/statistics/targets.ts';
import type { Estimate } from '../../metrics/study-statistics.ts';

export type TuneReportGoal =
  | { readonly kind: 'smallest' | 'highest'; readonly setting: string }
  | { readonly kind: 'cheapest'; readonly settings: readonly string[]; readonly objective: string };

/** A metric that is shown of every candidate. */
export interface TuneMetric {
  readonly name: string;
  /** For people: `TTFT p99`. */
  readonly label: string;
  readonly unit: MetricUnit;
  readonly better: 'less' | 'more' | null;
}

export interface TuneBound {
  readonly metric: string;
  readonly bound: 'at_least' | 'at_most';
  /** In the unit of the metric. */
  readonly limit: number;
  /** As in the study: `>= 99%`. */
  readonly written: string;
}

/** A candidate against one of the bounds. */
export interface TuneVerdict {
  readonly metric: string;
  readonly decision: Decision;
  /** The mean over replications and its interval at the level that all decisions together need; null: not measured. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Replications that should decide it; null where it is decided, or where it would take too many. */
  readonly replications_needed: number | null;
}

export interface TuneCandidateReport {
  /** `20480`, `h100-sxm × TP 2`. */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of a search over one setting. */
  readonly value: number | null;
  /** `untried`: the search did not need it; `not_simulated`: it would start, but its step times are not known. */
  readonly state: 'does_not_start' | 'not_simulated' | 'untried' | 'tried';
  /** Why it does not start, cannot be simulated, or does not count whatever its figures are. */
  readonly reason: string | null;
  /** Its queue grows, so that it has no steady state. */
  readonly is_growing: boolean;
  /** Null unless tried. */
  readonly decision: Decision | null;
  /** In the order of the bounds; empty unless tried. */
  readonly verdicts: readonly TuneVerdict[];
  /** By metric, at the study's confidence; null where it was not measured, or is withheld because the queue grows. */
  readonly estimates: Readonly<Record<string, Estimate | null>>;
  readonly gpus: number | null;
  /** Requests of `max_model_len` tokens that fit into the KV cache of all replicas at once. */
  readonly max_concurrency: number | null;
  /** Tokens that the KV cache of all replicas holds. */
  readonly kv_cache_tokens: number | null;
  readonly runs: readonly { readonly run_id: string; readonly seed: number }[];
  /** Name of a candidate that meets the bounds and is better for certain in the objective, or as good while this one is undecided. */
  readonly beaten_by: string | null;
  readonly pareto: 'front' | 'dominated' | null;
}

export interface TuneReport {
  readonly name: string;
  readonly question: string | null;
  readonly servesim_version: string;
  readonly vllm_version: string;
  readonly goal: TuneReportGoal;
  /** `all`, `bisection`: of one setting. `screening`: of combinations. */
  readonly method: 'all' | 'bisection' | 'screening';
  readonly bounds: readonly TuneBound[];
  readonly metrics: readonly TuneMetric[];
  /** That all decisions of the search are right, and the level of each interval that it takes. */
  readonly level: number;
  readonly level_of_each: number;
  /** Of the intervals of estimates. */
  readonly confidence: number;
  readonly seeds: { readonly first: number; readonly most: number };
  /** Runs that were needed, and those that could have been at most. */
  readonly runs: { readonly needed: number; readonly most: number };
  /** In the order of the study: ascending values, or combinations as a sweep has them. */
  readonly candidates: readonly TuneCandidateReport[];
  /** Names of candidates: the answer; the next one beyond it, which does not do; those as good; those that may be better. */
  readonly best: string | null;
  readonly next: string | null;
  readonly tied: readonly string[];
  readonly undecided: readonly string[];
  /** Prompt and whole answer of the longest request that was met, tokens; null where nobody asked. */
  readonly longest_request_tokens: number | null;
  /** The figures that the Pareto front is of: latency, throughput, cost. */
  readonly pareto: readonly string[];
  /** In plain words. */
  readonly advice: readonly string[];
  readonly notes: readonly string[];
}

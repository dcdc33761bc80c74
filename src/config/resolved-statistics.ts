/**
 * What a study says about its statistics. These settings steer how many runs are made and how they are compared; no run
 * depends on them, so they do not enter the ids of runs.
 */

/** What is left out of the statistics of a run as its warm-up. */
export type WarmUp =
  | { kind: 'none' }
  /** White's rule of the least standard error over batches of five. */
  | { kind: 'mser_5' }
  /** Requests that arrive earlier than so long after the start, in whole microseconds. */
  | { kind: 'time'; us: number };

/** When there are enough replications. */
export interface UntilSettings {
  /** Half the widest interval allowed, each as `parsePrecision` reads it: `5% of ttft_p99`. All have to be met. */
  precisions: string[];
  /** Replications after which the study ends in any case. */
  max_seeds: number;
}

/** A variant and its baseline, each by its swept settings. */
export interface Comparison {
  variant: Record<string, unknown>;
  baseline: Record<string, unknown>;
  /** Whether both meet the same requests at the same times, seed by seed. */
  same_load: boolean;
}

/** A variant that has no baseline, though others do. */
export interface NotCompared {
  variant: Record<string, unknown>;
  title: string;
  reason: string;
}

export interface StudyStatisticsSettings {
  /** In the order of the variants. Those that are missing here are baselines, or alone under their load. */
  comparisons: Comparison[];
  not_compared: NotCompared[];
  warm_up: WarmUp;
  /** Level of all intervals, above 0 and below 1. */
  confidence: number;
  /** null: the study ends with its seeds. With it, `seeds` are those to begin with. */
  until: UntilSettings | null;
}

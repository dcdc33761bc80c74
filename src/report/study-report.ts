/** What the writers of this room are given: the results of a study, one entry a run. Plain data. */
import type { RunCurves } from '../metrics/curves.ts';
import type { LoadBatches } from '../metrics/statistics/load-batches.ts';
import type { StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';

/** What the reader of a result must know; each entry a phrase. */
export interface ReportNotes {
  /** Flags that were given and change nothing here. */
  no_effect: string[];
  not_modelled: string[];
  /** Inputs that are estimates rather than measurements. */
  estimates: string[];
}

export interface RunReport {
  runId: string;
  seed: number;
  /** The swept keys and this run's values, `{ 'deployment.max_model_len': 8192 }`; empty without a sweep. */
  variant: Record<string, unknown>;
  /** The name of a named variant; its settings are in `variant`. Absent or null where it has none. */
  variantName?: string | null;
  /** The variant in words, `max_model_len 8192`; the study's name or similar without a sweep. */
  title: string;
  summary: Summary;
  curves: RunCurves;
  /** For the saturation verdict; null where the run is too short for one, absent where nobody asks. */
  load?: LoadBatches | null;
  /** The resolved configuration, from which the run can be repeated. */
  configYaml: string;
  notes: ReportNotes;
  /** What was simulated, for a small table: model, GPU, blocks, … */
  facts: { label: string; value: string }[];
}

export interface StudyReport {
  name: string;
  question: string | null;
  runs: RunReport[];
  /** Variants whose server would not start, in words, and why; absent where all start. */
  notStarted?: readonly { title: string; reason: string }[];
  /** Figures over replications with their intervals; absent where nobody asked for them. */
  statistics?: StudyStatistics;
}

/** One with its statistics, as every study ends. */
export type MeasuredStudy = StudyReport & { statistics: StudyStatistics };

/** The runs of a study by variant, with what is needed to count their requests again. */
import type { ResolvedStudy } from '../../config/resolved.ts';
import type { OutcomesOptions } from '../../metrics/outcomes.ts';
import type { RequestTable } from '../../record/run-record.ts';
import type { RunReport } from '../../report/study-report.ts';

export interface StudyVariant {
  /** The swept settings by path. */
  readonly variant: Record<string, unknown>;
  /** In the order of the study. */
  readonly runs: readonly RunReport[];
  /** How its requests are judged. */
  readonly options: OutcomesOptions;
}

/** Reads the request table of a finished run; null where none was kept. */
export type ReadRequests = (runId: string) => Promise<RequestTable | null>;

/** In the order in which the study runs them. `entries` may have more seeds than the study, as a stopping rule adds them. */
export function studyVariants(study: ResolvedStudy, entries: readonly RunReport[]): StudyVariant[] {
  const settings = new Map(study.runs.map((run) => [JSON.stringify(run.variant), run]));
  const groups = new Map<string, RunReport[]>();
  for (const entry of entries) {
    const key = JSON.stringify(entry.variant);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups].map(([key, runs]) => {
    const run = settings.get(key);
    const options = run === undefined ? {} : { slo: run.slo, classes: run.workload.classes };
    return { variant: runs[0]!.variant, runs, options };
  });
}

/** The names of all classes of requests. */
export function classNames(entries: readonly RunReport[]): string[] {
  return [...new Set(entries.flatMap(({ summary }) => summary.sim.classes.map(({ name }) => name)))];
}

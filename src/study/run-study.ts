/** A study → its results: every run one after the other, in the order of the plan. */
import { resolve } from 'node:path';
import { variantName } from '../config/sweep.ts';
import type { StudyReport } from '../report/study-report.ts';
import type { OpenStudy } from './open-study.ts';
import { readLines } from './read-lines.ts';
import { profileReader } from './read-profile.ts';
import { ResultsFolder } from './results-folder.ts';
import { runOne } from './run.ts';
import { runReport } from './run-report.ts';

/** How far a study is. */
export interface StudyProgress {
  /** The run under way, from 1, and how many there are. */
  readonly run: number;
  readonly runs: number;
  readonly simulatedUs: number;
  readonly requestsSent: number;
  /** Of the run under way, where the workload says so. */
  readonly requestsPlanned: number | null;
}

export interface RunStudyOptions {
  /** Where results are written; null: nowhere. */
  readonly outputFolder: string | null;
  readonly onProgress?: (progress: StudyProgress) => void;
}

export interface StudyResult {
  readonly report: StudyReport;
  /** The HTML report, if results were written. */
  readonly reportFile: string | null;
}

/** Runs a study. Throws InputError on bad input; nothing is written then. */
export async function runStudy(study: OpenStudy, options: RunStudyOptions): Promise<StudyResult> {
  const { resolved, catalog, folder } = study;
  const readProfile = profileReader(folder);
  const results = options.outputFolder === null ? null : new ResultsFolder(options.outputFolder);
  const report: StudyReport = {
    name: resolved.name,
    question: resolved.question,
    runs: [],
    notStarted: resolved.not_started.map(({ variant, reason }) => ({ title: variantName(variant), reason })),
  };
  try {
    for (const [index, run] of resolved.runs.entries()) {
      const result = await runOne(run, {
        catalog,
        readLines: (path) => readLines(resolve(folder, path), path),
        readProfile,
        keepRequests: results !== null && resolved.outputs.requests !== 'none',
        onProgress: (simulatedUs, requestsSent) =>
          options.onProgress?.({
            run: index + 1,
            runs: resolved.runs.length,
            simulatedUs,
            requestsSent,
            requestsPlanned: run.workload.num_requests,
          }),
      });
      const entry = runReport(resolved.name, result);
      results?.addRun(result, entry, folder, resolved.outputs.requests);
      report.runs.push(entry);
    }
    return { report, reportFile: results?.finish(report) ?? null };
  } catch (error) {
    results?.discard();
    throw error;
  }
}

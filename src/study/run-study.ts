/** A study → its results: its runs, as many as its stopping rule asks for, and what they say together. */
import { join } from 'node:path';
import type { ResolvedStudy } from '../config/resolved.ts';
import type { MeasuredStudy, RunReport, StudyReport } from '../report/study-report.ts';
import type { Executor } from './executor.ts';
import type { OpenStudy } from './open-study.ts';
import { ResultsFolder } from './results-folder.ts';
import { openRunner, type Runner, type RunnerProgress } from './runner.ts';
import { checkSimulatable } from './simulatable.ts';
import { checkStatistics, StoppingRule } from './statistics/stopping-of.ts';
import { studyStatistics } from './statistics/study-statistics-of.ts';
import { studyFiles } from './study-files.ts';

/** How far a study is. */
export type StudyProgress = RunnerProgress;

export interface RunStudyOptions {
  /** Where results are written; null: nowhere. */
  readonly outputFolder: string | null;
  /** Worker threads; 1: none. Default: as many as the machine runs at a time. Results do not depend on it. */
  readonly workers?: number;
  /** Who simulates, instead of threads; whoever opened it closes it. */
  readonly executor?: Executor;
  /** Simulate runs that are done already, too. Default: false. */
  readonly fresh?: boolean;
  readonly onProgress?: (progress: StudyProgress) => void;
}

export interface StudyResult {
  readonly report: StudyReport;
  /** The HTML report, if results were written. */
  readonly reportFile: string | null;
}

/**
 * Runs a study. Throws InputError on bad input; of its results only finished runs are written then, and they are not simulated again when the
 * study is.
 */
export async function runStudy(study: OpenStudy, { outputFolder, ...options }: RunStudyOptions): Promise<StudyResult> {
  checkStatistics(study.resolved);
  checkSimulatable(study);
  const results = outputFolder === null ? null : new ResultsFolder(outputFolder);
  const runner = openRunner(study, { results, ...options });
  try {
    return await writeStudy(study, runner, results);
  } finally {
    await runner.close();
    results?.close();
  }
}

/** Has all runs of a study made, and writes what they say, if anywhere. */
export async function writeStudy(
  study: OpenStudy,
  runner: Runner,
  results: ResultsFolder | null,
): Promise<StudyResult> {
  const report = await studyReport(study, runner);
  results?.writeFiles(studyFiles(report));
  return { report, reportFile: results === null ? null : join(results.name, 'report.html') };
}

async function studyReport(study: OpenStudy, runner: Runner): Promise<MeasuredStudy> {
  const { resolved, runs, ended } = await runUntilEnough(study, runner);
  const statistics = await studyStatistics(resolved, runs, (runId) => runner.requests(runId));
  return {
    name: resolved.name,
    question: resolved.question,
    runs: [...runs],
    notStarted: resolved.not_started.map(({ title, reason }) => ({ title, reason })),
    statistics: ended === null ? statistics : { ...statistics, notes: [...statistics.notes, ended] },
  };
}

interface EnoughRuns {
  readonly resolved: ResolvedStudy;
  readonly runs: readonly RunReport[];
  /** Why there are not more; null where the study says how many there are. */
  readonly ended: string | null;
}

/**
 * Runs the seeds of a study, or as many as its stopping rule asks for. How many it asks for next follows from the figures, never from how many
 * can run at a time.
 */
async function runUntilEnough(study: OpenStudy, runner: Runner): Promise<EnoughRuns> {
  const { resolved } = study;
  if (resolved.until === null) return { resolved, runs: await runner.run(resolved.runs), ended: null };
  const rule = new StoppingRule(resolved, (runId) => runner.requests(runId));
  let runs: readonly RunReport[] = [];
  for (;;) {
    const { kind, seeds, because } = await rule.next(runs);
    const planned = study.withSeeds(Array.from({ length: seeds }, (_, i) => i + 1));
    runs = await runner.run(planned.runs);
    if (kind !== 'more') return { resolved: planned, runs, ended: `until: ${because}` };
  }
}

/**
 * Simulates runs wherever they are not done yet, and reads what they left in their folders, so that everything made of them is the same whoever
 * simulated them, and when. Searches and stopping rules ask for runs a few at a time, so a runner stays open until it is closed.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ResolvedRun } from '../config/resolved.ts';
import type { RequestTable } from '../record/run-record.ts';
import type { RunReport } from '../report/study-report.ts';
import { adoptRun } from './adopt-run.ts';
import { type Executor, inThisThread } from './executor.ts';
import { inOrder } from './in-order.ts';
import type { OpenStudy } from './open-study.ts';
import { readRequests } from './read-requests.ts';
import { ResultsFolder } from './results-folder.ts';
import { calledAs, distinctRuns, type FinishedRun, isDescribed, readRunFolder } from './run-folder.ts';

export type { RunnerProgress } from './runner-progress.ts';

import { ProgressOfRuns, type RunnerProgress } from './runner-progress.ts';
import { type StudyContext, studyContext } from './study-context.ts';
import { workerThreads } from './worker-threads.ts';

export interface Runner {
  /** Simulates these runs where they are not done yet; entries in the order given. A failed run throws InputError. */
  run(runs: readonly ResolvedRun[]): Promise<readonly RunReport[]>;
  /** The request table of a finished run; null where none was kept (`outputs.requests: csv` or `none`). */
  requests(runId: string): Promise<RequestTable | null>;
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Where run folders go, and where finished ones are found; null: a temporary folder. */
  readonly results: ResultsFolder | null;
  /** Whether request tables are needed where nobody keeps results. Default: where statistics of the study need them. */
  readonly needsRequests?: boolean;
  /** Worker threads; 1: none. Default: as many as the machine runs at a time. */
  readonly workers?: number;
  /** Who simulates, instead of threads; whoever opened it closes it. */
  readonly executor?: Executor;
  /** Simulate runs that are done already, too. Default: false. */
  readonly fresh?: boolean;
  readonly onProgress?: (progress: RunnerProgress) => void;
}

/** A runner for the runs of this study, and for variants of it that read the same files. */
export function openRunner(study: OpenStudy, options: RunnerOptions): Runner {
  return new FolderRunner(study, options);
}

class FolderRunner implements Runner {
  private readonly study: OpenStudy;
  private readonly options: RunnerOptions;
  private readonly results: ResultsFolder;
  private readonly context: StudyContext;
  private readonly finished = new Map<string, FinishedRun>();
  private readonly runs = new Map<string, ResolvedRun>();
  private threads: Executor | null = null;

  constructor(study: OpenStudy, options: RunnerOptions) {
    this.study = study;
    this.options = options;
    this.results = options.results ?? new ResultsFolder(null);
    this.context = studyContext(study, options.results !== null, options.needsRequests);
  }

  async run(runs: readonly ResolvedRun[]): Promise<readonly RunReport[]> {
    const owners = distinctRuns(runs);
    const missing = owners.filter((run) => !this.find(run));
    const progress = new ProgressOfRuns(
      owners.length,
      owners.length - missing.length,
      this.options.onProgress ?? (() => {}),
    );
    const executor = this.executorFor(missing.length);
    await inOrder(missing, executor.width, async (run) => {
      const { at, end } = progress.of(run);
      await this.simulate(run, executor, at);
      end();
    });
    return runs.map((run) => calledAs(run, this.context, this.finished.get(run.run_id)!).report);
  }

  async requests(runId: string): Promise<RequestTable | null> {
    const run = this.runs.get(runId);
    if (run === undefined || this.context.requests !== 'parquet') return null;
    const classes = run.workload.classes.map(({ name }) => name);
    return readRequests(join(this.results.runFolder(runId), 'requests.parquet'), classes);
  }

  async close(): Promise<void> {
    await this.threads?.close();
    if (this.options.results === null) this.results.close();
  }

  /** Whether the run is done; its folder is then described as this study describes it. */
  private find(run: ResolvedRun): boolean {
    if (this.finished.has(run.run_id)) return true;
    if (this.options.fresh) return false;
    const folder = this.results.runFolder(run.run_id);
    const found = readRunFolder(folder, run, this.context);
    if (found === null) return false;
    if (this.context.isForReaders && !isDescribed(folder, run, this.context, found))
      adoptRun(this.results, folder, run, this.context, found);
    this.keep(run, found);
    return true;
  }

  private async simulate(run: ResolvedRun, executor: Executor, onProgress: (us: number, sent: number) => void) {
    const [made, target] = [this.results.newFolder(), this.results.runFolder(run.run_id)];
    await executor.fill({ run, context: this.context, made, target }, onProgress);
    this.results.placeRun(run.run_id, made);
    const found = readRunFolder(target, run, this.context);
    if (found === null) throw new Error(`${target}: the run that was just written there is not whole`);
    this.keep(run, found);
  }

  private keep(run: ResolvedRun, finished: FinishedRun): void {
    this.finished.set(run.run_id, finished);
    this.runs.set(run.run_id, run);
  }

  /** A single run is not worth a thread. */
  private executorFor(runs: number): Executor {
    const { executor, workers = availableParallelism() } = this.options;
    if (executor !== undefined) return executor;
    if (this.threads === null && (workers === 1 || runs <= 1))
      return inThisThread(this.study.catalog, this.context.folder);
    this.threads ??= workerThreads(workers);
    return this.threads;
  }
}

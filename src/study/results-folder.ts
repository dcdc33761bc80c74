/**
 * The folder of a study's results. Everything is written to a staging folder beside the final names and moved there at
 * the end, so a failed or interrupted study leaves nothing half-written.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { ResolvedStudy } from '../config/resolved.ts';
import { resolvedStudyYaml } from '../config/resolved-yaml.ts';
import { InputError } from '../core/input-error.ts';
import { requestsCsv, summaryCsv } from '../report/csv.ts';
import { reportHtml } from '../report/html.ts';
import { requestsParquet, timelineParquet } from '../report/parquet.ts';
import type { RunReport, StudyReport } from '../report/study-report.ts';
import { summaryJson } from '../report/vllm-bench.ts';
import type { RunResult } from './run.ts';

export class ResultsFolder {
  private readonly folder: string;
  private readonly staging: string;
  /** The outermost folder that had to be made; undefined: all were there. */
  private readonly madeFolder: string | undefined;
  private readonly onSignal = (signal: NodeJS.Signals) => {
    this.discard();
    // The default action would not have run this handler; 128 + the signal's number is what a shell reports.
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };

  /** Opens `folder` for results, creating it where it is missing. */
  constructor(folder: string) {
    this.folder = folder;
    // First, so that no signal finds a folder that nobody would remove.
    process.once('SIGINT', this.onSignal).once('SIGTERM', this.onSignal);
    try {
      this.madeFolder = mkdirSync(folder, { recursive: true });
      this.staging = mkdtempSync(join(folder, '.partial-'));
    } catch (error) {
      process.off('SIGINT', this.onSignal).off('SIGTERM', this.onSignal);
      throw new InputError(`${folder}: results cannot be written there: ${(error as Error).message}`);
    }
  }

  /** Writes one run. Traces named in its configuration are named relative to the run's folder. */
  addRun(
    result: RunResult,
    report: RunReport,
    studyFolder: string,
    requests: ResolvedStudy['outputs']['requests'],
  ): void {
    const target = join(this.folder, 'runs', report.runId);
    const metadata = { servesim: JSON.stringify({ run_id: report.runId, seed: report.seed }) };
    this.write(`runs/${report.runId}/config.yaml`, resolvedStudyYaml(movedTo(result.run, studyFolder, target)));
    this.write(`runs/${report.runId}/summary.json`, summaryJson(report.summary));
    const classes = result.run.workload.classes.map(({ name }) => name);
    if (requests === 'parquet')
      this.write(`runs/${report.runId}/requests.parquet`, requestsParquet(result.record, metadata, classes));
    if (requests === 'csv') this.write(`runs/${report.runId}/requests.csv`, requestsCsv(result.record, classes));
    this.write(`runs/${report.runId}/timeline.parquet`, timelineParquet(result.record, metadata));
  }

  /** Writes the study's own files and moves everything to its final name. Returns the path of the report. */
  finish(study: StudyReport): string {
    this.write('summary.csv', summaryCsv(study));
    this.write('report.html', reportHtml(study));
    mkdirSync(join(this.folder, 'runs'), { recursive: true });
    // Variants that resolve alike are one run.
    for (const runId of new Set(study.runs.map((run) => run.runId))) this.move(join('runs', runId));
    this.move('summary.csv');
    this.move('report.html');
    rmSync(this.staging, { recursive: true, force: true });
    this.ignoreSignals();
    return join(this.folder, 'report.html');
  }

  /** Leaves the folder as it was found. */
  discard(): void {
    rmSync(this.madeFolder ?? this.staging, { recursive: true, force: true });
    this.ignoreSignals();
  }

  private ignoreSignals(): void {
    process.off('SIGINT', this.onSignal).off('SIGTERM', this.onSignal);
  }

  private write(name: string, content: string | Uint8Array): void {
    const file = join(this.staging, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  private move(name: string): void {
    const target = join(this.folder, name);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(this.staging, name), target);
  }
}

/** The run with its files named from another folder. */
function movedTo(run: RunResult['run'], from: string, to: string): RunResult['run'] {
  const moved = (path: string) => relative(resolve(to), resolve(from, path));
  const { trace } = run.workload;
  const { model_file, speculation, latency } = run.deployment;
  const { profile, calibration_file } = latency;
  const draft = speculation?.draft_model ?? null;
  const deployment = {
    ...run.deployment,
    model_file: model_file === null ? null : moved(model_file),
    latency: {
      ...latency,
      profile: profile === null ? null : { ...profile, path: moved(profile.path) },
      calibration_file: calibration_file === null ? null : moved(calibration_file),
    },
    speculation:
      speculation === null || draft === null || draft.model_file === null
        ? speculation
        : { ...speculation, draft_model: { ...draft, model_file: moved(draft.model_file) } },
  };
  return {
    ...run,
    ...(trace === null ? {} : { workload: { ...run.workload, trace: movedTrace(trace, moved) } }),
    deployment,
  };
}

function movedTrace(
  trace: NonNullable<RunResult['run']['workload']['trace']>,
  moved: (path: string) => string,
): NonNullable<RunResult['run']['workload']['trace']> {
  const { path, prefix_blocks: prefixes } = trace;
  const prefix_blocks = prefixes === null ? null : { ...prefixes, path: moved(prefixes.path) };
  return { ...trace, path: moved(path), prefix_blocks };
}

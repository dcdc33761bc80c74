/**
 * The folder of a finished run, `runs/<run id>`: `summary.json`, the tables, and in `report.json` what else reports are made of. Where people
 * look into it there are its configuration and a page of its own, too. A folder is made elsewhere and renamed when it is whole, so one that is
 * there is complete; `report.json` says how long each table is, so that a copy that was cut short is told apart.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedRun } from '../config/resolved.ts';
import { resolvedStudyYaml } from '../config/resolved-yaml.ts';
import type { Summary } from '../metrics/summary.ts';
import { reportHtml } from '../report/html.ts';
import type { RunReport } from '../report/study-report.ts';
import { summaryJson } from '../report/vllm-bench.ts';
import { describeRun, type SimulatedFacts } from './describe-run.ts';
import { movedRun } from './moved-run.ts';
import { type Files, type SimulatedRun, tableNames } from './simulate-run.ts';
import type { StudyContext } from './study-context.ts';

/** A finished run without its tables. */
export interface FinishedRun {
  readonly report: RunReport;
  readonly facts: SimulatedFacts;
  /** Bytes of each table. */
  readonly tableBytes: Readonly<Record<string, number>>;
}

/** What `report.json` holds: the report without what stands in `summary.json` and `config.yaml`. */
interface StoredReport extends Omit<RunReport, 'summary' | 'configYaml'> {
  readonly simulated: SimulatedFacts;
  readonly tables: Readonly<Record<string, number>>;
}

/** The run as it will be read back, so that its page is the same whether it is made now or from the files. */
export function finishedRun({ report, facts, tables }: SimulatedRun): FinishedRun {
  const sizes = [...tables].map(([name, content]) => [name, Buffer.byteLength(content)]);
  return JSON.parse(JSON.stringify({ report, facts, tableBytes: Object.fromEntries(sizes) })) as FinishedRun;
}

/** The figures of a run, which are all that its report needs. */
export function figureFiles({ report, facts, tableBytes }: FinishedRun): Files {
  const { summary, configYaml: _, ...rest } = report;
  const stored: StoredReport = { ...rest, simulated: facts, tables: tableBytes };
  return new Map([
    ['summary.json', summaryJson(summary)],
    ['report.json', `${JSON.stringify(stored)}\n`],
  ]);
}

/** Everything in the folder but the tables. `target`: where the folder will be in the end. */
export function describedFiles(run: ResolvedRun, context: StudyContext, finished: FinishedRun, target: string): Files {
  const figures = figureFiles(finished);
  if (!context.isForReaders) return figures;
  return new Map([
    ...figures,
    ['config.yaml', configOf(run, context, target)],
    ['report.html', reportHtml(pageOf(context, finished.report))],
  ]);
}

function configOf(run: ResolvedRun, { folder, name, requests }: StudyContext, target: string): string {
  return resolvedStudyYaml(movedRun(run, folder, target), { name, outputs: { requests } });
}

/** A run's own page: a study of one run. */
function pageOf({ name }: StudyContext, report: RunReport) {
  const heading = report.title === name ? name : `${name}: ${report.title}`;
  return { name: `${heading}, seed ${report.seed}`, question: null, runs: [report] };
}

/** The figures of a folder's files; null where they are not those of a whole run of this id. */
export function parseFigures(runId: string, summaryText: string, reportText: string): FinishedRun | null {
  try {
    const summary = JSON.parse(summaryText) as Summary;
    const { simulated: facts, tables: tableBytes, ...rest } = JSON.parse(reportText) as StoredReport;
    if (rest.runId !== runId || summary.sim.run_id !== runId) return null;
    return { report: { ...rest, summary, configYaml: '' }, facts, tableBytes };
  } catch {
    return null;
  }
}

/** The run as this study calls it. */
export function calledAs(run: ResolvedRun, { name }: StudyContext, finished: FinishedRun): FinishedRun {
  const { report, facts } = finished;
  const summary = { ...report.summary, label: name };
  return { ...finished, report: { ...report, ...describeRun(run, name, facts), summary } };
}

/** Variants that resolve alike are one run, whose folder is described as that of the first of them. */
export function distinctRuns(runs: readonly ResolvedRun[]): ResolvedRun[] {
  const known = new Set<string>();
  return runs.filter(({ run_id }) => !known.has(run_id) && known.add(run_id));
}

/** A finished run in its folder, as this study calls it; null where there is none, or not with the tables that are wanted. */
export function readRunFolder(folder: string, run: ResolvedRun, context: StudyContext): FinishedRun | null {
  const summary = textOf(join(folder, 'summary.json'));
  const report = textOf(join(folder, 'report.json'));
  if (summary === null || report === null) return null;
  const finished = parseFigures(run.run_id, summary, report);
  if (finished === null || !holdsTables(folder, finished, tableNames(context))) return null;
  return calledAs(run, context, finished);
}

/** Whether the folder is described as this study describes it; `finished` as it calls the run. */
export function isDescribed(folder: string, run: ResolvedRun, context: StudyContext, finished: FinishedRun): boolean {
  const texts = [...figureFiles(finished), ['config.yaml', configOf(run, context, folder)] as const];
  return texts.every(([name, text]) => textOf(join(folder, name)) === text) && sizeOf(join(folder, 'report.html')) > 0;
}

function holdsTables(folder: string, { tableBytes }: FinishedRun, wanted: readonly string[]): boolean {
  const names = Object.keys(tableBytes);
  return (
    names.length === wanted.length && wanted.every((name) => sizeOf(join(folder, name)) === (tableBytes[name] ?? -1))
  );
}

/** Makes a folder with these files. */
export function writeFiles(folder: string, ...files: readonly Files[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files.flatMap((each) => [...each])) writeFileSync(join(folder, name), content);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}

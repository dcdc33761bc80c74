/**
 * One run, wherever it is simulated: in this thread, in a worker thread, or on another machine. Goes in: the resolved run and a little of its
 * study, plain data. Comes out: what the files of its folder are made of.
 */
import { resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { ResolvedRun } from '../config/resolved.ts';
import { requestsCsv } from '../report/csv.ts';
import { requestsParquet, timelineParquet } from '../report/parquet.ts';
import type { RunReport } from '../report/study-report.ts';
import { type SimulatedFacts, simulatedFacts } from './describe-run.ts';
import { readLines } from './read-lines.ts';
import type { ReadProfile } from './read-profile.ts';
import { type RunResult, runOne } from './run.ts';
import { runReport } from './run-report.ts';
import type { StudyContext } from './study-context.ts';

export interface SimulationInputs {
  readonly catalog: Catalog;
  readonly readProfile: ReadProfile;
  /** Told now and then how far the simulation is. */
  readonly onProgress?: (timeUs: number, requestsSent: number) => void;
}

/** Files by their names. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

export interface SimulatedRun {
  readonly report: RunReport;
  readonly facts: SimulatedFacts;
  /** `requests.parquet` or `requests.csv`, and `timeline.parquet`. */
  readonly tables: Files;
}

/** Simulates a run. Throws InputError. */
export async function simulateRun(
  run: ResolvedRun,
  context: StudyContext,
  { catalog, readProfile, onProgress }: SimulationInputs,
): Promise<SimulatedRun> {
  const result = await runOne(run, {
    catalog,
    readLines: (path) => readLines(resolve(context.folder, path), path),
    readProfile,
    keepRequests: context.requests !== 'none',
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { report: runReport(context.name, result), facts: simulatedFacts(result), tables: tablesOf(result, context) };
}

/** The names of the tables that a run folder holds. */
export function tableNames({ requests, isForReaders }: StudyContext): string[] {
  const ofRequests = requests === 'none' ? [] : [`requests.${requests}`];
  return isForReaders ? [...ofRequests, 'timeline.parquet'] : ofRequests;
}

function tablesOf({ run, record, poolOfReplica }: RunResult, context: StudyContext): Files {
  const metadata = { servesim: JSON.stringify({ run_id: run.run_id, seed: run.seed }) };
  const names = {
    classes: run.workload.classes.map(({ name }) => name),
    // One pool needs no name.
    pools: run.pools.length > 1 ? poolOfReplica : [],
  };
  const content = (name: string) => {
    if (name === 'requests.csv') return requestsCsv(record, names);
    return name === 'requests.parquet' ? requestsParquet(record, metadata, names) : timelineParquet(record, metadata);
  };
  return new Map(tableNames(context).map((name) => [name, content(name)]));
}

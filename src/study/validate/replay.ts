/**
 * A measured run, replayed: the study's deployment is given the arrivals, the lengths and the prefixes of what a real
 * server did, so that the latencies of the two can be compared request by request.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Catalog } from '../../catalog/catalog.ts';
import type { GivenWorkload } from '../../config/load.ts';
import type { Pool, ResolvedRun } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import type { RequestLatencies } from '../../metrics/error-table.ts';
import { isFinished, requestLatencyUs } from '../../metrics/latency.ts';
import { keptRequests } from '../../record/run-record.ts';
import { type MeasuredRun, parseMeasuredRun } from '../../workload/measured/measured-run.ts';
import { openStudy } from '../open-study.ts';
import { readLines, readText } from '../read-lines.ts';
import { profileReader } from '../read-profile.ts';
import { type RunInputs, type RunResult, runOne } from '../run.ts';
import { checkRegularFile } from './regular-file.ts';

export interface ValidationOptions {
  /** Assignments `path=value` that change the study before it is checked. */
  readonly set?: readonly string[];
  /** Which prompts share blocks, `none` of them; left out: `prefix_blocks.jsonl` beside the measured run, if it is there. */
  readonly prefixes?: string;
}

/** A measured run and the study that is to predict it. */
export interface OpenValidation {
  readonly measuredFile: string;
  readonly measured: MeasuredRun;
  /** SHA-256 of the file's text, unpacked. */
  readonly textSha256: string;
  /** null: no prompts are known to share blocks. */
  readonly prefixFile: string | null;
  readonly studyName: string;
  readonly question: string | null;
  /** The study's deployment under the measured load; its first seed. */
  readonly run: ResolvedRun;
  readonly catalog: Catalog;
  /** What `replay` needs beside the run; every file is read once, however often it is replayed. */
  readonly inputs: RunInputs;
  /** Paths in the run are relative to this folder. */
  readonly folder: string;
}

/** A replay: one value a request, in the order of the measured ones; NaN where the request did not finish. */
export interface Replay extends RequestLatencies {
  readonly preemptions: number;
  /** What the step times rest on. */
  readonly notes: readonly string[];
  readonly result: RunResult;
}

/** What a replay may be told about its load; everything else is as it was measured. */
const WORKLOAD_SETTINGS = ['workload.prefix_block_size', 'workload.max_concurrency', 'workload.long_prompts'];

const PREFIX_FILE = 'prefix_blocks.jsonl';

/** Reads a measured run and a study. Throws InputError with what is wrong with either. */
export async function openValidation(
  measuredFile: string,
  studyFile: string,
  options: ValidationOptions = {},
): Promise<OpenValidation> {
  checkRegularFile(measuredFile);
  const text = await readText(measuredFile, measuredFile);
  const measured = parseMeasuredRun(text, measuredFile);
  const prefixFile = fileBesides(measuredFile, PREFIX_FILE, options.prefixes);
  const folder = dirname(studyFile);
  const given = workloadOf(measuredFile, measured, prefixFile, folder);
  const { resolved, catalog } = openStudy(studyFile, { set: checkedSet(options.set ?? []), workload: given });
  checkOneDeployment(studyFile, resolved.runs);
  const run = resolved.runs[0]!;
  return {
    measuredFile,
    measured,
    textSha256: createHash('sha256').update(text).digest('hex'),
    prefixFile,
    studyName: resolved.name,
    question: resolved.question,
    run,
    catalog,
    inputs: { catalog, readLines: await linesInMemory(run, folder), readProfile: profileReader(folder) },
    folder,
  };
}

/** Simulates the run. Deterministic: the same run gives the same latencies. */
export async function replay(run: ResolvedRun, inputs: RunInputs): Promise<Replay> {
  const result = await runOne(run, inputs);
  const requests = keptRequests(result.record);
  const { totals } = result.record;
  const latency = (metric: 'ttft' | 'tpot' | 'e2el') =>
    Float64Array.from({ length: requests.count }, (_, row) =>
      isFinished(requests, row) ? requestLatencyUs(requests, row, metric) : Number.NaN,
    );
  return {
    ttftUs: latency('ttft'),
    tpotUs: latency('tpot'),
    e2elUs: latency('e2el'),
    preemptions: totals.preemptions,
    notes: [...new Set([...run.deployment.notes.estimates, ...result.latencyNotes])],
    result,
  };
}

/** The file that was chosen, `none` being none; without a choice one of that name in the same folder, if it is there. */
export function fileBesides(measuredFile: string, name: string, chosen: string | undefined): string | null {
  if (chosen === 'none') return null;
  const candidate = chosen ?? join(dirname(measuredFile), name);
  if (chosen === undefined && !existsSync(candidate)) return null;
  checkRegularFile(candidate);
  return candidate;
}

function workloadOf(
  measuredFile: string,
  { format }: MeasuredRun,
  prefixFile: string | null,
  folder: string,
): GivenWorkload {
  const path = (file: string) => relative(folder, resolve(file));
  const prefixes = prefixFile === null ? {} : { prefix_blocks: path(prefixFile) };
  return { workload: { trace: path(measuredFile), format, ...prefixes }, from: measuredFile };
}

function checkedSet(set: readonly string[]): readonly string[] {
  for (const assignment of set) {
    const path = assignment.split('=')[0]!.trim();
    if (/^workload\b/.test(path) && !WORKLOAD_SETTINGS.includes(path)) {
      throw new InputError(
        `--set ${assignment}: the load is replayed as it was measured; of the workload only ` +
          `${WORKLOAD_SETTINGS.join(', ')} may be set.`,
      );
    }
  }
  return set;
}

function checkOneDeployment(studyFile: string, runs: readonly ResolvedRun[]): void {
  const { pools } = runs[0]!;
  const isPlain = ({ market, autoscale }: Pool) => market.kind === 'on_demand' && autoscale === null;
  if (pools.length > 1 || !isPlain(pools[0]!)) {
    throw new InputError(
      `${studyFile}: a measured server is one deployment whose replicas stay; expected one section deployment, without ` +
        'market: spot and autoscale.',
    );
  }
  const swept = [...new Set(runs.flatMap(({ variant }) => Object.keys(variant)))];
  if (swept.length === 0) return;
  const settings = swept.map((path) => `--set ${path}=…`).join(' ');
  throw new InputError(
    `${studyFile}: the study sweeps ${swept.join(', ')}; expected one deployment, that of the measured server. ` +
      `Choose it with ${settings}.`,
  );
}

/** The files of the run's workload, read once: a calibration replays it many times. */
async function linesInMemory({ workload }: ResolvedRun, folder: string): Promise<RunInputs['readLines']> {
  const { path, prefix_blocks: prefixes } = workload.trace!;
  const lines = new Map<string, readonly string[]>();
  for (const name of prefixes === null ? [path] : [path, prefixes.path]) {
    lines.set(name, (await readText(resolve(folder, name), name)).split('\n'));
  }
  return async function* (name) {
    const known = lines.get(name);
    if (known === undefined) yield* readLines(resolve(folder, name), name);
    else yield known;
  };
}

/** Folders of shards → the results of their study, the same as if it had been run in one go. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import { adoptRun } from './adopt-run.ts';
import type { OpenStudy } from './open-study.ts';
import { ResultsFolder } from './results-folder.ts';
import { distinctRuns, readRunFolder } from './run-folder.ts';
import { type StudyResult, writeStudy } from './run-study.ts';
import { openRunner } from './runner.ts';
import { checkShardable } from './shard.ts';
import { type StudyContext, studyContext } from './study-context.ts';

/** Most runs that a message names. */
const MOST_NAMED = 5;

/**
 * Merges the runs in `folders` into `outputFolder`, which may be one of them. A folder that is not there is one of a shard without runs. Throws
 * InputError unless all runs of the study are there; nothing is written then.
 */
export async function mergeStudy(
  study: OpenStudy,
  folders: readonly string[],
  outputFolder: string,
): Promise<StudyResult> {
  checkShardable(study, 'merge');
  const context = studyContext(study, true);
  const runs = distinctRuns(study.resolved.runs);
  for (const folder of folders) checkShard(folder, runs);
  const [target, ...others] = [...new Set([outputFolder, ...folders].map((folder) => resolve(folder)))];
  const missing = runs.filter((run) => folderOf(run, [target!, ...others], context) === null);
  if (missing.length > 0) throw new InputError(missingText(missing, runs.length, folders));
  const results = new ResultsFolder(outputFolder);
  const runner = openRunner(study, { results, workers: 1 });
  try {
    for (const run of runs) adopt(results, run, folderOf(run, [target!, ...others], context)!, context);
    return await writeStudy(study, runner, results);
  } finally {
    await runner.close();
    results.close();
  }
}

/** The first folder of results that has the whole run; null: none. */
function folderOf(run: ResolvedRun, folders: readonly string[], context: StudyContext): string | null {
  return folders.find((folder) => readRunFolder(runFolder(folder, run.run_id), run, context) !== null) ?? null;
}

function adopt(results: ResultsFolder, run: ResolvedRun, folder: string, context: StudyContext): void {
  if (folder === results.path) return;
  const from = runFolder(folder, run.run_id);
  adoptRun(results, from, run, context, readRunFolder(from, run, context)!);
}

/** A folder that has runs, but none of this study, was made from something else. */
function checkShard(folder: string, runs: readonly ResolvedRun[]): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new InputError(`${folder}: is no folder; expected results of servesim run --shard.`);
  const there = runFolders(folder);
  if (there.length === 0 || runs.some(({ run_id }) => there.includes(run_id))) return;
  throw new InputError(
    `${folder}: none of its ${there.length} runs is of this study. The id of a run is made of its settings, its seed and the version of servesim: merge with the study file, the --set and --seeds, and the version that the shards were run with.`,
  );
}

function missingText(missing: readonly ResolvedRun[], of: number, folders: readonly string[]): string {
  const named = missing.slice(0, MOST_NAMED).map(({ run_id, title, seed }) => {
    return `  ${run_id}: ${title === '' ? '' : `${title}, `}seed ${seed}`;
  });
  const more = missing.length > named.length ? [`  and ${missing.length - named.length} more`] : [];
  const absent = folders.filter((folder) => !existsSync(folder));
  return [
    `merge: ${missing.length} of ${of} runs are in none of ${folders.join(', ')}, or not whole:`,
    ...named,
    ...more,
    ...(absent.length === 0 ? [] : [`No such folder: ${absent.join(', ')}.`]),
    'Run the shards that are missing again: what they have finished is kept.',
  ].join('\n');
}

function runFolder(folder: string, runId: string): string {
  return join(folder, 'runs', runId);
}

function runFolders(folder: string): string[] {
  const runs = join(folder, 'runs');
  return statSync(runs, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(runs) : [];
}

/** A finished run that lies elsewhere, or that another study has described, becomes a run of this one. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedRun } from '../config/resolved.ts';
import type { ResultsFolder } from './results-folder.ts';
import { describedFiles, type FinishedRun, writeFiles } from './run-folder.ts';
import type { StudyContext } from './study-context.ts';

/** Places a run with the tables of the folder `from`. `finished`: as this study calls it. */
export function adoptRun(
  results: ResultsFolder,
  from: string,
  run: ResolvedRun,
  context: StudyContext,
  finished: FinishedRun,
): void {
  const made = results.newFolder();
  for (const name of Object.keys(finished.tableBytes)) copyFileSync(join(from, name), join(made, name));
  writeFiles(made, describedFiles(run, context, finished, results.runFolder(run.run_id)));
  results.placeRun(run.run_id, made);
}

/** `servesim merge`: what the shards of a study have written becomes its results. */
import { mergeStudy } from '../study/merge-study.ts';
import { printStudy } from './print-study.ts';
import { openToRun, type StudyArguments } from './run.ts';

export interface MergeArguments extends StudyArguments {
  readonly folders: readonly string[];
  readonly output: string;
  readonly json: boolean;
}

/** Returns the exit code: 1 if a queue got stuck. */
export async function mergeCommand({ folders, output, json, ...study }: MergeArguments): Promise<number> {
  return printStudy(await mergeStudy(openToRun(study), folders, output), json);
}

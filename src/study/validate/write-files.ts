/** Writing results so that a folder never holds half of them. */
import { accessSync, constants, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '../../core/input-error.ts';
import { makeFolders } from '../make-folders.ts';
import { statsOf } from './file-stats.ts';

/** Refuses a folder into which these files could not be written, before anything is simulated for it. */
export function checkResultsFolder(folder: string, names: readonly string[]): void {
  let existing = folder;
  while (statsOf(existing) === undefined && dirname(existing) !== existing) existing = dirname(existing);
  if (statsOf(existing)?.isDirectory() !== true) {
    throw new InputError(`${folder}: results cannot be written there: ${existing} is not a folder.`);
  }
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    throw new InputError(
      `${folder}: results cannot be written there: ${existing} may not be written (permission denied).`,
    );
  }
  const taken = names.find((name) => statsOf(join(folder, name))?.isDirectory() === true);
  if (taken !== undefined) {
    throw new InputError(`${join(folder, taken)}: is a folder; a file of that name is to be written. Remove it first.`);
  }
}

/** Writes files into a folder, which is made where it is missing: all to a staging folder first, then moved. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  let made: string | undefined;
  let staging: string | undefined;
  try {
    made = makeFolders(folder);
    staging = mkdtempSync(join(folder, '.partial-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(staging, name), content);
    for (const name of Object.keys(files)) renameSync(join(staging, name), join(folder, name));
    rmSync(staging, { recursive: true, force: true });
  } catch (error) {
    const leftover = made ?? staging;
    if (leftover !== undefined) rmSync(leftover, { recursive: true, force: true });
    throw new InputError(`${folder}: results cannot be written there: ${(error as Error).message}`);
  }
}

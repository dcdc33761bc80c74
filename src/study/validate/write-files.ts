/** Writing results so that a folder never holds half of them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../core/input-error.ts';

/** Writes files into a folder, which is made where it is missing: all to a staging folder first, then moved. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  let made: string | undefined;
  let staging: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
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

/** The file of a calibration, whole or not at all. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Calibration } from '../../catalog/calibration.ts';
import { InputError } from '../../core/input-error.ts';
import { statsOf } from '../validate/file-stats.ts';

/** Refuses a name under which no file could be written, or one of the inputs, before anything is simulated for it. */
export function checkCalibrationFile(file: string, inputs: readonly string[] = []): void {
  const folder = statsOf(dirname(file));
  if (folder === undefined) throw new InputError(`${file}: the folder ${dirname(file)} does not exist.`);
  if (!folder.isDirectory()) throw new InputError(`${file}: ${dirname(file)} is not a folder.`);
  const present = statsOf(file);
  if (present?.isDirectory() === true) {
    throw new InputError(`${file}: is a folder; expected the name of a file, such as ${file}/calibration.json.`);
  }
  // The file is moved to its place, which would replace a device.
  if (present !== undefined && !present.isFile()) throw new InputError(`${file}: is no regular file; expected one.`);
  const input = inputs.find((each) => resolve(each) === resolve(file));
  if (input !== undefined)
    throw new InputError(`${file}: is read (${input}), and would be overwritten; choose another name.`);
}

/** Writes beside the name and moves there, so that an old file stays until the new one is complete. */
export function writeCalibration(file: string, calibration: Calibration): void {
  const staged = `${file}.partial-${process.pid}`;
  try {
    writeFileSync(staged, calibrationText(calibration));
    renameSync(staged, file);
  } catch (error) {
    rmSync(staged, { force: true });
    throw new InputError(`${file}: cannot be written: ${(error as Error).message}`);
  }
}

/** JSON with a line end; numbers with the digits that they are fitted to. */
export function calibrationText(calibration: Calibration): string {
  return `${JSON.stringify(calibration, null, 2)}\n`;
}

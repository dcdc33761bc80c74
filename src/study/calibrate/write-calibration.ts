/** The file of a calibration, whole or not at all. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Calibration } from '../../catalog/calibration.ts';
import { InputError } from '../../core/input-error.ts';

/** Refuses a name under which no file could be written, before anything is simulated for it. */
export function checkCalibrationFile(file: string): void {
  const folder = statSync(dirname(file), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true) throw new InputError(`${file}: the folder ${dirname(file)} does not exist.`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new InputError(`${file}: is a folder; expected the name of a file, such as ${file}/calibration.json.`);
  }
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

/** `servesim calibrate`: fit step times to measured runs, say how well and what not, write the calibration. */
import { dirname, relative, resolve } from 'node:path';
import { calibrate } from '../study/calibrate/calibrate.ts';
import { checkCalibrationFile, writeCalibration } from '../study/calibrate/write-calibration.ts';
import { calibrationJson, calibrationText, type WrittenFile } from './calibrate-text.ts';
import { compileSimulation } from './compiler.ts';
import { progressLine } from './terminal.ts';

export interface CalibrateArguments {
  readonly measured: readonly string[];
  readonly study: string;
  readonly set: readonly string[];
  readonly prefixes: string | null;
  readonly output: string | null;
  readonly json: boolean;
}

/** Where the file is for the shell, and for the study, whose paths are relative to it. */
function written(output: string | null, study: string): WrittenFile | null {
  return output === null ? null : { path: output, fromStudy: relative(dirname(study), resolve(output)) };
}

/** Returns the exit code. */
export async function calibrateCommand(given: CalibrateArguments): Promise<number> {
  const { measured, study, set, prefixes, output, json } = given;
  if (output !== null) checkCalibrationFile(output, [study, ...measured]);
  compileSimulation();
  const line = progressLine();
  const report = await calibrate(measured, study, {
    set,
    ...(prefixes === null ? {} : { prefixes }),
    onReplay: (simulated) => line.show(() => `replay ${simulated + 1}`),
  }).finally(() => line.clear());
  if (output !== null) writeCalibration(output, report.calibration);
  const { stdout } = process;
  if (json) stdout.write(`${JSON.stringify(calibrationJson(report), null, 2)}\n`);
  else stdout.write(calibrationText(report, written(output, study), Math.min(100, stdout.columns || 80)));
  return 0;
}

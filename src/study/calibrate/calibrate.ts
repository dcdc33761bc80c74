/**
 * `servesim calibrate`: measured runs → a calibration. Where the study's hardware has kernel times, what is fitted is a
 * correction of them; where it has none, a step model of its own.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Calibration } from '../../catalog/calibration.ts';
import { calibratedDeployment } from '../../config/calibration-notes.ts';
import { InputError } from '../../core/input-error.ts';
import type { CorrectedRun } from '../../report/corrected-run.ts';
import { stepTimeOf } from '../step-time-of.ts';
import { type OpenValidation, openValidation, type ValidationOptions } from '../validate/replay.ts';
import { calibrateScale } from './calibrate-scale.ts';
import { calibrateStepModel } from './calibrate-step-model.ts';
import type { CalibrationReport, FittedRuns } from './calibration-report.ts';
import { wholeRuns } from './measured-parts.ts';
import { Replays } from './replays.ts';

export interface CalibrateOptions extends ValidationOptions {
  /** Told before every replay how many have been simulated. */
  readonly onReplay?: (simulated: number) => void;
}

/** Calibrates a study's deployment. Throws InputError on bad input. */
export async function calibrate(
  measuredFiles: readonly string[],
  studyFile: string,
  options: CalibrateOptions = {},
): Promise<CalibrationReport> {
  // A calibration that the study names already would be calibrated once more.
  const set = [...(options.set ?? []), 'deployment.latency.calibration=null'];
  const runs: OpenValidation[] = [];
  for (const file of measuredFiles) runs.push(await openValidation(file, studyFile, { ...options, set }));
  const names = namesOf(measuredFiles);
  const replays = new Replays(runs, options.onReplay);
  const withoutKernels = whyNoStepTimes(runs[0]!);
  const fitted =
    withoutKernels === null ? await calibrateScale(replays, names) : await calibrateStepModel(replays, names);
  const results: CorrectedRun[] = [];
  for (const part of wholeRuns(runs, names)) {
    const { measured } = runs[part.run]!;
    results.push({
      file: part.name,
      requests: measured.requests.length,
      dropped: measured.dropped.length,
      before: withoutKernels === null ? await replays.errors(part, null) : null,
      after: await replays.errors(part, fitted.candidate),
      preemptions: (await replays.outcome(part.run, fitted.candidate)).preemptions,
    });
  }
  return {
    calibration: calibrationOf(runs, names, fitted, results),
    numbers: fitted.numbers,
    runs: results,
    basis: [...(withoutKernels === null ? [] : [withoutKernels]), ...fitted.basis],
    replays: replays.simulated,
  };
}

/** Base names, unless two are equal. */
function namesOf(files: readonly string[]): string[] {
  const twice = files.find((file, i) => files.indexOf(file) < i);
  if (twice !== undefined) throw new InputError(`${twice}: given twice; expected different runs.`);
  const names = files.map((file) => basename(file));
  return new Set(names).size === names.length ? names : [...files];
}

/** Why the deployment has no step times to correct; null: it has. A profile that cannot be used is a mistake. */
function whyNoStepTimes({ run: { deployment }, inputs }: OpenValidation): string | null {
  try {
    stepTimeOf(deployment, inputs.catalog, inputs.readProfile);
    return null;
  } catch (error) {
    if (!(error instanceof InputError) || deployment.latency.profile !== null) throw error;
    return `a step model, because ${deployment.gpu.id} has no kernel times for this deployment`;
  }
}

function calibrationOf(
  runs: readonly OpenValidation[],
  names: readonly string[],
  { candidate, crossValidation, notes }: FittedRuns,
  results: readonly CorrectedRun[],
): Calibration {
  const { model, gpu, quantization, tensor_parallel_size, pipeline_parallel_size, speculation, latency } =
    runs[0]!.run.deployment;
  const errors = results.map(({ after }) => after.meanAbsErrorPercent);
  return {
    servesim_calibration: 1,
    law: candidate.law,
    front_end_us: candidate.frontEndUs,
    deployment: calibratedDeployment(
      {
        ...{ model, gpu, quantization, speculates: speculation !== null },
        tensorParallelSize: tensor_parallel_size,
        pipelineParallelSize: pipeline_parallel_size,
      },
      latency.profile,
      candidate.law.form,
    ),
    fitted_to: runs.map(({ measuredFile, measured }, i) => ({
      file: names[i]!,
      sha256: createHash('sha256').update(readFileSync(measuredFile)).digest('hex'),
      requests: measured.requests.length,
    })),
    error_percent: readable(errors.reduce((sum, error) => sum + error, 0) / errors.length),
    cross_validation: crossValidation.map((error) => ({ ...error, percent: readable(error.percent) })),
    notes,
  };
}

/** A percentage to a thousandth. */
function readable(percent: number): number {
  return Number(percent.toFixed(3));
}

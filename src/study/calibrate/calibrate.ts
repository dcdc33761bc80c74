/**
 * `servesim calibrate`: measured runs → a calibration. Where the study's hardware has kernel times, what is fitted is a
 * correction of them; where it has none, a step model of its own.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Calibration, parseCalibration } from '../../catalog/calibration.ts';
import { type CalibrationUse, calibratedDeployment } from '../../config/calibration-notes.ts';
import type { Deployment } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { threeDigits } from '../../core/units.ts';
import type { ErrorTable } from '../../metrics/error-table.ts';
import type { CorrectedRun } from '../../report/corrected-run.ts';
import { closedLoopNote } from '../validate/closed-loop.ts';
import { type OpenValidation, openValidation, type ValidationOptions } from '../validate/replay.ts';
import { calibrateScale } from './calibrate-scale.ts';
import { calibrateStepModel } from './calibrate-step-model.ts';
import type { CalibrationReport, FittedRuns } from './calibration-report.ts';
import { wholeRuns } from './measured-parts.ts';
import { Replays } from './replays.ts';
import { sameRequestsNotes } from './same-requests.ts';

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
  if (measuredFiles.length === 0) throw new InputError('no measured run; expected the name of at least one file.');
  // A calibration that the study names already would be calibrated once more.
  const set = [...(options.set ?? []), 'deployment.latency.calibration=null'];
  const runs: OpenValidation[] = [];
  for (const file of measuredFiles) runs.push(await openValidation(file, studyFile, { ...options, set }));
  const names = namesOf(measuredFiles, runs);
  const replays = new Replays(runs, options.onReplay);
  const corrects = hasKernelTimes(runs[0]!);
  // Before anything is fitted: what the study refuses, it refuses with any step times.
  if (corrects) await sameRequestsNotes(replays, names, null);
  const fitted = corrects ? await calibrateScale(replays, names) : await calibrateStepModel(replays, names);
  const results = await correctedRuns(replays, names, fitted, corrects);
  if (corrects) checkBetter(results, names);
  const notes = [
    ...fitted.notes,
    ...(await sameRequestsNotes(replays, names, fitted.candidate)),
    ...runs.map(closedLoopNote).filter((note) => note !== null),
  ];
  const why = `a step model, because ${runs[0]!.run.deployment.gpu.id} has no kernel times`;
  return {
    calibration: calibrationOf(runs, names, { ...fitted, notes }, results),
    numbers: fitted.numbers,
    runs: results,
    basis: [...(corrects ? [] : [why]), ...fitted.basis],
    replays: replays.simulated,
  };
}

/** Base names, unless two are equal. The same run under two names, packed or not, would count twice. */
function namesOf(files: readonly string[], runs: readonly OpenValidation[]): string[] {
  for (const [i, { textSha256 }] of runs.entries()) {
    const first = runs.findIndex((run) => run.textSha256 === textSha256);
    if (files[first] === files[i] && first < i)
      throw new InputError(`${files[i]}: given twice; expected different runs.`);
    if (first < i) throw new InputError(`${files[i]}: the same run as ${files[first]}; expected different runs.`);
  }
  const names = files.map((file) => basename(file));
  return new Set(names).size === names.length ? names : [...files];
}

/** Whether there is something to correct; what else keeps a deployment from being simulated is a mistake of the study. */
function hasKernelTimes({ run: { deployment }, inputs }: OpenValidation): boolean {
  return deployment.latency.profile !== null || inputs.catalog.kernels(deployment.gpu.id) !== undefined;
}

async function correctedRuns(
  replays: Replays,
  names: readonly string[],
  { candidate }: FittedRuns,
  corrects: boolean,
): Promise<CorrectedRun[]> {
  const results: CorrectedRun[] = [];
  for (const part of wholeRuns(replays.runs, names)) {
    const { measured } = replays.runs[part.run]!;
    results.push({
      file: part.name,
      requests: measured.requests.length,
      dropped: measured.dropped.length,
      before: corrects ? await replays.errors(part, null) : null,
      after: await replays.errors(part, candidate),
      preemptions: (await replays.outcome(part.run, candidate)).preemptions,
    });
  }
  return results;
}

/** A file that makes nothing better would only look like knowledge. */
function checkBetter(results: readonly CorrectedRun[], names: readonly string[]): void {
  const [before, after] = [
    meanPercent(results.map((run) => run.before!)),
    meanPercent(results.map((run) => run.after)),
  ];
  if (after < before) return;
  throw new InputError(
    `${names.join(', ')}: no scale and no overhead of step times brings the replay nearer to what was measured than the ` +
      `study as it stands (mean |error| ${threeDigits(before)} %), so there is nothing to write.`,
  );
}

function meanPercent(tables: readonly ErrorTable[]): number {
  return tables.reduce((sum, { meanAbsErrorPercent }) => sum + meanAbsErrorPercent, 0) / tables.length;
}

function calibrationOf(
  runs: readonly OpenValidation[],
  names: readonly string[],
  { candidate, crossValidation, notes }: FittedRuns,
  results: readonly CorrectedRun[],
): Calibration {
  const { deployment } = runs[0]!.run;
  const calibration: Calibration = {
    servesim_calibration: 1,
    law: candidate.law,
    front_end_us: candidate.frontEndUs,
    deployment: calibratedDeployment(useOf(deployment), deployment.latency.profile, candidate.law.form),
    fitted_to: runs.map(({ measuredFile, measured }, i) => ({
      file: names[i]!,
      sha256: createHash('sha256').update(readFileSync(measuredFile)).digest('hex'),
      requests: measured.requests.length,
    })),
    error_percent: readable(meanPercent(results.map(({ after }) => after))),
    cross_validation: crossValidation.map((error) => ({
      ...error,
      percent: readable(error.percent),
      step_percent: error.step_percent === null ? null : readable(error.step_percent),
    })),
    notes,
  };
  // What a study would refuse is not written.
  return parseCalibration(calibration, `the calibration fitted to ${names.join(', ')} is of no use`);
}

function useOf(deployment: Deployment): CalibrationUse {
  const { model, gpu, quantization } = deployment;
  return {
    ...{ model, gpu, quantization, speculates: deployment.speculation !== null },
    kvCacheDtype: deployment.kv_cache_dtype,
    enforceEager: deployment.enforce_eager,
    tensorParallelSize: deployment.tensor_parallel_size,
    pipelineParallelSize: deployment.pipeline_parallel_size,
    dataParallelSize: deployment.data_parallel_size,
  };
}

/** A percentage to a thousandth. */
function readable(percent: number): number {
  return Number(percent.toFixed(3));
}

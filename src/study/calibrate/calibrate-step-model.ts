/** A step model for hardware without kernel times, from the token times of measured runs. */
import type { CalibrationError, StepModelCalibration } from '../../catalog/calibration.ts';
import { InputError } from '../../core/input-error.ts';
import type { OpenValidation } from '../validate/replay.ts';
import type { FittedNumber, FittedRuns } from './calibration-report.ts';
import type { FrontEndFit } from './front-end-fit.ts';
import { folds, halvesInTime, wholeRuns } from './measured-parts.ts';
import type { Part, Replays } from './replays.ts';
import { type SeenRun, seenRun } from './seen-run.ts';
import { stepErrorPercent } from './step-errors.ts';
import { FEWEST_WINDOWS, fitStepModel, STEP_COSTS, type StepCost, type StepModelFit } from './step-model-fit.ts';
import { basisOf, notesOf, STEP_MODEL_NEEDS, whyNoLaw } from './step-model-texts.ts';
import type { StepWindow } from './step-windows.ts';

/** A part of the data with its steps, and what they give alone. */
interface SeenPart {
  readonly part: Part;
  readonly windows: readonly StepWindow[];
  /** null: its steps give no law. */
  readonly fit: { readonly law: StepModelCalibration; readonly frontEndUs: number | null } | null;
}

/** Fits a step model to all runs and to parts of them. `names` stand for the runs in messages. */
export async function calibrateStepModel(replays: Replays, names: readonly string[]): Promise<FittedRuns> {
  checkModelled(replays.runs[0]!);
  const runs = replays.runs.map((run, i) => seenRun(run, names[i]!));
  const frontEnd = bestFrontEnd(runs);
  const windows = runs.flatMap((run) => run.windows);
  const fit = fitStepModel(windows, frontEnd?.us ?? null, names.join(', '));
  const problem = whyNoLaw(fit);
  if (problem !== null) throw new InputError(`${names.join(', ')}: ${problem}. ${STEP_MODEL_NEEDS}.`);
  const candidate = { law: fit.law, frontEndUs: frontEnd?.us ?? fit.frontEndUs };
  const parts = partsOf(replays, names, runs, candidate.frontEndUs);
  return {
    candidate,
    numbers: STEP_COSTS.map((cost) => numberOf(cost, fit, parts)),
    crossValidation: await crossValidation(replays, parts),
    basis: basisOf(runs, fit, frontEnd),
    notes: notesOf(fit, candidate.frontEndUs),
  };
}

/** Where several engines answer, their steps cannot be told apart; and a step model knows neither stages nor drafts. */
function checkModelled({ run: { deployment } }: OpenValidation): void {
  const settings = {
    replicas: deployment.replicas > 1,
    data_parallel_size: deployment.data_parallel_size > 1,
    pipeline_parallel_size: deployment.pipeline_parallel_size > 1,
    speculative_config: deployment.speculation !== null,
  };
  const refused = Object.entries(settings).find(([, given]) => given)?.[0];
  if (refused === undefined) return;
  const why =
    refused === 'replicas' || refused === 'data_parallel_size'
      ? `is read off the steps of one engine, not of several (${refused})`
      : `knows no ${refused}`;
  throw new InputError(
    `${deployment.gpu.id} has no kernel times, and a step model fitted instead of them ${why}; measure and calibrate without it.`,
  );
}

function bestFrontEnd(runs: readonly SeenRun[]): FrontEndFit | null {
  const found = runs.map(({ frontEnd }) => frontEnd).filter((fit) => fit !== null);
  return found.reduce<FrontEndFit | null>((a, b) => (a === null || b.requests > a.requests ? b : a), null);
}

/** Every run, or the halves of a single one. */
function partsOf(
  { runs }: Replays,
  names: readonly string[],
  seen: readonly SeenRun[],
  frontEndUs: number | null,
): SeenPart[] {
  const parts = runs.length > 1 ? wholeRuns(runs, names) : halvesInTime(runs[0]!, names[0]!);
  return parts.map((part, i) => {
    const windows = runs.length > 1 ? seen[i]!.windows : seen[0]!.halves[i]!;
    if (windows.filter(({ fromIdle }) => !fromIdle).length < FEWEST_WINDOWS) return { part, windows, fit: null };
    // The front end is the server's: where a part does not tell it, what all of them say is taken.
    const known = seen[part.run]!.frontEnd?.us ?? frontEndUs;
    const fit = fitStepModel(windows, known, part.name);
    return { part, windows, fit: whyNoLaw(fit) === null ? { law: fit.law, frontEndUs: known } : null };
  });
}

async function crossValidation(replays: Replays, parts: readonly SeenPart[]): Promise<CalibrationError[]> {
  const errors: CalibrationError[] = [];
  for (const { fit, score } of folds(parts, ({ part }) => part)) {
    if (fit.fit === null) continue;
    const { meanAbsErrorPercent: percent } = await replays.errors(score.part, fit.fit);
    const step_percent = stepErrorPercent(fit.fit.law, fit.fit.frontEndUs, score.windows);
    errors.push({ fitted_on: fit.part.name, scored_on: score.part.name, percent, step_percent });
  }
  return errors;
}

function numberOf(cost: StepCost, fit: StepModelFit, parts: readonly SeenPart[]): FittedNumber {
  const values = parts.flatMap((part) => (part.fit === null ? [] : [part.fit.law[cost]]));
  const range = values.length < 2 ? null : ([Math.min(...values), Math.max(...values)] as const);
  return { name: cost, value: fit.law[cost], range, fitted: !fit.absent.includes(cost) };
}

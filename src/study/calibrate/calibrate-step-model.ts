/** A step model for hardware without kernel times, from the token times of measured runs. */
import type { CalibrationError } from '../../catalog/calibration.ts';
import { InputError } from '../../core/input-error.ts';
import { formatCount, threeDigits } from '../../core/units.ts';
import type { OpenValidation } from '../validate/replay.ts';
import type { FittedNumber, FittedRuns } from './calibration-report.ts';
import { type FrontEndFit, fitFrontEnd } from './front-end-fit.ts';
import { folds, halvesInTime, middleUs, wholeRuns } from './measured-parts.ts';
import type { Part, Replays } from './replays.ts';
import { FEWEST_WINDOWS, fitStepModel, STEP_COSTS, type StepCost, type StepModelFit } from './step-model-fit.ts';
import { joinedSteps, type StepLimits, type StepWindow, stepWindows } from './step-windows.ts';
import { type TimedRequest, tokenSteps } from './token-steps.ts';

/** Of the requests, the share that may have got several tokens at once. */
const MOST_IN_BURSTS = 0.05;

/** What the token times of one run show. */
interface SeenRun {
  readonly windows: readonly StepWindow[];
  /** The windows of the first and of the second half of the time. */
  readonly halves: readonly [readonly StepWindow[], readonly StepWindow[]];
  readonly unclearSteps: number;
  readonly frontEnd: FrontEndFit | null;
}

/** A step model knows neither stages nor drafts; it would be refused where it is used. */
function checkModelled({ run: { deployment } }: OpenValidation): void {
  const { gpu, pipeline_parallel_size, speculation } = deployment;
  const setting =
    pipeline_parallel_size > 1 ? 'pipeline_parallel_size' : speculation !== null ? 'speculative_config' : null;
  if (setting === null) return;
  throw new InputError(
    `${gpu.id} has no kernel times, and a step model fitted instead of them knows no ${setting}; calibrate without it.`,
  );
}

/** Fits a step model to all runs and to parts of them. `names` stand for the runs in messages. */
export async function calibrateStepModel(replays: Replays, names: readonly string[]): Promise<FittedRuns> {
  checkModelled(replays.runs[0]!);
  const runs = replays.runs.map((run, i) => see(run, names[i]!));
  const all = names.join(', ');
  const frontEnd = bestFrontEnd(runs);
  const fit = fitStepModel(
    runs.flatMap(({ windows }) => windows),
    frontEnd?.us ?? null,
    all,
  );
  const candidate = { law: fit.law, frontEndUs: frontEnd?.us ?? fit.frontEndUs };
  const parts = wholeRuns(replays.runs, names);
  const halves = halvesInTime(replays.runs[0]!, names[0]!);
  const seen = runs.length > 1 ? parts.map((_, i) => runs[i]!.windows) : runs[0]!.halves;
  const fitOf = new Map<Part, StepModelFit>();
  for (const [i, part] of (runs.length > 1 ? parts : halves).entries()) {
    const known = runs[part.run]!.frontEnd?.us ?? candidate.frontEndUs;
    const enough = seen[i]!.filter(({ fromIdle }) => !fromIdle).length >= FEWEST_WINDOWS;
    const partial = !enough ? null : fitStepModel(seen[i]!, known, part.name);
    // The front end is the server's: where a part does not tell it, what all of them say is taken.
    if (partial !== null) fitOf.set(part, { ...partial, frontEndUs: known });
  }
  const crossValidation: CalibrationError[] = [];
  for (const { fit: from, score } of folds(parts, halves)) {
    const partial = fitOf.get(from);
    if (partial === undefined) continue;
    const { meanAbsErrorPercent: percent } = await replays.errors(score, partial);
    crossValidation.push({ fitted_on: from.name, scored_on: score.name, percent });
  }
  return {
    candidate,
    numbers: STEP_COSTS.map((cost) => numberOf(cost, fit, [...fitOf.values()])),
    crossValidation,
    basis: basisOf(runs, fit, frontEnd),
    notes: notesOf(fit, candidate.frontEndUs),
  };
}

function see(open: OpenValidation, name: string): SeenRun {
  const requests = timedRequests(open, name);
  const { engine } = open.run.deployment;
  const limits: StepLimits = {
    stepTokens: engine.max_num_scheduled_tokens,
    chunkTokens: engine.long_prefill_token_threshold || engine.max_num_scheduled_tokens,
    asyncScheduling: engine.async_scheduling,
  };
  const steps = tokenSteps(requests);
  const joined = joinedSteps(requests, steps, limits);
  const { windows, unclearSteps } = stepWindows(requests, steps, joined, limits);
  const middle = middleUs(open.measured.requests);
  return {
    windows,
    halves: [windows.filter(({ endUs }) => endUs < middle), windows.filter(({ endUs }) => endUs >= middle)],
    unclearSteps,
    frontEnd: fitFrontEnd(requests, steps, joined, limits),
  };
}

function timedRequests({ measured: { requests }, run }: OpenValidation, name: string): TimedRequest[] {
  const missing = requests.filter(({ tokenTimesUs }) => tokenTimesUs === null).length;
  if (missing > 0) {
    throw new InputError(
      `${name}: has no times of single tokens, from which step times of ${run.deployment.gpu.id} could be read. Measure ` +
        'with vllm bench serve --save-result --save-detailed.',
    );
  }
  const bursts = requests.filter(({ tokenTimesUs, outputTokens }) => tokenTimesUs!.length < outputTokens).length;
  if (bursts > MOST_IN_BURSTS * requests.length) {
    throw new InputError(
      `${name}: ${bursts} of ${requests.length} requests got several tokens at once, so single steps cannot be told. ` +
        'Measure without speculative decoding and without --stream-interval.',
    );
  }
  return requests.map((request) => ({ ...request, tokenTimesUs: request.tokenTimesUs! }));
}

function bestFrontEnd(runs: readonly SeenRun[]): FrontEndFit | null {
  const found = runs.map(({ frontEnd }) => frontEnd).filter((fit) => fit !== null);
  return found.reduce<FrontEndFit | null>((a, b) => (a === null || b.requests > a.requests ? b : a), null);
}

function numberOf(cost: StepCost, fit: StepModelFit, parts: readonly StepModelFit[]): FittedNumber {
  const values = parts.map(({ law }) => law[cost]);
  const range = values.length < 2 ? null : ([Math.min(...values), Math.max(...values)] as const);
  return { name: cost, value: fit.law[cost], range, fitted: !fit.absent.includes(cost) };
}

function basisOf(
  runs: readonly SeenRun[],
  { steps, strangeSteps }: StepModelFit,
  frontEnd: FrontEndFit | null,
): string[] {
  const unclear = runs.reduce((sum, { unclearSteps }) => sum + unclearSteps, 0);
  const left = [
    ...(unclear > 0
      ? [`${formatCount(unclear)} whose work is not known (a request came back after a preemption)`]
      : []),
    ...(strangeSteps > 0 ? [`${formatCount(strangeSteps)} far off the others`] : []),
  ];
  return [
    `${formatCount(steps)} engine steps, read off clusters of token times${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
    ...(frontEnd === null
      ? []
      : [
          `front end: when first tokens came, ${frontEnd.requests} of ${frontEnd.of} requests agree on ${threeDigits(frontEnd.us / 1e3)} ms`,
        ]),
  ];
}

const COST_NAMES: Record<StepCost, string> = {
  base_us: 'the base of a step',
  per_decode_us: 'the cost of a decode',
  per_prompt_token_us: 'the cost of a prompt token',
  per_context_token_us: 'the cost of context',
};

function notesOf({ confounded, absent }: StepModelFit, frontEndUs: number | null): string[] {
  return [
    ...absent.map((cost) => `${COST_NAMES[cost]} is not identified: no step of the runs had any`),
    ...confounded.map(
      ({ costs: [first, second], correlation }) =>
        `${COST_NAMES[first]} and ${COST_NAMES[second]} are not told apart (correlation ${correlation.toFixed(2)}), only ` +
        `their sum${chosen(first, second)}: ${remedy(first, second)} would tell`,
    ),
    ...(frontEndUs === null
      ? ["the front end's work is not identified and stays as in the study: a run at light load would tell it"]
      : []),
  ];
}

/** As `fitStepModel` chooses. */
function chosen(first: StepCost, second: StepCost): string {
  if (first === 'base_us') return second === 'per_prompt_token_us' ? '' : ', which is counted as base';
  return first === 'per_decode_us' && second === 'per_context_token_us' ? ', which is shared out evenly' : '';
}

function remedy(first: StepCost, second: StepCost): string {
  const both = [first, second];
  if (both.includes('per_context_token_us') && both.includes('per_decode_us'))
    return 'a second run, with much longer or shorter prompts,';
  if (both.includes('base_us')) return 'a second run, at another load,';
  return 'a second run, with other lengths,';
}

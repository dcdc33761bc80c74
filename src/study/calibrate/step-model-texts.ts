/** A fitted step model in words: what it rests on, what the data leave open, and why some data give none. */
import { MOST_US } from '../../catalog/calibration.ts';
import { formatCount, threeDigits } from '../../core/units.ts';
import type { FrontEndFit } from './front-end-fit.ts';
import type { SeenRun } from './seen-run.ts';
import { stepErrorPercent } from './step-errors.ts';
import { STEP_COSTS, type StepCost, type StepModelFit } from './step-model-fit.ts';

const COST_NAMES: Record<StepCost, string> = {
  base_us: 'the base of a step',
  per_decode_us: 'the cost of a decode',
  per_prompt_token_us: 'the cost of a prompt token',
  per_context_token_us: 'the cost of context',
};

/** Steps that must be left for a law of four numbers once the strange ones are out. */
const FEWEST_STEPS = 30;

/** What makes a fit no law of a server, in words; null: it is one. */
export function whyNoLaw({ law, steps, absent, frontEndUs }: StepModelFit): string | null {
  if (steps < FEWEST_STEPS) return `only ${steps} engine steps agree with each other; expected ${FEWEST_STEPS} or more`;
  const missing = (['per_decode_us', 'per_prompt_token_us'] as const).find((cost) => absent.includes(cost));
  if (missing !== undefined) return `${COST_NAMES[missing]} cannot be told: no step of the runs had any`;
  const free = (['base_us', 'per_prompt_token_us'] as const).find((cost) => law[cost] === 0);
  if (free !== undefined) return `${COST_NAMES[free]} cannot be told: it comes out as 0`;
  const large = STEP_COSTS.find((cost) => !(law[cost] <= MOST_US));
  if (large !== undefined) return `${COST_NAMES[large]} comes out as more than ${formatCount(MOST_US / 1e6)} s`;
  return (frontEndUs ?? 0) > MOST_US
    ? `the front end's work comes out as more than ${formatCount(MOST_US / 1e6)} s`
    : null;
}

/** What a run must be like for a step model, in words. */
export const STEP_MODEL_NEEDS =
  'Expected a run of 100 requests or more with prompts of very different lengths, sent so that few and many of them decode at once';

/** Lines for the reader: how many steps, what was left out, how well the law says them, where the front end comes from. */
export function basisOf(runs: readonly SeenRun[], fit: StepModelFit, frontEnd: FrontEndFit | null): string[] {
  const unclear = runs.reduce((sum, { unclearSteps }) => sum + unclearSteps, 0);
  const left = [
    ...(unclear > 0
      ? [`${formatCount(unclear)} whose work is not known (a request came back after a preemption)`]
      : []),
    ...(fit.strangeSteps > 0 ? [`${formatCount(fit.strangeSteps)} far off the others`] : []),
  ];
  const windows = runs.flatMap((run) => run.windows);
  const percent = stepErrorPercent(fit.law, frontEnd?.us ?? fit.frontEndUs, windows);
  return [
    `${formatCount(fit.steps)} engine steps, read off clusters of token times${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
    ...(percent === null ? [] : [`half of the durations are within ${threeDigits(percent)} % of the law`]),
    ...(frontEnd === null
      ? []
      : [
          `front end: when first tokens came, ${frontEnd.requests} of ${frontEnd.of} requests agree on ${threeDigits(frontEnd.us / 1e3)} ms`,
        ]),
  ];
}

/** What the data do not tell. `frontEndUs`: as it goes into the file. */
export function notesOf({ law, confounded, absent }: StepModelFit, frontEndUs: number | null): string[] {
  return [
    ...absent.map((cost) => `${COST_NAMES[cost]} is not identified: no step of the runs had any`),
    ...confounded.map(
      ({ costs: [first, second], correlation }) =>
        `${COST_NAMES[first]} and ${COST_NAMES[second]} are not told apart (correlation ${correlation.toFixed(2)}), only ` +
        `their sum${chosen(first, second, law)}: ${remedy(first, second)} would tell`,
    ),
    ...(frontEndUs === null
      ? ["the front end's work is not identified and stays as in the study: a run at light load would tell it"]
      : []),
  ];
}

/** As `fitStepModel` chooses, and as it came out. */
function chosen(first: StepCost, second: StepCost, law: StepModelFit['law']): string {
  if (law[second] === 0) return `, all of which is counted as ${COST_NAMES[first]}`;
  if (law[first] === 0) return `, all of which is counted as ${COST_NAMES[second]}`;
  if (first === 'base_us' && second !== 'per_prompt_token_us') return ', most of which is counted as base';
  if (first === 'per_decode_us' && second === 'per_context_token_us')
    return ', which is shared out evenly where they leave it open';
  return '';
}

function remedy(first: StepCost, second: StepCost): string {
  const both = [first, second];
  if (both.includes('per_context_token_us') && both.includes('per_decode_us'))
    return 'a second run, with much longer or shorter prompts,';
  if (both.includes('base_us')) return 'a second run, at another load,';
  return 'a second run, with other lengths,';
}

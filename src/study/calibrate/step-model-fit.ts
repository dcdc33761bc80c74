/**
 * A step model from what a client saw: the work and the duration of the steps of measured runs (`step-windows.ts`), and
 * non-negative least squares (Lawson and Hanson, 1974) for
 *
 *     duration = base * steps + per decode * decodes + per prompt token * prompt tokens + per context token * context
 *
 * Errors count relative to the duration: what slows a machine slows its long steps as much as its short ones. Durations
 * enter the weights as the model gives them, not as measured, so that slow steps are not believed less than fast ones.
 */
import { fcnnlsVector } from 'ml-fcnnls';
import type { StepModelCalibration } from '../../catalog/calibration.ts';
import { InputError } from '../../core/input-error.ts';
import { estimateCorrelations } from './linear-solve.ts';
import type { StepWindow } from './step-windows.ts';

/** The numbers of the law, in the order of the columns. */
export const STEP_COSTS = ['base_us', 'per_decode_us', 'per_prompt_token_us', 'per_context_token_us'] as const;
export type StepCost = (typeof STEP_COSTS)[number];

export interface StepModelFit {
  readonly law: StepModelCalibration;
  /** From requests that met an idle engine; null: too few did, or it is known otherwise. */
  readonly frontEndUs: number | null;
  /** Engine steps in the windows that count. */
  readonly steps: number;
  /** Steps in windows so far from the law that something else must have happened in them. */
  readonly strangeSteps: number;
  /** Pairs of costs that the data cannot tell apart. */
  readonly confounded: readonly { readonly costs: readonly [StepCost, StepCost]; readonly correlation: number }[];
  /** Costs of which the data hold nothing. */
  readonly absent: readonly StepCost[];
}

/** Windows needed for four numbers. */
export const FEWEST_WINDOWS = 50;
/** Requests on an idle engine needed for the front end's work. */
const FEWEST_FROM_IDLE = 8;
/** Of a cost, so that the file can be read. */
const DIGITS = 6;
/** A cost so small beside the others is rounding. */
const DUST = 1e-9;
/** Rounds after which weights have settled. */
const ROUNDS = 8;
/** A window this many times the typical error off the law is left out. */
const STRANGE = 6;
/** Estimates that are correlated more than this are not told apart. */
const CONFOUNDED = 0.9;
/** How much preferences weigh, as a share of what the data say about one cost: nothing where they tell costs apart. */
const EVENLY = 0.2;
const NO_MORE = 0.02;
/** The typical |error| of a normal law, as a share of its standard deviation. */
const MEDIAN_OF_NORMAL = 0.6745;

/** Fits the law. `frontEndUs` is the front end's work where it is known; `name` stands for the data in messages. */
export function fitStepModel(windows: readonly StepWindow[], frontEndUs: number | null, name: string): StepModelFit {
  const usable = usableWindows(windows, frontEndUs);
  if (usable.length < FEWEST_WINDOWS) {
    throw new InputError(
      `${name}: only ${usable.length} engine steps can be read off the token times; expected ${FEWEST_WINDOWS} or more. ` +
        'Measure with more requests.',
    );
  }
  const withIdle = usable.some((window) => window.fromIdle);
  const free = solveRobustly(usable, withIdle, []);
  const separate = separability(free.rows);
  const preferences = preferencesAmong(separate.confounded.map((pair) => pair.costs));
  const { costs, counted } = preferences.length === 0 ? free : solveRobustly(usable, withIdle, preferences);
  const [base_us, per_decode_us, per_prompt_token_us, per_context_token_us] = costs.map(roundedCost);
  return {
    law: {
      form: 'step_model',
      base_us: base_us!,
      per_decode_us: per_decode_us!,
      per_prompt_token_us: per_prompt_token_us!,
      per_context_token_us: per_context_token_us!,
    },
    frontEndUs: withIdle ? Math.round(costs[STEP_COSTS.length]!) : null,
    steps: stepsIn(counted),
    strangeSteps: stepsIn(usable) - stepsIn(counted),
    ...separate,
  };
}

/** What a decode and what its context costs: with requests of like length the two grow together. */
const DECODING: readonly StepCost[] = ['per_decode_us', 'per_context_token_us'];

/**
 * How to choose where the data leave it open, so that loads unlike the measured ones are least likely to be far off; rows
 * of a least-squares problem whose columns have one size. A decode and its context share evenly what both cost. Where
 * every step had about as many decodes, the step has the cost: batching exists because a decode more costs little.
 */
function preferencesAmong(confounded: readonly (readonly [StepCost, StepCost])[]): number[][] {
  return confounded.flatMap(([first, second]) => {
    if (first === 'base_us') return DECODING.includes(second) ? [preference({ [second]: NO_MORE })] : [];
    const isDecoding = DECODING.includes(first) && DECODING.includes(second);
    return isDecoding ? [preference({ [first]: EVENLY, [second]: -EVENLY })] : [];
  });
}

function preference(weights: Partial<Record<StepCost, number>>): number[] {
  return STEP_COSTS.map((cost) => weights[cost] ?? 0);
}

interface Solution {
  /** In the order of the columns: those of `STEP_COSTS`, then the front end where it is among the unknowns. */
  readonly costs: readonly number[];
  readonly counted: readonly StepWindow[];
  /** Of the counted windows, weighted. */
  readonly rows: readonly (readonly number[])[];
}

/** Fits, weighs by what is fitted and leaves out what is far off it, until nothing changes any more. */
function solveRobustly(
  windows: readonly StepWindow[],
  withIdle: boolean,
  preferences: readonly (readonly number[])[],
): Solution {
  let costs: readonly number[] = [1, 0, 0, 0, 0];
  let counted = windows;
  let rows: number[][] = [];
  const predicted = (window: StepWindow) =>
    Math.max(
      1,
      columnsOf(window, withIdle).reduce((sum, value, i) => sum + value * costs[i]!, 0),
    );
  for (let round = 0; round < ROUNDS; round++) {
    const weights = counted.map((window) => 1 / predicted(window));
    rows = counted.map((window, i) => columnsOf(window, withIdle).map((value) => value * weights[i]!));
    costs = nonNegative(
      rows,
      counted.map(({ durationUs }, i) => durationUs * weights[i]!),
      preferences,
    );
    counted = withoutStrange(windows, predicted);
  }
  return { costs, counted, rows };
}

/** Windows from idle hold the front end's work: it is taken off, or found out where enough of them are there. */
function usableWindows(windows: readonly StepWindow[], frontEndUs: number | null): StepWindow[] {
  const enough = windows.filter(({ fromIdle }) => fromIdle).length >= FEWEST_FROM_IDLE;
  return windows.flatMap((window) => {
    if (!window.fromIdle) return [window];
    if (frontEndUs !== null) return [{ ...window, durationUs: window.durationUs - frontEndUs, fromIdle: false }];
    return enough ? [window] : [];
  });
}

function columnsOf({ steps, decodes, promptTokens, contextTokens, fromIdle }: StepWindow, withIdle: boolean): number[] {
  const counts = [steps, decodes, promptTokens, contextTokens];
  return withIdle ? [...counts, fromIdle ? 1 : 0] : counts;
}

/** Columns and values are brought to one size, which the solver's tolerances and the preferences assume. */
function nonNegative(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  preferences: readonly (readonly number[])[],
): number[] {
  const sizes = rows[0]!.map((_, j) => length(rows.map((row) => row[j]!)) || 1);
  const size = length(values) || 1;
  const scaled = rows.map((row) => row.map((value, j) => value / sizes[j]!));
  const preferred = preferences.map((row) => sizes.map((_, j) => row[j] ?? 0));
  const targets = [...values.map((value) => value / size), ...preferences.map(() => 0)];
  const solved = fcnnlsVector([...scaled, ...preferred], targets).K.to1DArray();
  const most = solved.reduce((a, b) => Math.max(a, b), 0);
  // What is left over of a cost that is 0.
  return solved.map((cost, j) => (cost < DUST * most ? 0 : (cost * size) / sizes[j]!));
}

function roundedCost(cost: number): number {
  return Number(cost.toPrecision(DIGITS));
}

function withoutStrange(windows: readonly StepWindow[], predicted: (window: StepWindow) => number): StepWindow[] {
  const errors = windows.map((window) => Math.abs(window.durationUs / predicted(window) - 1));
  const typical = [...errors].sort((a, b) => a - b)[Math.floor(errors.length / 2)]! / MEDIAN_OF_NORMAL;
  // Data without any noise have a typical error of nothing but rounding.
  return windows.filter((_, i) => errors[i]! <= Math.max(STRANGE * typical, 0.01));
}

function separability(rows: readonly (readonly number[])[]): Pick<StepModelFit, 'confounded' | 'absent'> {
  const absent = STEP_COSTS.filter((_, i) => rows.every((row) => row[i] === 0));
  const present = STEP_COSTS.filter((cost) => !absent.includes(cost));
  const columns = present.map((cost) => rows.map((row) => row[STEP_COSTS.indexOf(cost)]!));
  const correlations = estimateCorrelations(rows.map((_, i) => columns.map((column) => column[i]!)));
  const pairs = present.flatMap((first, i) =>
    present.slice(i + 1).map((second, j) => {
      const other = i + 1 + j;
      const correlation = correlations === null ? parallel(columns[i]!, columns[other]!) : correlations[i]![other]!;
      return { costs: [first, second] as const, correlation };
    }),
  );
  return { absent, confounded: pairs.filter(({ correlation }) => Math.abs(correlation) > CONFOUNDED) };
}

/** -1 for columns that are multiples of each other, which have no other correlation of estimates; else 0. */
function parallel(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return product > (1 - 1e-9) * length(a) * length(b) ? -1 : 0;
}

/** Not Math.hypot(...values): there may be more values than a call can have arguments. */
function length(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function stepsIn(windows: readonly StepWindow[]): number {
  return windows.reduce((sum, { steps }) => sum + steps, 0);
}

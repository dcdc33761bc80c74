/**
 * Scale and overheads of step times together, where runs at several loads tell them apart: Gauss and Newton's method on
 * the logarithms of the latencies of every request, weighted so that it is their absolute values that become small and
 * that a request at the edge of a queue, which amplifies everything, does not outweigh the others.
 */
import { median } from 'd3-array';
import type { ScaleCalibration } from '../../catalog/calibration.ts';
import { minimize } from './line-search.ts';
import { estimateCorrelations, gram, inverse } from './linear-solve.ts';
import type { Part, Replays } from './replays.ts';
import {
  asCandidate,
  type FittedNumbers,
  type OneNumber,
  roundedOverhead,
  roundedScale,
  SCALE_NUMBERS,
  type ScaleNumber,
} from './scale-fit.ts';

/** Estimates that are correlated more than this are not told apart. */
const SEPARABLE = 0.9;
/** A further number must bring the mean |log error| down by this share of it, and by this much: a replay is no better. */
const GAIN = 0.1;
const LEAST_GAIN = 0.001;
/** For derivatives: large enough that a replay's raggedness does not matter. */
const DIFFERENCE = 0.01;
const ROUNDS = 8;
/** Of the length of a move, as a share of what a straight line proposes. */
const LENGTH_TOLERANCE = 0.05;
/** |log error| below which a request is as good as right. */
const EXACT = 0.002;
/** A straight line does not hold further away than this share of the mean step. */
const FURTHEST = 0.3;

export interface SeveralNumbers extends FittedNumbers {
  /** Largest correlation of the estimates; of those of one number more, if those were refused for it. */
  readonly correlation: number;
  /** Numbers that would have been fitted next, and why they were not. */
  readonly refused: { readonly numbers: readonly ScaleNumber[]; readonly because: 'correlated' | 'no gain' } | null;
}

/** As many numbers as the parts tell apart, from the best single one on. */
export async function fitSeveralNumbers(
  replays: Replays,
  parts: readonly Part[],
  one: OneNumber,
): Promise<SeveralNumbers> {
  let best: FittedNumbers & { correlation: number } = { ...one, correlation: 0 };
  for (const numbers of [SCALE_NUMBERS.slice(0, 2), SCALE_NUMBERS]) {
    const fit = await newton(replays, parts, best.law, numbers, one.meanStepUs);
    if (Math.abs(fit.correlation) > SEPARABLE)
      return { ...best, correlation: fit.correlation, refused: { numbers, because: 'correlated' } };
    if (best.score - fit.score < Math.max(LEAST_GAIN, GAIN * best.score))
      return { ...best, refused: { numbers, because: 'no gain' } };
    best = fit;
  }
  return { ...best, refused: null };
}

async function newton(
  replays: Replays,
  parts: readonly Part[],
  start: ScaleCalibration,
  numbers: readonly ScaleNumber[],
  meanStepUs: number,
): Promise<FittedNumbers & { correlation: number }> {
  let best = { law: start, score: await replays.score(parts, asCandidate(start)) };
  let correlation = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const rows = await weightedRows(replays, parts, best.law, numbers, meanStepUs);
    correlation = largest(estimateCorrelations(rows.map((row) => row.slice(0, -1))));
    const moves = leastSquares(rows);
    if (moves === null) break;
    const lawAt = (length: number) =>
      numbers.reduce((law, number, i) => moved(law, number, -length * moves[i]!, meanStepUs), best.law);
    // Raggedness flattens the derivatives' effect: the direction is right, and the length is searched.
    const { x, value } = await minimize((length) => replays.score(parts, asCandidate(lawAt(length))), {
      start: 1,
      step: 1,
      tolerance: LENGTH_TOLERANCE,
    });
    const gain = best.score - value;
    if (gain > 0) best = { law: lawAt(x), score: value };
    if (gain < LEAST_GAIN / 10) break;
  }
  return { ...best, fitted: numbers, correlation };
}

/** A row a latency of a request: its change by each number, then by how much it is off. */
async function weightedRows(
  replays: Replays,
  parts: readonly Part[],
  law: ScaleCalibration,
  numbers: readonly ScaleNumber[],
  meanStepUs: number,
): Promise<number[][]> {
  const residuals = await replays.residuals(parts, asCandidate(law));
  const effects = await effectsOf(replays, parts, law, numbers, meanStepUs);
  const typical = Math.max(EXACT, median(residuals.map(Math.abs)) ?? 0);
  return effects.map((row, i) => {
    const weight = 1 / (Math.max(Math.abs(residuals[i]!), typical) * Math.max(1, ...row.map(Math.abs)));
    return [...row, residuals[i]!].map((value) => value * Math.sqrt(weight));
  });
}

/** Of rows that end in the value to be explained: the coefficients of the columns before; null: not determined. */
function leastSquares(rows: readonly (readonly number[])[]): number[] | null {
  const products = gram(rows);
  const unknowns = products.length - 1;
  const covariance = inverse(products.slice(0, unknowns).map((row) => row.slice(0, unknowns)));
  return covariance?.map((row) => row.reduce((sum, value, i) => sum + value * products[i]![unknowns]!, 0)) ?? null;
}

function largest(correlations: readonly (readonly number[])[] | null): number {
  const pairs = correlations?.flatMap((row, i) => row.slice(i + 1)) ?? [1];
  return pairs.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
}

/** The residuals' change by each number, in units of the mean step: a row a residual. */
async function effectsOf(
  replays: Replays,
  parts: readonly Part[],
  law: ScaleCalibration,
  numbers: readonly ScaleNumber[],
  meanStepUs: number,
): Promise<number[][]> {
  const columns: number[][] = [];
  for (const number of numbers) {
    const up = await replays.residuals(parts, asCandidate(moved(law, number, DIFFERENCE, meanStepUs)));
    const down = await replays.residuals(parts, asCandidate(moved(law, number, -DIFFERENCE, meanStepUs)));
    columns.push(up.map((value, i) => (value - down[i]!) / (2 * DIFFERENCE)));
  }
  return columns[0]!.map((_, residual) => columns.map((column) => column[residual]!));
}

/** The law with one number moved by a share of itself (a scale) or of the mean step (an overhead). */
function moved(law: ScaleCalibration, number: ScaleNumber, share: number, meanStepUs: number): ScaleCalibration {
  const bounded = Math.max(-FURTHEST, Math.min(FURTHEST, share));
  switch (number) {
    case 'scale':
      return { ...law, scale: roundedScale(law.scale * (1 + bounded)) };
    case 'step_overhead_us':
    case 'prompt_step_overhead_us':
      return { ...law, [number]: roundedOverhead(law[number] + bounded * meanStepUs) };
  }
}

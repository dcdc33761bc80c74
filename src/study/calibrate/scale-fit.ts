/**
 * What measured runs say about step times that kernels give already: `scale * kernels + overhead`, and more overhead in
 * steps with prompts.
 *
 * One run at one load tells one number: slower kernels and a longer pause between them look alike (on the two public
 * runs of RTX 4090 and RTX PRO 6000 their effects on the latencies are correlated by 0.995 and more). Which of the two is
 * taken is decided by the requests that it is fitted to: the one with the smaller mean |log error| over the cells (time to
 * first token, per output token, end to end; mean, p50, p90, p95, p99). Several runs may tell more (`several-numbers.ts`).
 */
import { MOST_US, SCALE_LIMITS, type ScaleCalibration } from '../../catalog/calibration.ts';
import { minimize, type Point } from './line-search.ts';
import type { Part, Replays } from './replays.ts';

export const SCALE_NUMBERS = ['scale', 'step_overhead_us', 'prompt_step_overhead_us'] as const;
export type ScaleNumber = (typeof SCALE_NUMBERS)[number];

/** A law with the numbers that were fitted; the others are as in the study. */
export interface FittedNumbers {
  readonly law: ScaleCalibration;
  readonly fitted: readonly ScaleNumber[];
  /** Mean |log error| over the cells of what it was fitted to. */
  readonly score: number;
}

/** The better of two laws of one number each, and the other. */
export interface OneNumber extends FittedNumbers {
  readonly other: FittedNumbers;
  /** Of a step in a replay of the study, microseconds. */
  readonly meanStepUs: number;
}

/** To which a scale is found, and an overhead as a share of the mean step. */
const TOLERANCE = 0.001;
const FIRST_STEP = 0.05;

/** Fits a scale and, alone, an overhead to the parts, from the overhead that the study has. */
export async function fitOneNumber(
  replays: Replays,
  parts: readonly Part[],
  studyOverheadUs: number,
): Promise<OneNumber> {
  const start: ScaleCalibration = {
    form: 'scale',
    scale: 1,
    step_overhead_us: studyOverheadUs,
    prompt_step_overhead_us: 0,
  };
  const { meanStepUs } = await replays.outcome(parts[0]!.run, asCandidate(start));
  const score = (law: ScaleCalibration) => replays.score(parts, asCandidate(law));
  const scaled = (logScale: number) => ({ ...start, scale: roundedScale(Math.exp(logScale)) });
  const delayed = (us: number) => ({ ...start, step_overhead_us: roundedOverhead(us) });
  const best = (point: Point, law: ScaleCalibration, number: ScaleNumber): FittedNumbers => ({
    law,
    fitted: [number],
    score: point.value,
  });
  const x = await minimize((at) => score(scaled(at)), { start: 0, step: FIRST_STEP, tolerance: TOLERANCE });
  const us = await minimize((at) => score(delayed(at)), {
    start: start.step_overhead_us,
    step: FIRST_STEP * meanStepUs,
    tolerance: TOLERANCE * meanStepUs,
  });
  const scale = best(x, scaled(x.x), 'scale');
  const overhead = best(us, delayed(us.x), 'step_overhead_us');
  return scale.score <= overhead.score
    ? { ...scale, other: overhead, meanStepUs }
    : { ...overhead, other: scale, meanStepUs };
}

/** A law of kernels says nothing of the front end. */
export function asCandidate(law: ScaleCalibration) {
  return { law, frontEndUs: null };
}

/** A file's digits and limits, so that the fitted law is the one that was scored. */
export function roundedScale(scale: number): number {
  const [least, most] = SCALE_LIMITS;
  return Number(Math.min(most, Math.max(least, scale)).toPrecision(6));
}

/** The same for an overhead, microseconds. */
export function roundedOverhead(us: number): number {
  return Math.round(Math.min(MOST_US, Math.max(-MOST_US, us)));
}

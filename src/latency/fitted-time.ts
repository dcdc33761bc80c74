/**
 * Step times of hardware without kernel times: a straight line in four counts of the batch, fitted to the token times of
 * a measured run (`servesim calibrate`). It stands for kernels and host alike.
 *
 *     step = base + per decode * decodes + per prompt token * prompt tokens + per context token * context
 *
 * The context is what attention reads: the tokens in the cache of every scheduled request after the step.
 */
import type { StepModelCalibration } from '../catalog/calibration.ts';
import type { BatchShape } from './batch-shape.ts';
import type { KernelTime } from './kernel-time.ts';

/** Counts of one step that its time is a straight line in. */
export interface StepCounts {
  readonly decodes: number;
  readonly promptTokens: number;
  readonly contextTokens: number;
}

/** The counts of a batch. */
function stepCounts(shape: BatchShape): StepCounts {
  let promptTokens = 0;
  let contextTokens = shape.decodeContextTokens;
  for (let i = 0; i < shape.chunkTokens.length; i++) {
    promptTokens += shape.chunkTokens[i]!;
    contextTokens += shape.chunkCachedTokens[i]! + shape.chunkTokens[i]!;
  }
  return { decodes: shape.decodes, promptTokens, contextTokens };
}

/** Microseconds of a step, unrounded. */
export function fittedUs(law: StepModelCalibration, { decodes, promptTokens, contextTokens }: StepCounts): number {
  return (
    law.base_us +
    law.per_decode_us * decodes +
    law.per_prompt_token_us * promptTokens +
    law.per_context_token_us * contextTokens
  );
}

/** A step model as kernel times: one stage, ranks in lock step as slow as the slowest. */
export function createFittedTime(law: StepModelCalibration): KernelTime & { stagesUs(shape: BatchShape): number[] } {
  const us = (shape: BatchShape) => fittedUs(law, stepCounts(shape));
  return {
    us,
    stagesUs: (shape) => [us(shape)],
    lockStepUs: (shapes) => Math.max(...shapes.map((shape) => (shape === null ? law.base_us : us(shape)))),
    notes: [],
  };
}

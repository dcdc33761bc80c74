/**
 * The end of a step: the output head for every scheduled request and every verified draft, in bf16 whatever the precision of the layers, and
 * the sampler, whose cost is a start plus 1.3 passes over the fp32 logits (public layer profile of the RTX 4090,
 * github.com/casys-kaist/LLMServingSim). Both also run for chunks that do not finish their prompt.
 * A drafter takes the likeliest token of each row instead of sampling: one small kernel and one pass over bf16 logits.
 */
import type { GemmCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import { gemmUs } from './gemm.ts';
import type { RankShape } from './rank-shape.ts';

const SAMPLER_START_US = 25;
const LOGIT_PASSES = 1.3;
/** A small kernel, as in `small-kernels.ts`. */
const ARGMAX_START_US = 2.2;

/** Microseconds of the output head for `rows` rows. */
export function lmHeadUs(kernels: KernelCoefficients, bf16: GemmCoefficients, shape: RankShape, rows: number): number {
  return gemmUs(bf16, kernels.bandwidthTbs, rows, shape.vocab / shape.ranks, shape.hidden);
}

/** Microseconds of the sampler for `rows` rows. */
export function samplerUs(kernels: KernelCoefficients, shape: RankShape, rows: number): number {
  return SAMPLER_START_US + (LOGIT_PASSES * rows * shape.vocab * 4) / (kernels.bandwidthTbs * 1e6);
}

/** Microseconds of taking the likeliest token of `rows` rows. */
export function argmaxUs(kernels: KernelCoefficients, shape: RankShape, rows: number): number {
  return ARGMAX_START_US + (rows * (shape.vocab / shape.ranks) * 2) / (kernels.bandwidthTbs * 1e6);
}

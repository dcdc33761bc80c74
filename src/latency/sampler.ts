/**
 * The end of a step: the output head for every scheduled request, in bf16 whatever the precision of the layers, and
 * the sampler, whose cost is a start plus 1.3 passes over the fp32 logits (public layer profile of the RTX 4090,
 * github.com/casys-kaist/LLMServingSim). Both also run for chunks that do not finish their prompt.
 */
import type { GemmCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import { gemmUs } from './gemm.ts';
import type { RankShape } from './rank-shape.ts';

const SAMPLER_START_US = 25;
const LOGIT_PASSES = 1.3;

/** Microseconds of the output head for `requests` rows. */
export function lmHeadUs(
  kernels: KernelCoefficients,
  bf16: GemmCoefficients,
  shape: RankShape,
  requests: number,
): number {
  return gemmUs(bf16, kernels.bandwidthTbs, requests, shape.vocab / shape.ranks, shape.hidden);
}

/** Microseconds of the sampler for `requests` rows. */
export function samplerUs(kernels: KernelCoefficients, shape: RankShape, requests: number): number {
  return SAMPLER_START_US + (LOGIT_PASSES * requests * shape.vocab * 4) / (kernels.bandwidthTbs * 1e6);
}

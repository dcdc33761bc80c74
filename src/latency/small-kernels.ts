/**
 * The kernels of a layer that only move data: two norms, rotary embedding, the write into the KV cache, the activation,
 * and quantisation where activations are quantised. Each costs a fixed time plus its bytes at full bandwidth, or 2.3
 * times faster if they fit in the L2 cache. Both constants were read from the public layer profile of the RTX 4090
 * (github.com/casys-kaist/LLMServingSim, profiler/perf/RTX4090) and are used on every GPU.
 */
import type { KernelCoefficients } from '../catalog/kernels.ts';
import type { RankShape } from './rank-shape.ts';

const PER_KERNEL_US = 2.2;
const L2_SPEEDUP = 2.3;
/** Two norms, rotary embedding, KV write, activation. */
const KERNELS = 5;

/** Microseconds of one layer for `tokens` tokens, with that many more kernels for quantising. */
export function smallKernelsUs(
  kernels: KernelCoefficients,
  shape: RankShape,
  quantizationKernels: number,
  tokens: number,
): number {
  const norm = 8 * tokens * shape.hidden;
  const rotaryOrWrite = 4 * tokens * (shape.heads + 2 * shape.kvHeads) * shape.headDim;
  const activation = 6 * tokens * shape.intermediate;
  const moving = 2 * moveUs(kernels, norm) + 2 * moveUs(kernels, rotaryOrWrite) + moveUs(kernels, activation);
  return PER_KERNEL_US * (KERNELS + quantizationKernels) + moving;
}

function moveUs(kernels: KernelCoefficients, bytes: number): number {
  const us = bytes / (kernels.bandwidthTbs * 1e6);
  return bytes <= kernels.l2Mb * 1e6 ? us / L2_SPEEDUP : us;
}

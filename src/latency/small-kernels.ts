/**
 * The kernels of a layer that only move data: norms, rotary embedding, the write into the KV cache, the activation, the
 * choice of experts, and quantisation where activations are quantised. Each costs a fixed time plus its bytes at full
 * bandwidth, or 2.3 times faster if they fit in the L2 cache. Both constants were read from the public layer profile of
 * the RTX 4090 (github.com/casys-kaist/LLMServingSim, profiler/perf/RTX4090) and are used on every GPU.
 *
 * Measured elsewhere and not counted here: rotary embedding and KV write of multi-head latent attention, whose table is
 * of the whole module; the activation and quantisation of routed experts, which their tables contain.
 */
import type { KernelCoefficients } from '../catalog/kernels.ts';
import type { RankShape } from './rank-shape.ts';

const PER_KERNEL_US = 2.2;
const L2_SPEEDUP = 2.3;

/** What a layer has besides its matrices and its attention. */
export interface SmallKernels {
  readonly norms: number;
  /** Rotary embedding and the write into the KV cache are kernels of their own. */
  readonly rotaryAndWrite: boolean;
  /** Width of the activation on this rank; 0: none, or within another kernel. */
  readonly activation: number;
  /** A router chooses experts. */
  readonly routes: boolean;
  /** Results of shared and routed experts are added. */
  readonly addsShared: boolean;
  /** Kernels that quantise activations. */
  readonly quantization: number;
}

/** Microseconds of one layer for `tokens` tokens. */
export function smallKernelsUs(
  kernels: KernelCoefficients,
  shape: RankShape,
  layer: SmallKernels,
  tokens: number,
): number {
  const { norms, rotaryAndWrite, activation, routes, addsShared, quantization } = layer;
  const move = (bytes: number) => moveUs(kernels, tokens * bytes);
  const count =
    norms +
    quantization +
    (rotaryAndWrite ? 2 : 0) +
    (activation > 0 ? 1 : 0) +
    (routes ? 1 : 0) +
    (addsShared ? 1 : 0);
  const attention = rotaryAndWrite ? 2 * move(4 * (shape.heads + 2 * shape.kvHeads) * shape.headDim) : 0;
  const adding = addsShared ? move(6 * shape.hidden) : 0;
  return PER_KERNEL_US * count + norms * move(8 * shape.hidden) + attention + move(6 * activation) + adding;
}

function moveUs(kernels: KernelCoefficients, bytes: number): number {
  const us = bytes / (kernels.bandwidthTbs * 1e6);
  return bytes <= kernels.l2Mb * 1e6 ? us / L2_SPEEDUP : us;
}

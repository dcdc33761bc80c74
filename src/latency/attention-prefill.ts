/**
 * Attention of one layer for one chunk of a prompt: L new tokens after P tokens that are in the cache. Affine in the
 * area under the causal mask and in the bytes of queries, keys and values, times a correction grid; fitted to public
 * kernel tables. They hold whole prompts only (P = 0); the grid is read at the length of chunk and prefix together.
 * Where the GPU was profiled with prefixes (RTX 4090), the time is instead the larger of the arithmetic and a serial
 * walk along the KV tokens: FlashAttention-2 does not split a small chunk over a long prefix.
 */
import type { AttentionCoefficients, KernelCoefficients, SerialPrefill } from '../catalog/kernels.ts';
import { gridFactor } from './grid.ts';
import type { RankShape } from './rank-shape.ts';

export interface PrefillAttention {
  /** Microseconds that a step pays once, however many chunks it holds. */
  readonly constantUs: number;
  /** Microseconds of one chunk beyond the constant. */
  chunkUs(newTokens: number, cachedTokens: number): number;
}

/** Prefill attention as fitted to whole prompts. */
export function fittedPrefill(
  kernels: KernelCoefficients,
  attention: AttentionCoefficients,
  shape: RankShape,
): PrefillAttention {
  const [c0, perTokenNs, areaFactor, queryFactor, kvFactor, perHeadNs] = attention.coefficients;
  const { heads, kvHeads, headDim } = shape;
  const perTokenUs =
    perTokenNs! / 1000 +
    (kvFactor! * 2 * kvHeads * headDim * attention.kvBytesPerElement * 1e-6) / kernels.bandwidthTbs;
  const perAreaUs = (areaFactor! * 4 * heads * headDim) / (kernels.bf16Tflops * 1e6);
  const perNewTokenUs = (queryFactor! * 4 * heads * headDim * 1e-6) / kernels.bandwidthTbs;
  const perHeadsUs = (perHeadNs! * heads) / 1000;
  const log2Heads = Math.log2(heads);
  const log2Group = Math.log2(heads / kvHeads);
  return {
    constantUs: c0!,
    chunkUs: (newTokens, cachedTokens) => {
      const length = newTokens + cachedTokens;
      const area = newTokens * cachedTokens + (newTokens * newTokens) / 2;
      const us = c0! + perTokenUs * length + perAreaUs * area + perNewTokenUs * newTokens + perHeadsUs;
      return us * gridFactor(attention.grid, Math.log2(length), log2Heads, log2Group) - c0!;
    },
  };
}

/** Prefill attention as profiled with prefixes. */
export function serialPrefill(kernels: KernelCoefficients, serial: SerialPrefill, shape: RankShape): PrefillAttention {
  const perAreaUs = (serial.flopsFactor * 4 * shape.heads * shape.headDim) / (kernels.bf16Tflops * 1e6);
  return {
    constantUs: serial.t0Us,
    chunkUs: (newTokens, cachedTokens) => {
      const kvTokens = cachedTokens + newTokens / 2;
      return Math.max((serial.nsPerKvToken * kvTokens) / 1000, perAreaUs * newTokens * kvTokens);
    },
  };
}

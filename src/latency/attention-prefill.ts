/**
 * Attention of one layer for chunks of prompts: L new tokens after P tokens that are in the cache. Affine in the area
 * under the causal mask and in the bytes of queries, keys and values, times a correction grid; fitted to public kernel
 * tables. They hold whole prompts only (P = 0); the grid is read at the number of keys that the chunk attends to.
 *
 * FlashAttention-2 does not split a chunk over the KV length: one multiprocessor walks all keys for each head and each
 * 128 queries. A small chunk after a long prefix waits for that walk (measured on the RTX 4090 and the RTX PRO 6000,
 * github.com/casys-kaist/LLMServingSim), and many of them for as many walks as there are more of them than
 * multiprocessors. FlashAttention-3 and the data-center Blackwell kernels split, so there is no such floor.
 */
import type { AttentionCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import { chunkKeys, chunkPairs } from './attention-window.ts';
import type { AttentionWindow, BatchShape } from './batch-shape.ts';
import { gridFactor } from './grid.ts';
import type { RankShape } from './rank-shape.ts';

/** Queries of one head that a thread block computes together. */
const QUERY_TILE = 128;

export interface PrefillAttention {
  /** Microseconds that a step pays once, however many chunks it holds. */
  readonly constantUs: number;
  /** Microseconds of one chunk beyond the constant, the walk along the keys aside. */
  chunkUs(newTokens: number, cachedTokens: number): number;
  /** Microseconds of the walk for one chunk; 0 where the kernel splits it. */
  walkUs(newTokens: number, cachedTokens: number): number;
}

/** Prefill attention of a layer with that window. */
export function prefillAttention(
  kernels: KernelCoefficients,
  attention: AttentionCoefficients,
  shape: RankShape,
  window: AttentionWindow | null,
): PrefillAttention {
  const [c0, perTokenNs, areaFactor, queryFactor, kvFactor, perHeadNs] = attention.coefficients;
  const { heads, kvHeads, headDim } = shape;
  const perKeyUs =
    perTokenNs! / 1000 +
    (kvFactor! * 2 * kvHeads * headDim * attention.kvBytesPerElement * 1e-6) / kernels.bandwidthTbs;
  const perPairUs = (areaFactor! * 4 * heads * headDim) / (kernels.bf16Tflops * 1e6);
  const perNewTokenUs = (queryFactor! * 4 * heads * headDim * 1e-6) / kernels.bandwidthTbs;
  const perHeadsUs = (perHeadNs! * heads) / 1000;
  const log2Heads = Math.log2(heads);
  const log2Group = Math.log2(heads / kvHeads);
  const walkUsPerKey = ((kernels.prefillFloor?.nsPerKvToken ?? 0) / 1000) * (headDim / 128);
  return {
    constantUs: c0!,
    chunkUs: (newTokens, cachedTokens) => {
      const keys = chunkKeys(window, newTokens, cachedTokens);
      const pairs = chunkPairs(window, newTokens, cachedTokens);
      const us = c0! + perKeyUs * keys + perPairUs * pairs + perNewTokenUs * newTokens + perHeadsUs;
      return us * gridFactor(attention.grid, Math.log2(keys), log2Heads, log2Group) - c0!;
    },
    walkUs: (newTokens, cachedTokens) => (walkUsPerKey * chunkPairs(window, newTokens, cachedTokens)) / newTokens,
  };
}

/** Microseconds beyond the constant of all chunks of a batch, each with `moreTokens` more. */
export function chunksUs(
  prefill: PrefillAttention,
  batch: BatchShape,
  moreTokens: number,
  heads: number,
  smCount: number,
): number {
  let chunks = 0;
  let longestWalk = 0;
  let walks = 0;
  for (let i = 0; i < batch.chunkTokens.length; i++) {
    const tokens = batch.chunkTokens[i]! + moreTokens;
    const cached = batch.chunkCachedTokens[i]!;
    chunks += prefill.chunkUs(tokens, cached);
    const walk = prefill.walkUs(tokens, cached);
    longestWalk = Math.max(longestWalk, walk);
    walks += walk * heads * Math.ceil(tokens / QUERY_TILE);
  }
  return Math.max(chunks, longestWalk, walks / smCount);
}

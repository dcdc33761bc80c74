/**
 * Attention of one layer for requests that compute one token each, reading their keys and values from paged blocks.
 * Affine in the batch size and in the sum of contexts; fitted on measured batches whose KV exceeds the L2 cache, where
 * a model's layers always are, because the other layers evict it. Contexts of different length cost a little more than
 * equal ones with the same sum: the sum moves 4 % of the way to (batch x longest), the median over public profiles of
 * the RTX 4090 and the RTX PRO 6000 (github.com/casys-kaist/LLMServingSim). There too, decodes that share a step with a
 * prefill cost 1 + 0.28 * (query heads per KV head - 1) times as much, because FlashAttention-2 then gives up grouping
 * query heads; FlashAttention-3 and the data-center Blackwell kernels are taken not to.
 *
 * A request that verifies drafts has several query tokens. Its keys and values are read once, as for one; what the fit
 * charges by query head and by operation is paid for every query token. On FlashAttention-2 the grouping is lost then
 * too, as beside a prefill. Both are assumptions about the same kernels: no table of several query tokens is public.
 */
import type { AttentionCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import type { RankShape } from './rank-shape.ts';

/** Share of the way from the sum of contexts to (batch x longest context). */
const SKEW = 0.04;

export interface DecodeAttention {
  /** Microseconds that do not depend on the batch. */
  readonly constantUs: number;
  /** Microseconds a request. */
  readonly perRequestUs: number;
  /** Microseconds a token of context. */
  readonly perContextTokenUs: number;
  /** Microseconds a query token beyond the first of its request. */
  readonly perMoreQueryUs: number;
  /** Microseconds a token of context for each such query token. */
  readonly perMoreQueryContextUs: number;
  /** By how much everything but the constant grows beside a prefill, and with several query tokens a request. */
  readonly mixedFactor: number;
}

/** The coefficients of one layer on one rank. */
export function decodeAttention(
  kernels: KernelCoefficients,
  attention: AttentionCoefficients,
  shape: RankShape,
): DecodeAttention {
  const [c0, perKvHeadNs, perHeadNs, perHeadDimNs, bytesFactor, flopsFactor] = attention.coefficients;
  const { heads, kvHeads, headDim } = shape;
  const bytesPerToken = 2 * kvHeads * headDim * attention.kvBytesPerElement;
  const queryNs = perHeadNs! * heads + (perHeadDimNs! * heads * headDim) / 128;
  const operationsUs = (flopsFactor! * 4 * heads * headDim) / (kernels.bf16Tflops * 1e6);
  return {
    constantUs: c0!,
    perRequestUs: (perKvHeadNs! * kvHeads + perHeadNs! * heads + (perHeadDimNs! * heads * headDim) / 128) / 1000,
    perContextTokenUs: (bytesFactor! * bytesPerToken * 1e-6) / kernels.bandwidthTbs + operationsUs,
    perMoreQueryUs: queryNs / 1000,
    perMoreQueryContextUs: operationsUs,
    mixedFactor: 1 + kernels.mixedDecodePenalty * (heads / kvHeads - 1),
  };
}

/** Microseconds beyond the constant for one token a request; `contextTokens` and `maxContextTokens` after the step. */
export function decodeVariableUs(
  d: DecodeAttention,
  decodes: number,
  contextTokens: number,
  maxContextTokens: number,
): number {
  const skewed = contextTokens + SKEW * (decodes * maxContextTokens - contextTokens);
  return d.perRequestUs * decodes + d.perContextTokenUs * skewed;
}

/** Requests of one token each, with the sum of their contexts and the longest after the step. */
export interface DecodesOnly {
  readonly requests: number;
  readonly contextTokens: number;
  readonly maxContextTokens: number;
}

/**
 * The constant and `decodeVariableUs` over so many layers, for `count` steps from this one on, each with contexts longer by one
 * token: the same operations in the same order, with all that stays as it is read before the loop.
 */
export function decodeSteps(
  d: DecodeAttention,
  layers: number,
  { requests, contextTokens, maxContextTokens }: DecodesOnly,
  count: number,
  us: Float64Array,
): void {
  const { constantUs, perContextTokenUs } = d;
  const skew = SKEW;
  const requestsUs = d.perRequestUs * requests;
  let context = contextTokens;
  let longest = requests * maxContextTokens;
  for (let i = 0; i < count; i++) {
    us[i] = layers * (constantUs + (requestsUs + perContextTokenUs * (context + skew * (longest - context))));
    context += requests;
    longest += requests;
  }
}

/**
 * Attention over a stretch of layers: each with the whole context, or with a window (`attention-window.ts`), which sees
 * of each context what the window leaves. Decodes and prompt chunks of one batch share a launch, so its constant is paid
 * once a layer.
 */
import type { Gpu } from '../catalog/gpu.ts';
import type { AttentionCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import type { Model } from '../catalog/model.ts';
import { bytesPerKvElement, type KvCacheDtype } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';
import { type DecodeAttention, decodeAttention, decodeSteps, decodeVariableUs } from './attention-decode.ts';
import { chunksUs, type PrefillAttention, prefillAttention } from './attention-prefill.ts';
import type { BatchShape } from './batch-shape.ts';
import type { LayerMix } from './layer-mix.ts';
import type { RankShape } from './rank-shape.ts';

export interface AttentionOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly kernels: KernelCoefficients;
  readonly kvCacheDtype: KvCacheDtype;
}

/** Microseconds over a stretch of layers. */
export interface Attention {
  /** Each request of the batch with that many query tokens more. */
  batch(batch: BatchShape, moreTokens: number): number;
  /** Steps of nothing but requests of one token each. */
  readonly decodes: Decodes;
  /** `batch` of nothing but such requests is `decodes`, to the bit: no layer has a window. */
  readonly decodesAreBatch: boolean;
  readonly notes: readonly string[];
}

/**
 * `count` steps of as many requests, one after another; their contexts, in tokens after the first step, and the longest of
 * them. From step to step each is one token longer. What each step takes is written into `us`.
 */
export type Decodes = (
  requests: number,
  contextTokens: number,
  maxContextTokens: number,
  count: number,
  us: Float64Array,
) => void;

/** Attention with keys and values for each head or group of heads. */
export function groupedAttention(options: AttentionOptions, shape: RankShape, mix: LayerMix): Attention {
  const { kernels, model, gpu } = options;
  const decodeTable = variant(options, kernels.attentionDecode);
  const prefillTable = variant(options, kernels.attentionPrefill);
  const decode = decodeAttention(kernels, decodeTable, shape);
  const full = prefillAttention(kernels, prefillTable, shape, null);
  const windowed = prefillAttention(kernels, prefillTable, shape, model.slidingWindow);
  const fullLayers = mix.layers - mix.windowed;
  const layer = (batch: BatchShape, more: number, decodesUs: number, prefill: PrefillAttention) => {
    if (batch.chunkTokens.length === 0) {
      const ungrouped = more > 0 || batch.decodeTokens > batch.decodes;
      return decode.constantUs + (ungrouped ? decode.mixedFactor : 1) * decodesUs;
    }
    const chunks = chunksUs(prefill, batch, more, shape.heads, gpu.smCount);
    return prefill.constantUs + decode.mixedFactor * decodesUs + chunks;
  };
  return {
    batch: (batch, more) => {
      const us = fullLayers === 0 ? 0 : fullLayers * layer(batch, more, fullDecodesUs(decode, batch, more), full);
      if (mix.windowed === 0) return us;
      return us + mix.windowed * layer(batch, more, windowedDecodesUs(decode, batch, more), windowed);
    },
    decodes: (requests, contextTokens, maxContextTokens, count, us) =>
      decodeSteps(decode, mix.layers, { requests, contextTokens, maxContextTokens }, count, us),
    decodesAreBatch: mix.windowed === 0,
    notes: [...new Set([decodeTable.note, prefillTable.note])].filter((note) => note !== ''),
  };
}

/** Decodes of a layer that sees whole contexts, beyond its constant. */
function fullDecodesUs(decode: DecodeAttention, batch: BatchShape, more: number): number {
  const { decodes, decodeTokens, decodeContextTokens } = batch;
  const context = decodeContextTokens + more * decodes;
  const longest = decodes === 0 ? 0 : batch.decodeMaxContextTokens + more;
  // (tokens + more) * (context + more), summed over the decodes.
  const pairs = batch.decodeQueryContextTokens + more * (decodeContextTokens + decodeTokens + more * decodes);
  const moreQueries = decodeTokens + more * decodes - decodes;
  return (
    decodeVariableUs(decode, decodes, context, longest) +
    decode.perMoreQueryUs * moreQueries +
    decode.perMoreQueryContextUs * (pairs - context)
  );
}

/** The same with a window; one token more leaves a full window as it is. */
function windowedDecodesUs(decode: DecodeAttention, batch: BatchShape, more: number): number {
  const { decodes, decodeTokens, decodeWindowContextTokens: context } = batch;
  const pairs = batch.decodeQueryWindowContextTokens + more * context;
  const moreQueries = decodeTokens + more * decodes - decodes;
  return (
    decodeVariableUs(decode, decodes, context, batch.decodeMaxWindowContextTokens) +
    decode.perMoreQueryUs * moreQueries +
    decode.perMoreQueryContextUs * (pairs - context)
  );
}

/** The attention table for the model's head size and the cache's precision. */
function variant(
  { model, kernels, kvCacheDtype }: AttentionOptions,
  tables: Readonly<Record<string, AttentionCoefficients>>,
): AttentionCoefficients {
  const precision = bytesPerKvElement(kvCacheDtype) === 1 ? 'fp8' : 'bf16';
  const table = tables[`kv_${precision}_hd${model.headDim}`];
  if (table !== undefined) return table;
  const measured = Object.keys(tables).map((name) => name.replace('kv_', '').replace('_hd', ' with head size '));
  throw new InputError(
    `${model.id}: no measured attention with ${precision} KV cache and head size ${model.headDim} on ${kernels.gpu}. ` +
      `Measured there: ${measured.join(', ')}.`,
  );
}

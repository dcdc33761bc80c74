/**
 * One pass of a model through its layers: the kernels of a layer, times the layers, for the tokens of a step. The target
 * makes one such pass a step; a drafter of the same kind makes several. Functions of one integer are remembered.
 */
import type { Gpu } from '../catalog/gpu.ts';
import type { AttentionCoefficients, GemmCoefficients, KernelCoefficients } from '../catalog/kernels.ts';
import type { Model } from '../catalog/model.ts';
import { bytesPerKvElement, type KvCacheDtype, type Quantization } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';
import { allReduce } from './all-reduce.ts';
import { decodeAttention, decodeVariableUs } from './attention-decode.ts';
import { fittedPrefill, type PrefillAttention, serialPrefill } from './attention-prefill.ts';
import type { BatchShape } from './batch-shape.ts';
import { paddingTable } from './cuda-graph.ts';
import { gemmUs } from './gemm.ts';
import { gemmTable } from './gemm-table.ts';
import { memoize } from './memo.ts';
import { type RankShape, rankShape } from './rank-shape.ts';
import { lmHeadUs } from './sampler.ts';
import { smallKernelsUs } from './small-kernels.ts';

export interface ForwardOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly kernels: KernelCoefficients;
  readonly tensorParallelSize: number;
  readonly quantization: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  /** Ascending; empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** Hidden states that query, key and value are made of, side by side; default 1. */
  readonly attentionInputs?: number;
}

export interface Forward {
  readonly shape: RankShape;
  /** The token count that a batch of that many tokens costs as much as. */
  pad(tokens: number): number;
  /** Microseconds over all layers for that many (padded) tokens. */
  gemm(tokens: number): number;
  smallKernels(tokens: number): number;
  allReduce(tokens: number): number;
  /** The sum of the last three, remembered. */
  byTokens(paddedTokens: number): number;
  /** Microseconds over all layers; each request of the batch with that many query tokens more. */
  attention(batch: BatchShape, moreTokens: number): number;
  /** Microseconds over all layers for requests of one token each; contexts in tokens after the step. */
  decodeAttention(requests: number, contextTokens: number, maxContextTokens: number): number;
  /** Microseconds of the output head for that many rows. */
  lmHead(rows: number): number;
  /** Choices that a reader of a result must know. */
  readonly notes: readonly string[];
}

/** The kernels of one model in one deployment, or an error that names the missing measurement. */
export function createForward(options: ForwardOptions): Forward {
  const { kernels } = options;
  const shape = rankShape(options.model, options.tensorParallelSize);
  const linear = gemmTable(kernels, options.quantization);
  const reduce = allReduce(kernels, shape.ranks);
  const padded = paddingTable(options.cudagraphCaptureSizes);
  const bf16 = gemmTable(kernels, 'bf16').coefficients;
  const gemm = (tokens: number) => shape.layers * layerGemmsUs(options, shape, linear.coefficients, tokens);
  const small = (tokens: number) => shape.layers * smallKernelsUs(kernels, shape, linear.quantizationKernels, tokens);
  const reduction = (tokens: number) => 2 * shape.layers * reduce.us(tokens * shape.hidden * 2);
  return {
    shape,
    pad: (tokens) => (tokens < padded.length ? padded[tokens]! : tokens),
    gemm,
    smallKernels: small,
    allReduce: reduction,
    byTokens: memoize((tokens) => gemm(tokens) + small(tokens) + reduction(tokens)),
    ...attentionOf(options, shape),
    lmHead: (rows) => lmHeadUs(kernels, bf16, shape, rows),
    notes: [...linear.notes, ...reduce.notes],
  };
}

/** The four matrix multiplications of one layer. */
function layerGemmsUs(
  { kernels, attentionInputs = 1 }: ForwardOptions,
  shape: RankShape,
  coefficients: GemmCoefficients,
  tokens: number,
): number {
  const { hidden, intermediate, heads, kvHeads, headDim } = shape;
  const us = (columns: number, rows: number) => gemmUs(coefficients, kernels.bandwidthTbs, tokens, columns, rows);
  return (
    us((heads + 2 * kvHeads) * headDim, attentionInputs * hidden) +
    us(hidden, heads * headDim) +
    us(2 * intermediate, hidden) +
    us(hidden, intermediate)
  );
}

/** Attention over all layers. */
function attentionOf(options: ForwardOptions, shape: RankShape): Pick<Forward, 'attention' | 'decodeAttention'> {
  const { kernels } = options;
  const { layers } = shape;
  const decode = decodeAttention(kernels, variant(options, kernels.attentionDecode), shape);
  const prefill: PrefillAttention =
    kernels.serialPrefill === null
      ? fittedPrefill(kernels, variant(options, kernels.attentionPrefill), shape)
      : serialPrefill(kernels, kernels.serialPrefill, shape);
  const decodesUs = (batch: BatchShape, more: number) => {
    const { decodes, decodeTokens, decodeContextTokens } = batch;
    const context = decodeContextTokens + more * decodes;
    const longest = batch.decodeMaxContextTokens + more;
    // (tokens + more) * (context + more), summed over the decodes.
    const pairs = batch.decodeQueryContextTokens + more * (decodeContextTokens + decodeTokens + more * decodes);
    return (
      decodeVariableUs(decode, decodes, context, decodes === 0 ? 0 : longest) +
      decode.perMoreQueryUs * (decodeTokens + more * decodes - decodes) +
      decode.perMoreQueryContextUs * (pairs - context)
    );
  };
  return {
    attention: (batch, more) => {
      const decodes = decodesUs(batch, more);
      const chunks = batch.chunkTokens.length;
      const ungrouped = chunks > 0 || more > 0 || batch.decodeTokens > batch.decodes;
      const variable = ungrouped ? decode.mixedFactor * decodes : decodes;
      if (chunks === 0) return layers * (decode.constantUs + variable);
      let us = prefill.constantUs + variable;
      for (let i = 0; i < chunks; i++) us += prefill.chunkUs(batch.chunkTokens[i]! + more, batch.chunkCachedTokens[i]!);
      return layers * us;
    },
    decodeAttention: (requests, contextTokens, maxContextTokens) =>
      layers * (decode.constantUs + decodeVariableUs(decode, requests, contextTokens, maxContextTokens)),
  };
}

/** The attention table for the model's head size and the cache's precision. */
function variant(
  { model, kernels, kvCacheDtype }: ForwardOptions,
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

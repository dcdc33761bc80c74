/**
 * How long one engine step takes on the GPU: the sum of its kernels, each a formula fitted to public measurements, plus
 * a constant for what no kernel table holds (median of 0.3 ms left over on 419 public serving points of H100, H200 and
 * B200, github.com/ai-dynamo/aiconfigurator and InferenceMAX). Nothing here is fitted to the run being predicted.
 *
 *     step = layers * (GEMMs + small kernels + 2 all-reduces)(padded tokens)
 *          + layers * attention(decodes, contexts, chunks) + (output head + sampler)(requests) + overhead
 *
 * The first and the last sum are functions of one integer and remembered; attention is affine in integers, so a step of
 * decodes only is a function of the five integers of its shape, and both engine paths get the same time to the bit.
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
import { lmHeadUs, samplerUs } from './sampler.ts';
import { smallKernelsUs } from './small-kernels.ts';

export interface StepTimeOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly kernels: KernelCoefficients;
  readonly tensorParallelSize: number;
  readonly quantization: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  /** Ascending; empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** Added to every step, microseconds; default of the configuration 300. */
  readonly stepOverheadUs: number;
}

/** Microseconds of one step by purpose, unrounded. */
export interface StepParts {
  readonly gemm: number;
  readonly attention: number;
  readonly smallKernels: number;
  readonly allReduce: number;
  readonly lmHead: number;
  readonly sampler: number;
  readonly overhead: number;
}

export interface StepTime {
  /** Duration of a step in whole microseconds, >= 1. */
  durationUs(shape: BatchShape): number;
  /** The same, by purpose; the parts add up to the duration before rounding. */
  parts(shape: BatchShape): StepParts;
  /** Estimates and choices that a reader of a result must know. */
  readonly notes: readonly string[];
}

/** Builds the step-time function of one deployment, or says which measurement is missing. */
export function createStepTime(options: StepTimeOptions): StepTime {
  const { kernels, stepOverheadUs } = options;
  const shape = rankShape(options.model, options.tensorParallelSize);
  const linear = gemmTable(kernels, options.quantization);
  const reduce = allReduce(kernels, shape.ranks);
  const attention = attentionOfSteps(options, shape);
  const padded = paddingTable(options.cudagraphCaptureSizes);
  const bf16 = gemmTable(kernels, 'bf16').coefficients;

  const pad = (tokens: number) => (tokens < padded.length ? padded[tokens]! : tokens);
  const gemm = (tokens: number) => shape.layers * layerGemmsUs(options, shape, linear.coefficients, tokens);
  const small = (tokens: number) => shape.layers * smallKernelsUs(kernels, shape, linear.quantizationKernels, tokens);
  const reduction = (tokens: number) => 2 * shape.layers * reduce.us(tokens * shape.hidden * 2);
  const head = (requests: number) => lmHeadUs(kernels, bf16, shape, requests);
  const sampler = (requests: number) => samplerUs(kernels, shape, requests);
  const byTokens = memoize((tokens) => gemm(tokens) + small(tokens) + reduction(tokens));
  const byRequests = memoize((requests) => head(requests) + sampler(requests));

  return {
    durationUs: (batch) => {
      const kernelsUs = byTokens(pad(batch.scheduledTokens)) + byRequests(batch.scheduledRequests);
      return Math.max(1, Math.round(kernelsUs + shape.layers * attention(batch) + stepOverheadUs));
    },
    parts: (batch) => {
      const tokens = pad(batch.scheduledTokens);
      return {
        gemm: gemm(tokens),
        attention: shape.layers * attention(batch),
        smallKernels: small(tokens),
        allReduce: reduction(tokens),
        lmHead: head(batch.scheduledRequests),
        sampler: sampler(batch.scheduledRequests),
        overhead: stepOverheadUs,
      };
    },
    notes: notesOf(options, [...linear.notes, ...reduce.notes]),
  };
}

/** The four matrix multiplications of one layer. */
function layerGemmsUs(
  { kernels }: StepTimeOptions,
  shape: RankShape,
  coefficients: GemmCoefficients,
  tokens: number,
): number {
  const { hidden, intermediate, heads, kvHeads, headDim } = shape;
  const us = (columns: number, rows: number) => gemmUs(coefficients, kernels.bandwidthTbs, tokens, columns, rows);
  return (
    us((heads + 2 * kvHeads) * headDim, hidden) +
    us(hidden, heads * headDim) +
    us(2 * intermediate, hidden) +
    us(hidden, intermediate)
  );
}

/** Microseconds of attention in one layer, for any batch. */
function attentionOfSteps(options: StepTimeOptions, shape: RankShape): (batch: BatchShape) => number {
  const { kernels } = options;
  const decode = decodeAttention(kernels, variant(options, kernels.attentionDecode), shape);
  const prefill: PrefillAttention =
    kernels.serialPrefill === null
      ? fittedPrefill(kernels, variant(options, kernels.attentionPrefill), shape)
      : serialPrefill(kernels, kernels.serialPrefill, shape);
  return (batch) => {
    const decodes = decodeVariableUs(decode, batch.decodes, batch.decodeContextTokens, batch.decodeMaxContextTokens);
    const chunks = batch.chunkTokens.length;
    if (chunks === 0) return decode.constantUs + decodes;
    let us = prefill.constantUs + decode.mixedFactor * decodes;
    for (let i = 0; i < chunks; i++) us += prefill.chunkUs(batch.chunkTokens[i]!, batch.chunkCachedTokens[i]!);
    return us;
  };
}

/** The attention table for the model's head size and the cache's precision. */
function variant(
  { model, kernels, kvCacheDtype }: StepTimeOptions,
  tables: Readonly<Record<string, AttentionCoefficients>>,
): AttentionCoefficients {
  const precision = bytesPerKvElement(kvCacheDtype) === 1 ? 'fp8' : 'bf16';
  const table = tables[`kv_${precision}_hd${model.headDim}`];
  if (table !== undefined) return table;
  const measured = Object.keys(tables).map((name) => name.replace('kv_', '').replace('_hd', ' with head size '));
  throw new InputError(
    `no measured attention with ${precision} KV cache and head size ${model.headDim} on ${kernels.gpu}. ` +
      `Measured there: ${measured.join(', ')}.`,
  );
}

function notesOf(options: StepTimeOptions, notes: readonly string[]): string[] {
  const all = [...notes];
  if (options.kernels.note !== '') all.push(`${options.kernels.gpu}: ${options.kernels.note}`);
  if (options.cudagraphCaptureSizes.length === 0) {
    all.push(
      'without CUDA graphs the CPU launches every kernel; that time is not measured, so small batches are too fast',
    );
  }
  return all;
}

/**
 * One pass of a model, or of a stretch of its layers, through its layers: the kernels of a layer, times the layers, for
 * the tokens of a step. The target makes one such pass a step; a drafter of the same kind makes several. Functions of one
 * integer are remembered.
 */

import { sharesTokens } from '../catalog/expert-share.ts';
import type { Model } from '../catalog/model.ts';
import { wholeModel } from '../catalog/stages.ts';
import { allReduce } from './all-reduce.ts';
import { type Attention, type AttentionOptions, groupedAttention } from './attention.ts';
import { paddingTable } from './cuda-graph.ts';
import { denseUs, type ExpertLayer, expertLayer, type FeedForwardOptions } from './feed-forward.ts';
import { gemmUs } from './gemm.ts';
import { type GemmTable, gemmTable } from './gemm-table.ts';
import { type LayerMix, stageMix } from './layer-mix.ts';
import type { Interconnect } from './link.ts';
import { memoize } from './memo.ts';
import { latentAttention } from './mla.ts';
import { linearPrecision } from './precision.ts';
import { type RankShape, rankShape } from './rank-shape.ts';
import { lmHeadUs } from './sampler.ts';
import { type SmallKernels, smallKernelsUs } from './small-kernels.ts';

export interface ForwardOptions extends FeedForwardOptions, AttentionOptions {
  /** null: the link of the data sheet, or the default way over PCIe. */
  readonly interconnect: Interconnect | null;
  /** Ascending; empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** Hidden states that query, key and value are made of, side by side; default 1. */
  readonly attentionInputs?: number;
}

/** Microseconds over all layers of the stretch. Tokens are padded ones. */
export interface Forward {
  readonly shape: RankShape;
  readonly mix: LayerMix;
  /** The token count that a batch of that many tokens costs as much as. */
  pad(tokens: number): number;
  /** Whether a CUDA graph holds that many tokens. */
  inGraph(tokens: number): boolean;
  /** Projections, dense and shared feed-forward layers (these as far as routed experts do not hide them), routers. */
  gemm(tokens: number): number;
  /** Routed experts. */
  experts(tokens: number): number;
  smallKernels(tokens: number): number;
  allReduce(tokens: number): number;
  /** The sum of the last four, remembered. */
  byTokens(paddedTokens: number): number;
  /** That sum without routed and shared experts, remembered. */
  besideExperts(paddedTokens: number): number;
  readonly attention: Attention;
  /** The experts of one layer; null in a model without. */
  readonly expertLayer: ExpertLayer | null;
  /** Of the output head for that many rows. */
  lmHead(rows: number): number;
  /** Choices that a reader of a result must know. */
  readonly notes: readonly string[];
}

/** The kernels of one model in one deployment, or an error that names the missing measurement. */
export function createForward(options: ForwardOptions, mix: LayerMix = wholeMix(options.model)): Forward {
  const { kernels, model } = options;
  const shape = rankShape(model, options.tensorParallelSize);
  const linear = gemmTable(kernels, linearPrecision(model, options.quantization));
  const padded = paddingTable(options.cudagraphCaptureSizes);
  const inGraph = (tokens: number) => tokens < padded.length;
  const bf16 = gemmTable(kernels, 'bf16').coefficients;
  const experts = model.moe === null ? null : expertLayer(options, model.moe);
  const plainGemm = plainGemms(options, shape, linear, mix, experts);
  const small = smallKernels(options, shape, linear, mix, experts);
  const reduction = reductions(options, mix, inGraph);
  const routed = (tokens: number) => (experts === null ? 0 : mix.withExperts * experts.routed(tokens));
  const shared = (tokens: number) =>
    experts === null ? 0 : mix.withExperts * experts.sharedBeyond(tokens, experts.routed(tokens));
  const besideExperts = memoize((tokens) => plainGemm(tokens) + small(tokens) + reduction.us(tokens));
  const attention = attentionOf(options, shape, mix);
  return {
    ...{ shape, mix, inGraph, attention, besideExperts },
    pad: (tokens) => (inGraph(tokens) ? padded[tokens]! : tokens),
    gemm: (tokens) => plainGemm(tokens) + shared(tokens),
    experts: routed,
    smallKernels: small,
    allReduce: reduction.us,
    byTokens: memoize((tokens) => besideExperts(tokens) + shared(tokens) + routed(tokens)),
    expertLayer: experts,
    lmHead: (rows) => lmHeadUs(kernels, bf16, shape, rows),
    notes: [...linear.notes, ...attention.notes, ...(experts?.notes ?? []), ...reduction.notes],
  };
}

function attentionOf(options: ForwardOptions, shape: RankShape, mix: LayerMix): Attention {
  const { model, quantization } = options;
  if (model.latentAttention === null) return groupedAttention(options, shape, mix);
  const precision = linearPrecision(model, quantization);
  return latentAttention({ ...options, precision, heads: shape.heads }, mix.layers);
}

/** Sums over the tensor-parallel ranks: two a layer. */
function reductions(options: ForwardOptions, mix: LayerMix, inGraph: (tokens: number) => boolean) {
  const { kernels, model, tensorParallelSize, interconnect } = options;
  const reduce = allReduce(kernels, tensorParallelSize, interconnect);
  // Ranks that share the tokens of a layer with experts gather its results instead of summing them.
  const count = 2 * mix.layers - (sharesTokens(options) ? mix.withExperts : 0);
  return {
    us: (tokens: number) => count * reduce.us(tokens * model.hidden * 2, inGraph(tokens)),
    notes: reduce.notes,
  };
}

function wholeMix(model: Model): LayerMix {
  return stageMix(model, wholeModel(model));
}

/** Matrix products but for those of shared experts. */
function plainGemms(
  options: ForwardOptions,
  shape: RankShape,
  { coefficients }: GemmTable,
  { layers, withExperts }: LayerMix,
  experts: ExpertLayer | null,
): (tokens: number) => number {
  const { kernels, model, attentionInputs = 1 } = options;
  const { hidden, heads, kvHeads, headDim } = shape;
  const dense = denseUs(options, shape.intermediate);
  const projections = (tokens: number) =>
    gemmUs(coefficients, kernels.bandwidthTbs, tokens, (heads + 2 * kvHeads) * headDim, attentionInputs * hidden) +
    gemmUs(coefficients, kernels.bandwidthTbs, tokens, hidden, heads * headDim);
  return (tokens) =>
    // The tables of latent attention hold its projections.
    (model.latentAttention === null ? layers * projections(tokens) : 0) +
    (layers === withExperts ? 0 : (layers - withExperts) * dense(tokens)) +
    (experts === null ? 0 : withExperts * experts.router(tokens));
}

/** Small kernels of dense layers and of those with experts. */
function smallKernels(
  { model, kernels }: ForwardOptions,
  shape: RankShape,
  { quantizationKernels }: GemmTable,
  { layers, withExperts }: LayerMix,
  experts: ExpertLayer | null,
): (tokens: number) => number {
  const grouped = model.latentAttention === null;
  const attention = grouped ? quantizationKernels.attention : 0;
  const common = { norms: model.normsPerLayer, rotaryAndWrite: grouped };
  const dense: SmallKernels = {
    ...common,
    ...{ activation: shape.intermediate, routes: false, addsShared: false },
    quantization: attention + quantizationKernels.feedForward,
  };
  const sharedWidth = experts?.sharedWidth ?? 0;
  const sparse: SmallKernels = {
    ...common,
    ...{ activation: sharedWidth, routes: true, addsShared: sharedWidth > 0 },
    quantization: attention + (sharedWidth > 0 ? quantizationKernels.feedForward : 0),
  };
  return (tokens) =>
    (layers === withExperts ? 0 : (layers - withExperts) * smallKernelsUs(kernels, shape, dense, tokens)) +
    (withExperts === 0 ? 0 : withExperts * smallKernelsUs(kernels, shape, sparse, tokens));
}

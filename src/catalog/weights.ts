/**
 * How much of a GPU's memory the weights take, after vLLM's tensor parallelism has cut them: query, key, value and
 * feed-forward matrices by heads and columns, experts as `expert-share.ts` says, embedding and output head by vocabulary.
 * On every rank whole: norms, routers, the projections of MLA into its latent space. With more ranks than key/value heads
 * each rank keeps a copy of one head. A stage of a pipeline holds its layers; the first one also the embedding, the last
 * one the output head, of which the embedding is a copy where the two are one matrix.
 */
import { InputError } from '../core/input-error.ts';
import { type ExpertRanks, expertShare, sharesTokens } from './expert-share.ts';
import type { Model } from './model.ts';
import { bytesPerWeight, type Quantization } from './quantization.ts';
import { isFirst, isLast, type Stage, wholeModel } from './stages.ts';

/** vLLM pads the vocabulary to a multiple of this before it is cut. */
const VOCABULARY_PADDING = 64;

const BF16_BYTES = 2;

/**
 * Kernels for MXFP4 experts want these multiples of the hidden size and of an expert's width on a rank. Triton's on
 * Hopper: with them gpt-oss-120b takes 64.5 GiB; a server of vLLM 0.14 on H100 printed 64.38 GiB (github.com/vllm-project/vllm/issues/33155).
 */
const MXFP4_PADDING = { hidden: 256, width: 64 };

/** Key/value heads a rank holds: `max(1, heads / tp)`. */
export function kvHeadsPerRank(model: Model, tensorParallelSize: number): number {
  return Math.max(1, Math.floor(model.kvHeads / tensorParallelSize));
}

/** Rows of the embedding and of the output head on one rank. */
export function vocabPerRank(model: Model, tensorParallelSize: number): number {
  return Math.ceil(model.vocab / VOCABULARY_PADDING) * (VOCABULARY_PADDING / tensorParallelSize);
}

/** Whether vLLM can cut the model into that many ranks; experts are spread over `spread` (default: no more ranks). */
export function dividesInto(model: Model, tensorParallelSize: number, spread: ExpertSpread = ONE_ENGINE): boolean {
  const tp = tensorParallelSize;
  const { heads, kvHeads } = model;
  if (!Number.isInteger(tp) || tp < 1 || VOCABULARY_PADDING % tp !== 0) return false;
  if (heads % tp !== 0 || (kvHeads % tp !== 0 && tp % kvHeads !== 0)) return false;
  return cutWidths(model, { ...spread, tensorParallelSize: tp }).every(({ width, parts }) => width % parts === 0);
}

/** Refuses a tensor or data parallel size that vLLM refuses for this model. */
export function checkTensorParallelSize(
  model: Model,
  tensorParallelSize: number,
  where: string,
  spread: ExpertSpread = ONE_ENGINE,
): void {
  if (dividesInto(model, tensorParallelSize, spread)) return;
  const widths = cutWidths(model, { ...spread, tensorParallelSize: 1 }).map(({ width }) => width);
  const sizes = `${model.heads} query heads, ${model.kvHeads} KV heads, intermediate size ${[...new Set(widths)].join(' and ')}`;
  const possible = [1, 2, 4, 8, 16].filter((n) => dividesInto(model, n, spread));
  const times = spread.dataParallelSize === 1 ? '' : ` with data_parallel_size ${spread.dataParallelSize}`;
  const remedy =
    possible.length === 0
      ? 'Use a smaller data_parallel_size, or enable_expert_parallel, which leaves experts whole'
      : `Use one of ${possible.join(', ')}`;
  throw new InputError(
    `${where}: tensor_parallel_size ${tensorParallelSize}${times} does not divide ${model.id} (${sizes}). ${remedy}.`,
  );
}

/** Widths of feed-forward layers that are cut, and into how many parts. */
function cutWidths({ intermediate, moe }: Model, ranks: ExpertRanks): { width: number; parts: number }[] {
  const { tensorParallelSize: tp, dataParallelSize: dp } = ranks;
  if (moe === null) return [{ width: intermediate, parts: tp }];
  return [
    ...(moe.denseLayers > 0 ? [{ width: intermediate, parts: tp }] : []),
    ...(ranks.expertParallel ? [] : [{ width: moe.intermediate, parts: tp * dp }]),
    ...(sharesTokens(ranks) ? [] : [{ width: moe.sharedIntermediate, parts: tp }]),
  ].filter(({ width }) => width > 0);
}

/** Weights on one rank: those that a quantised checkpoint stores in its precision, and the rest, in bf16. */
interface RankWeights {
  /** In attention and dense feed-forward layers. */
  readonly linear: number;
  readonly experts: number;
  readonly bf16: number;
}

/** Of how many engines the experts of a layer are spread over the ranks, and how. */
export type ExpertSpread = Omit<ExpertRanks, 'tensorParallelSize'>;

/** A server of one engine that cuts every expert. */
export const ONE_ENGINE: ExpertSpread = { dataParallelSize: 1, expertParallel: false };

/** Bytes of weights on one rank of a stage (default: the whole model). */
export function weightBytesPerGpu(
  model: Model,
  quantization: Quantization,
  tensorParallelSize: number,
  spread: ExpertSpread = ONE_ENGINE,
  stage: Stage = wholeModel(model),
): number {
  const ranks = { ...spread, tensorParallelSize };
  const onStage = { ...model, layers: stage.end - stage.first };
  const attention = attentionWeights(onStage, quantization, tensorParallelSize);
  const feedForward = feedForwardWeights(model, quantization, ranks, stage);
  const { linear, experts, bf16 } = {
    linear: attention.linear + feedForward.linear,
    experts: feedForward.experts,
    bf16: attention.bf16 + feedForward.bf16 + otherWeights(onStage, tensorParallelSize, stage),
  };
  // MXFP4 checkpoints of models with experts store only these in it.
  const linearPrecision = quantization === 'mxfp4' && model.moe !== null ? 'bf16' : quantization;
  return Math.ceil(
    linear * bytesPerWeight(linearPrecision) + experts * bytesPerWeight(quantization) + bf16 * BF16_BYTES,
  );
}

function attentionWeights(model: Model, quantization: Quantization, tp: number): RankWeights {
  const { hidden, headDim, layers } = model;
  const heads = model.heads / tp;
  if (model.latentAttention !== null) return latentAttentionWeights(model, quantization, heads);
  const qkvColumns = (heads + 2 * kvHeadsPerRank(model, tp)) * headDim;
  const biases = (model.attentionBias === 'none' ? 0 : qkvColumns) + (model.attentionBias === 'all' ? hidden : 0);
  const perHead = (model.qkNorm ? 2 * headDim : 0) + (model.attentionSinks ? heads : 0);
  const linear = layers * (hidden * qkvColumns + heads * headDim * hidden);
  return { linear, experts: 0, bf16: layers * (biases + perHead) };
}

function latentAttentionWeights(model: Model, quantization: Quantization, heads: number): RankWeights {
  const { hidden, layers } = model;
  const { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim } = model.latentAttention!;
  const down = hidden * (qLoraRank + kvLoraRank + qkRopeHeadDim);
  const query = (qLoraRank === 0 ? hidden : qLoraRank) * heads * (qkNopeHeadDim + qkRopeHeadDim);
  const keysAndValues = kvLoraRank * heads * (qkNopeHeadDim + vHeadDim);
  const linear = layers * (down + query + keysAndValues + heads * vHeadDim * hidden);
  // Decoding multiplies by the keys' and values' matrix split up in bf16; only an unquantised one serves as it is.
  const split = quantization === 'bf16' ? 0 : keysAndValues;
  return { linear, experts: 0, bf16: layers * (split + qLoraRank + kvLoraRank) };
}

function feedForwardWeights(model: Model, quantization: Quantization, ranks: ExpertRanks, stage: Stage): RankWeights {
  const { hidden, intermediate, moe } = model;
  const layers = stage.end - stage.first;
  const dense = (3 * hidden * intermediate) / ranks.tensorParallelSize;
  if (moe === null) return { linear: layers * dense, experts: 0, bf16: 0 };
  const denseLayers = Math.max(0, Math.min(moe.denseLayers, stage.end) - stage.first);
  const sparseLayers = layers - denseLayers;
  const { experts, width, sharedWidth } = expertShare(moe, ranks);
  const biases = moe.expertBias ? experts * (2 * width + hidden) : 0;
  const router = hidden * moe.experts + (moe.routerBias ? moe.experts : 0);
  return {
    linear: denseLayers * dense + sparseLayers * 3 * hidden * sharedWidth,
    experts: sparseLayers * experts * expertWeights(hidden, width, quantization),
    bf16: sparseLayers * (router + biases),
  };
}

function expertWeights(hidden: number, width: number, quantization: Quantization): number {
  if (quantization !== 'mxfp4') return 3 * hidden * width;
  const padded = (size: number, multiple: number) => Math.ceil(size / multiple) * multiple;
  return 3 * padded(hidden, MXFP4_PADDING.hidden) * padded(width, MXFP4_PADDING.width);
}

/** Norms, embedding, output head, vision encoder; the encoder stands before the first layer. */
function otherWeights(model: Model, tp: number, stage: Stage): number {
  const norms = (model.layers * model.normsPerLayer + (isLast(stage) ? 1 : 0)) * model.hidden;
  const embeddings = (isFirst(stage) ? 1 : 0) + (isLast(stage) && !(model.tiedEmbeddings && isFirst(stage)) ? 1 : 0);
  const vocabulary = vocabPerRank(model, tp) * model.hidden * embeddings;
  return norms + vocabulary + (isFirst(stage) ? model.visionParameters / tp : 0);
}

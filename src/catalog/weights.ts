/**
 * How much of a GPU's memory the weights take, after vLLM's tensor parallelism has cut them: query, key, value and
 * feed-forward matrices by heads and columns, every expert by its width, embedding and output head by vocabulary. On
 * every rank whole: norms, routers, the projections of MLA into its latent space. With more ranks than key/value heads
 * each rank keeps a copy of one head.
 */
import { InputError } from '../core/input-error.ts';
import type { Model } from './model.ts';
import { bytesPerWeight, type Quantization } from './quantization.ts';

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

/** Whether vLLM can cut the model into that many ranks. */
export function dividesInto(model: Model, tensorParallelSize: number): boolean {
  const tp = tensorParallelSize;
  const { heads, kvHeads } = model;
  if (!Number.isInteger(tp) || tp < 1 || VOCABULARY_PADDING % tp !== 0) return false;
  const widths = feedForwardWidths(model).every((width) => width % tp === 0);
  return heads % tp === 0 && (kvHeads % tp === 0 || tp % kvHeads === 0) && widths;
}

/** Refuses a tensor parallel size that vLLM refuses for this model. */
export function checkTensorParallelSize(model: Model, tensorParallelSize: number, where: string): void {
  if (dividesInto(model, tensorParallelSize)) return;
  const possible = [1, 2, 4, 8, 16].filter((n) => dividesInto(model, n));
  throw new InputError(
    `${where}: tensor_parallel_size ${tensorParallelSize} does not divide ${model.id} (${model.heads} query heads, ` +
      `${model.kvHeads} KV heads, intermediate size ${feedForwardWidths(model).join(' and ')}). ` +
      `Use one of ${possible.join(', ')}.`,
  );
}

function feedForwardWidths({ intermediate, moe }: Model): number[] {
  if (moe === null) return [intermediate];
  const dense = moe.denseLayers > 0 ? [intermediate] : [];
  return [...new Set([...dense, moe.intermediate, moe.sharedIntermediate])].filter((width) => width > 0);
}

/** Weights on one rank: those that a quantised checkpoint stores in its precision, and the rest, in bf16. */
interface RankWeights {
  /** In attention and dense feed-forward layers. */
  readonly linear: number;
  readonly experts: number;
  readonly bf16: number;
}

/** Bytes of weights on one rank. */
export function weightBytesPerGpu(model: Model, quantization: Quantization, tensorParallelSize: number): number {
  const attention = attentionWeights(model, quantization, tensorParallelSize);
  const feedForward = feedForwardWeights(model, quantization, tensorParallelSize);
  const { linear, experts, bf16 } = {
    linear: attention.linear + feedForward.linear,
    experts: feedForward.experts,
    bf16: attention.bf16 + feedForward.bf16 + otherWeights(model, tensorParallelSize),
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

function feedForwardWeights(model: Model, quantization: Quantization, tp: number): RankWeights {
  const { hidden, intermediate, layers, moe } = model;
  const dense = (3 * hidden * intermediate) / tp;
  if (moe === null) return { linear: layers * dense, experts: 0, bf16: 0 };
  const sparseLayers = layers - moe.denseLayers;
  const width = moe.intermediate / tp;
  const biases = moe.expertBias ? moe.experts * (2 * width + hidden) : 0;
  const router = hidden * moe.experts + (moe.routerBias ? moe.experts : 0);
  return {
    linear: moe.denseLayers * dense + (sparseLayers * 3 * hidden * moe.sharedIntermediate) / tp,
    experts: sparseLayers * moe.experts * expertWeights(hidden, width, quantization),
    bf16: sparseLayers * (router + biases),
  };
}

function expertWeights(hidden: number, width: number, quantization: Quantization): number {
  if (quantization !== 'mxfp4') return 3 * hidden * width;
  const padded = (size: number, multiple: number) => Math.ceil(size / multiple) * multiple;
  return 3 * padded(hidden, MXFP4_PADDING.hidden) * padded(width, MXFP4_PADDING.width);
}

/** Norms, embedding, output head, vision encoder. */
function otherWeights(model: Model, tp: number): number {
  const norms = (model.layers * model.normsPerLayer + 1) * model.hidden;
  const vocabulary = vocabPerRank(model, tp) * model.hidden * (model.tiedEmbeddings ? 1 : 2);
  return norms + vocabulary + model.visionParameters / tp;
}

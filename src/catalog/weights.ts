/**
 * How much of a GPU's memory the weights take, after vLLM's tensor parallelism has cut them: query, key, value and
 * feed-forward matrices by heads and columns, embedding and output head by vocabulary; norms are on every rank. With
 * more ranks than key/value heads each rank keeps a copy of one head.
 */
import { InputError } from '../core/input-error.ts';
import { type Model, parameterCounts } from './model.ts';
import { bytesPerWeight, type Quantization } from './quantization.ts';

/** vLLM pads the vocabulary to a multiple of this before it is cut. */
const VOCABULARY_PADDING = 64;

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
  const { heads, kvHeads, intermediate } = model;
  if (!Number.isInteger(tp) || tp < 1 || VOCABULARY_PADDING % tp !== 0) return false;
  return heads % tp === 0 && (kvHeads % tp === 0 || tp % kvHeads === 0) && intermediate % tp === 0;
}

/** Refuses a tensor parallel size that vLLM refuses for this model. */
export function checkTensorParallelSize(model: Model, tensorParallelSize: number, where: string): void {
  if (dividesInto(model, tensorParallelSize)) return;
  const possible = [1, 2, 4, 8, 16].filter((n) => dividesInto(model, n));
  throw new InputError(
    `${where}: tensor_parallel_size ${tensorParallelSize} does not divide ${model.id} (${model.heads} query heads, ` +
      `${model.kvHeads} KV heads, intermediate size ${model.intermediate}). Use one of ${possible.join(', ')}.`,
  );
}

/** Bytes of weights on one rank of a dense grouped-query model. */
export function weightBytesPerGpu(model: Model, quantization: Quantization, tensorParallelSize: number): number {
  const tp = tensorParallelSize;
  const { hidden, heads, headDim, layers, intermediate } = model;
  const counts = parameterCounts(model);
  const qkvColumns = (heads / tp + 2 * kvHeadsPerRank(model, tp)) * headDim;
  const linearPerLayer = hidden * qkvColumns + (heads / tp) * headDim * hidden + (3 * hidden * intermediate) / tp;
  const biasPerLayer = (model.attentionBias === 'none' ? 0 : qkvColumns) + (model.attentionBias === 'all' ? hidden : 0);
  const headNorms = model.qkNorm ? 2 * headDim : 0;
  const bf16PerRank =
    layers * (biasPerLayer + headNorms) +
    counts.norms +
    vocabPerRank(model, tp) * hidden * (model.tiedEmbeddings ? 1 : 2);
  return Math.ceil(layers * linearPerLayer * bytesPerWeight(quantization) + bf16PerRank * 2);
}

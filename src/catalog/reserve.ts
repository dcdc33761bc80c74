/**
 * Memory of a GPU that vLLM 0.33 keeps for neither weights nor KV cache (`Worker.determine_available_memory`): what its
 * profiling run finds at the peak, plus its own estimate for CUDA graphs. An estimate here; a server prints the result.
 *
 * The peak is the largest of three moments: compiling, the widest layer, and the sampler, which the run drives with
 * `max_num_seqs` rows. Compiling is inferred, not read from vLLM: one more embedding and two activations of every token,
 * as benchmarking the first fused kernel on operands of its own would take, explain all the counts below. A server that
 * finds its compiled kernels in a cache would skip it and get a little more KV memory. The sampler also holds a count of
 * every token of the vocabulary for every slot. Ranks that share experts gather the tokens of all of them first.
 *
 * The constants were set on eleven block counts that servers printed (github.com/inference-sim/inference-sim,
 * Apache-2.0, ten on H100; github.com/casys-kaist/LLMServingSim, MIT, one on RTX 4090), vLLM 0.15 and 0.19, and on the
 * graph estimates in two public start-up logs: Qwen2.5-7B on a 44 GiB GPU, vLLM 0.22 (0.37 GiB, 35 + 19 graphs), and
 * Qwen3-8B on a 24 GB GPU, vLLM 0.21 or later (0.52 GiB, 51 + 35 graphs). What 0.33 adds was read from its source; no
 * server of 0.33 was measured. All these models are dense; docs/MEMORY.md says how far off others are.
 */
import { type ExpertRanks, expertShare } from './expert-share.ts';
import type { Model } from './model.ts';
import { isFirst, isLast, type Stage } from './stages.ts';
import { vocabPerRank } from './weights.ts';

/** Whole bytes on one GPU, by purpose. */
export interface Reserve {
  /** CUDA libraries, their work space and what the allocator cannot use. */
  readonly runtimeBytes: number;
  /** NCCL and custom all-reduce buffers; 0 on one GPU. */
  readonly communicationBytes: number;
  /** Sines and cosines of every position the model knows, in bf16, whatever `max_model_len`. */
  readonly rotaryBytes: number;
  /** Peak of the profiling run. */
  readonly activationBytes: number;
  /** Token counts that the sampler keeps for penalties, whether used or not. */
  readonly samplerBytes: number;
  /** vLLM's own estimate for CUDA graphs, taken off by default since 0.21; 0 with `enforce_eager`. */
  readonly cudaGraphBytes: number;
}

export interface ReserveOptions extends ExpertRanks {
  readonly model: Model;
  /** Of the pipeline; the whole model where there is none. Logits and the sampler are on the last one. */
  readonly stage: Stage;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
}

const MIB = 2 ** 20;
const RUNTIME_BYTES = 102 * MIB;
const COMMUNICATION_BYTES = 512 * MIB;
/** A logit in bf16, its fp32 copy, and its probability. */
const SAMPLING_BYTES_PER_LOGIT = 2 + 4 + 4;
/** A 32-bit count of the outputs and one bit for the prompt. */
const PENALTY_BYTES_PER_LOGIT = 4 + 1 / 8;
const FIRST_GRAPH_BYTES = 205 * MIB;
/** A layer of a recorded graph. */
const GRAPH_BYTES_PER_LAYER = 115_000;

/** Estimates the reserve. */
export function estimateReserve(options: ReserveOptions): Reserve {
  const { model, stage, maxNumSeqs } = options;
  return {
    runtimeBytes: RUNTIME_BYTES,
    communicationBytes: talksToOthers(options) ? COMMUNICATION_BYTES : 0,
    rotaryBytes: model.maxModelLen * (model.latentAttention?.qkRopeHeadDim ?? model.headDim) * 2,
    activationBytes: Math.ceil(peakActivationBytes(options)),
    samplerBytes: isLast(stage) ? Math.ceil(maxNumSeqs * model.vocab * PENALTY_BYTES_PER_LOGIT) : 0,
    cudaGraphBytes: Math.ceil(cudaGraphBytes(options)),
  };
}

/** Sum of all parts, bytes. */
export function reserveBytes(reserve: Reserve): number {
  return Object.values(reserve).reduce((sum, bytes) => sum + bytes, 0);
}

function talksToOthers({ model, stage, tensorParallelSize, dataParallelSize }: ReserveOptions): boolean {
  return tensorParallelSize > 1 || stage.of > 1 || (model.moe !== null && dataParallelSize > 1);
}

function peakActivationBytes(options: ReserveOptions): number {
  const { model, stage, tensorParallelSize: tp, maxNumSeqs, maxNumBatchedTokens } = options;
  // Two tensors of bf16: the residual stream and the input or output of the layer at hand.
  const stream = maxNumBatchedTokens * 2 * model.hidden * 2;
  const embedding = isFirst(stage) || isLast(stage) ? vocabPerRank(model, tp) * model.hidden * 2 : 0;
  const widestLayer = stream + maxNumBatchedTokens * feedForwardElements(options) * 2;
  const sampledRows = isLast(stage) ? Math.min(maxNumSeqs, maxNumBatchedTokens) : 0;
  const sampling = stream + sampledRows * model.vocab * SAMPLING_BYTES_PER_LOGIT;
  return Math.max(stream + embedding, widestLayer, sampling);
}

/**
 * Elements that a token takes in the feed-forward layer: gate, up and their product; with experts the two work spaces
 * of vLLM's fused kernel, a row of each for every expert of the token, as wide as the layer's inputs or its results.
 */
function feedForwardElements(options: ReserveOptions): number {
  const { hidden, intermediate, moe } = options.model;
  const dense = (3 * intermediate) / options.tensorParallelSize;
  if (moe === null) return dense;
  const { width, sharedWidth } = expertShare(moe, options);
  const perToken = moe.expertsPerToken * (Math.max(2 * width, hidden) + Math.max(width, hidden));
  const sparse = options.dataParallelSize * perToken + 3 * sharedWidth;
  return moe.denseLayers > 0 ? Math.max(dense, sparse) : sparse;
}

/** Every size is recorded once in pieces for mixed batches, and once whole if all slots of that many can decode. */
function cudaGraphBytes({ stage, maxNumSeqs, cudagraphCaptureSizes }: ReserveOptions): number {
  const pieces = cudagraphCaptureSizes.length;
  if (pieces === 0) return 0;
  const whole = cudagraphCaptureSizes.filter((size) => size <= maxNumSeqs).length;
  return FIRST_GRAPH_BYTES + (pieces + whole) * (stage.end - stage.first) * GRAPH_BYTES_PER_LAYER;
}

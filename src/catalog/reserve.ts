/**
 * Memory of a GPU that vLLM 0.33 keeps for neither weights nor KV cache (`Worker.determine_available_memory`): what its
 * profiling run finds at the peak, plus its own estimate for CUDA graphs. An estimate here; a server prints the result.
 *
 * The peak is the largest of three moments: compiling, the widest layer, and the sampler, which the run drives with
 * `max_num_seqs` rows. Compiling is inferred, not read from vLLM: one more embedding and two activations of every token,
 * as benchmarking the first fused kernel on operands of its own would take, explain all the counts below. A server that
 * finds its compiled kernels in a cache would skip it and get a little more KV memory. The sampler also holds a count of
 * every token of the vocabulary for every slot.
 *
 * The constants were set on eleven block counts that servers printed (github.com/inference-sim/inference-sim,
 * Apache-2.0, ten on H100; github.com/casys-kaist/LLMServingSim, MIT, one on RTX 4090), vLLM 0.15 and 0.19, and on the
 * graph estimates in two public start-up logs: Qwen2.5-7B on a 44 GiB GPU, vLLM 0.22 (0.37 GiB, 35 + 19 graphs), and
 * Qwen3-8B on a 24 GB GPU, vLLM 0.21 or later (0.52 GiB, 51 + 35 graphs). What 0.33 adds was read from its source; no
 * server of 0.33 was measured. All these models are dense; docs/MEMORY.md says how far off others are.
 */
import type { Model } from './model.ts';
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

export interface ReserveOptions {
  readonly model: Model;
  readonly tensorParallelSize: number;
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
  const { model, tensorParallelSize, maxNumSeqs } = options;
  return {
    runtimeBytes: RUNTIME_BYTES,
    communicationBytes: tensorParallelSize > 1 ? COMMUNICATION_BYTES : 0,
    rotaryBytes: model.maxModelLen * (model.latentAttention?.qkRopeHeadDim ?? model.headDim) * 2,
    activationBytes: Math.ceil(peakActivationBytes(options)),
    samplerBytes: Math.ceil(maxNumSeqs * model.vocab * PENALTY_BYTES_PER_LOGIT),
    cudaGraphBytes: Math.ceil(cudaGraphBytes(options)),
  };
}

/** Sum of all parts, bytes. */
export function reserveBytes(reserve: Reserve): number {
  return Object.values(reserve).reduce((sum, bytes) => sum + bytes, 0);
}

function peakActivationBytes({
  model,
  tensorParallelSize: tp,
  maxNumSeqs,
  maxNumBatchedTokens,
}: ReserveOptions): number {
  // Two tensors of bf16: the residual stream and the input or output of the layer at hand.
  const stream = maxNumBatchedTokens * 2 * model.hidden * 2;
  const compiling = stream + vocabPerRank(model, tp) * model.hidden * 2;
  const widestLayer = stream + maxNumBatchedTokens * feedForwardElements(model, tp) * 2;
  const sampling = stream + Math.min(maxNumSeqs, maxNumBatchedTokens) * model.vocab * SAMPLING_BYTES_PER_LOGIT;
  return Math.max(compiling, widestLayer, sampling);
}

/**
 * Elements that a token takes in the feed-forward layer: gate, up and their product; with experts the two work spaces
 * of vLLM's fused kernel, a row of each for every expert of the token, as wide as the layer's inputs or its results.
 */
function feedForwardElements({ hidden, intermediate, moe }: Model, tp: number): number {
  const dense = (3 * intermediate) / tp;
  if (moe === null) return dense;
  const width = moe.intermediate / tp;
  const routed = moe.expertsPerToken * (Math.max(2 * width, hidden) + Math.max(width, hidden));
  const sparse = routed + (3 * moe.sharedIntermediate) / tp;
  return moe.denseLayers > 0 ? Math.max(dense, sparse) : sparse;
}

/** Every size is recorded once in pieces for mixed batches, and once whole if all slots of that many can decode. */
function cudaGraphBytes({ model, maxNumSeqs, cudagraphCaptureSizes }: ReserveOptions): number {
  const pieces = cudagraphCaptureSizes.length;
  if (pieces === 0) return 0;
  const whole = cudagraphCaptureSizes.filter((size) => size <= maxNumSeqs).length;
  return FIRST_GRAPH_BYTES + (pieces + whole) * model.layers * GRAPH_BYTES_PER_LAYER;
}

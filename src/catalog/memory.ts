/**
 * How vLLM 0.33 divides a GPU's memory at start-up (`Worker.determine_available_memory`, then the KV cache planning):
 * `ceil(total * gpu_memory_utilization)` minus weights minus what a profiling run needs is left for KV blocks, and one
 * request of `max_model_len` tokens must fit or the server refuses to start. The profiling run's need is an estimate
 * (`reserve.ts`); the number of blocks that a real server printed can be given instead.
 */
import { type Drafter, drafterWeightBytes } from './drafter.ts';
import type { Gpu } from './gpu.ts';
import {
  blocksOfRequest,
  type KvDemand,
  longestRequest,
  maxConcurrency,
  maxInFlightTokens,
  numGpuBlocks,
  type StartUpError,
  startUpError,
} from './kv-cache.ts';
import { kvLayout } from './kv-layout.ts';
import type { Model } from './model.ts';
import type { KvCacheDtype, Quantization } from './quantization.ts';
import { estimateReserve, type Reserve, reserveBytes } from './reserve.ts';
import { checkTensorParallelSize, weightBytesPerGpu } from './weights.ts';

export interface MemoryOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly tensorParallelSize: number;
  readonly quantization: Quantization;
  /** Of speculative decoding; null without it. */
  readonly drafter: Drafter | null;
  readonly kvCacheDtype: KvCacheDtype;
  /** Share of the usable memory, above 0 up to 1; vLLM's default 0.92. */
  readonly gpuMemoryUtilization: number;
  /** Tokens a block. */
  readonly blockSize: number;
  /** Tokens; `auto`: the model's own length, cut to what fits. */
  readonly maxModelLen: number | 'auto';
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Two steps are in flight at once; it matters to sliding windows. */
  readonly asyncScheduling: boolean;
  /** Empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** `--num-gpu-blocks-override`: blocks whatever the memory. */
  readonly numGpuBlocksOverride: number | null;
  /** `--kv-cache-memory-bytes`: memory for blocks, instead of the utilization. */
  readonly kvCacheMemoryBytes: number | null;
  /** Where the settings were read, for messages. */
  readonly where: string;
}

/** Where a worker's memory goes, bytes per GPU. */
export interface MemoryShares {
  /** What a process sees on the empty GPU. */
  readonly usableBytes: number;
  readonly weightBytes: number;
  /** Neither weights nor KV cache: activations, sampler, communication, CUDA graphs. */
  readonly reserveBytes: number;
  readonly reserve: Reserve;
  /** Left for KV blocks, or given; below 0 where weights and reserve take more than there is. */
  readonly kvBytes: number;
  readonly bytesPerBlock: number;
  /** The null block included, as vLLM prints it. */
  readonly numGpuBlocks: number;
  readonly source: 'estimated' | 'num_gpu_blocks_override' | 'kv_cache_memory_bytes';
  /** Longest `max_model_len` with which the server would start, tokens, were the model to allow it; 0: none. */
  readonly maxModelLenThatFits: number;
}

/** One worker's memory when the server has started. */
export interface MemoryPlan extends MemoryShares {
  /** The `max_model_len` in force: the one asked for, or the one `auto` came to. */
  readonly maxModelLen: number;
  /** Requests of `max_model_len` tokens that fit at once, as vLLM prints it. */
  readonly maxConcurrency: number;
}

/** Why the server does not start. */
export interface MemoryRefusal {
  readonly error: StartUpError | 'out-of-memory';
  readonly shares: MemoryShares;
  /** The `max_model_len` that was asked for; of `auto` the model's own. */
  readonly maxModelLen: number;
  /** KV memory that one request of that length needs on each GPU, beside the null block. */
  readonly neededBytes: number;
}

export type StartUp =
  | { readonly starts: true; readonly plan: MemoryPlan }
  | { readonly starts: false; readonly refusal: MemoryRefusal };

/** What a server would find at start-up. Refuses only a tensor parallel size that vLLM refuses. */
export function planStartUp(options: MemoryOptions): StartUp {
  const { model } = options;
  const demand = demandOf(options);
  const shares = memoryShares(options, demand);
  const asked = options.maxModelLen === 'auto' ? model.maxModelLen : options.maxModelLen;
  const maxModelLen = options.maxModelLen === 'auto' ? Math.max(1, Math.min(asked, shares.maxModelLenThatFits)) : asked;
  const error = exceedsMemory(shares) ? 'out-of-memory' : startUpError(demand, shares.kvBytes, maxModelLen);
  if (error !== null) {
    const neededBytes = blocksOfRequest(demand, asked) * shares.bytesPerBlock;
    return { starts: false, refusal: { error, shares, maxModelLen: asked, neededBytes } };
  }
  const concurrency = maxConcurrency(demand, shares.numGpuBlocks, maxModelLen);
  return { starts: true, plan: { ...shares, maxModelLen, maxConcurrency: concurrency } };
}

/** A KV cache that was given instead of measured need not fit beside the weights; whatever the reserve, it then fails. */
function exceedsMemory({ source, weightBytes, kvBytes, usableBytes }: MemoryShares): boolean {
  return source !== 'estimated' && weightBytes + kvBytes > usableBytes;
}

/** What a request takes from the KV cache of this deployment. */
export function demandOf(options: MemoryOptions): KvDemand {
  const { model, drafter, kvCacheDtype, tensorParallelSize, blockSize } = options;
  // A draft layer attends to everything, as one more layer of the target; a draft model shares the blocks.
  const layers = model.layers + (drafter?.kind === 'layer' ? 1 : 0);
  const layout = kvLayout({ ...model, layers }, kvCacheDtype, tensorParallelSize, blockSize);
  return {
    layout: { ...layout, bytesPerBlock: layout.bytesPerBlock + draftModelBytesPerBlock(options) },
    maxInFlightTokens: maxInFlightTokens(options.maxNumBatchedTokens, options.asyncScheduling),
  };
}

function draftModelBytesPerBlock({ drafter, kvCacheDtype, blockSize }: MemoryOptions): number {
  if (drafter?.kind !== 'model') return 0;
  return kvLayout(drafter.model, kvCacheDtype, drafter.tensorParallelSize, blockSize).bytesPerBlock;
}

function memoryShares(options: MemoryOptions, demand: KvDemand): MemoryShares {
  const { model, gpu, quantization, tensorParallelSize, blockSize } = options;
  checkTensorParallelSize(model, tensorParallelSize, options.where);
  const { layout } = demand;
  const drafterBytes = options.drafter === null ? 0 : drafterWeightBytes(options.drafter, model, tensorParallelSize);
  const weightBytes = weightBytesPerGpu(model, quantization, tensorParallelSize) + drafterBytes;
  const reserve = estimateReserve(options);
  const { kvBytes, source } = kvMemory(options, weightBytes + reserveBytes(reserve), layout.bytesPerBlock);
  const blocks = numGpuBlocks(layout, kvBytes);
  return {
    usableBytes: gpu.usableBytes,
    weightBytes,
    reserveBytes: reserveBytes(reserve),
    reserve,
    kvBytes,
    bytesPerBlock: layout.bytesPerBlock,
    numGpuBlocks: blocks,
    source,
    // A request that takes a block for every block of its tokens is never longer than the pool; one whose layers all
    // slide may be of any length.
    maxModelLenThatFits: longestRequest(demand, kvBytes, Math.max(model.maxModelLen, blocks * blockSize)),
  };
}

/** Memory for blocks and who decided it. An override of the block count replaces the memory in every later check. */
function kvMemory(
  options: MemoryOptions,
  otherBytes: number,
  bytesPerBlock: number,
): Pick<MemoryShares, 'kvBytes' | 'source'> {
  if (options.numGpuBlocksOverride !== null) {
    return { kvBytes: options.numGpuBlocksOverride * bytesPerBlock, source: 'num_gpu_blocks_override' };
  }
  if (options.kvCacheMemoryBytes !== null) {
    return { kvBytes: options.kvCacheMemoryBytes, source: 'kv_cache_memory_bytes' };
  }
  const requested = Math.ceil(options.gpu.usableBytes * options.gpuMemoryUtilization);
  return { kvBytes: requested - otherBytes, source: 'estimated' };
}

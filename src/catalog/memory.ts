/**
 * How vLLM 0.33 divides a GPU's memory at start-up (`Worker.determine_available_memory`, then the KV cache planning):
 * `ceil(total * gpu_memory_utilization)` minus weights minus what a profiling run needs is left for KV blocks, and one
 * request of `max_model_len` tokens must fit or the server refuses to start. The profiling run's need is an estimate
 * (`reserve.ts`); the number of blocks that a real server printed can be given instead.
 */
import { InputError } from '../core/input-error.ts';
import type { Gpu } from './gpu.ts';
import { blocksOfRequest, kvBytesPerBlock, kvCapacity } from './kv-cache.ts';
import { refuseMaxModelLen, refuseNoMemory } from './memory-messages.ts';
import type { Model } from './model.ts';
import type { KvCacheDtype, Quantization } from './quantization.ts';
import { estimateReserve, type Reserve, reserveBytes } from './reserve.ts';
import { unsupportedReason } from './unsupported.ts';
import { checkTensorParallelSize, weightBytesPerGpu } from './weights.ts';

export interface MemoryOptions {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly tensorParallelSize: number;
  readonly quantization: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  /** Share of the usable memory, above 0 up to 1; vLLM's default 0.92. */
  readonly gpuMemoryUtilization: number;
  /** Tokens a block. */
  readonly blockSize: number;
  /** Tokens; `auto`: the model's own length, cut to what fits. */
  readonly maxModelLen: number | 'auto';
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
  /** `--num-gpu-blocks-override`: blocks whatever the memory. */
  readonly numGpuBlocksOverride: number | null;
  /** `--kv-cache-memory-bytes`: memory for blocks, instead of the utilization. */
  readonly kvCacheMemoryBytes: number | null;
  /** Where the settings were read, for messages. */
  readonly where: string;
}

/** One worker's memory at start-up, bytes per GPU. */
export interface MemoryPlan {
  /** What a process sees on the empty GPU. */
  readonly usableBytes: number;
  readonly weightBytes: number;
  /** Neither weights nor KV cache: activations, sampler, communication, CUDA graphs. */
  readonly reserveBytes: number;
  readonly reserve: Reserve;
  /** Left for KV blocks, or given. */
  readonly kvBytes: number;
  readonly bytesPerBlock: number;
  /** The null block included, as vLLM prints it. */
  readonly numGpuBlocks: number;
  readonly source: 'estimated' | 'num_gpu_blocks_override' | 'kv_cache_memory_bytes';
  /** The `max_model_len` in force: the one asked for, or the one `auto` came to. */
  readonly maxModelLen: number;
  /** Longest `max_model_len` with which the server would start, tokens, were the model to allow it. */
  readonly maxModelLenThatFits: number;
  /** Requests of `max_model_len` tokens that fit at once, as vLLM prints it. */
  readonly maxConcurrency: number;
}

/** Plans the memory, or says why the server would not start and what would help. */
export function planMemory(options: MemoryOptions): MemoryPlan {
  const { model, gpu, tensorParallelSize, blockSize, where } = options;
  const unsupported = unsupportedReason(model);
  if (unsupported !== null) throw new InputError(`${where}: ${unsupported}`);
  checkTensorParallelSize(model, tensorParallelSize, where);
  const weightBytes = weightBytesPerGpu(model, options.quantization, tensorParallelSize);
  const reserve = estimateReserve(options);
  const bytesPerBlock = kvBytesPerBlock(model, options.kvCacheDtype, tensorParallelSize, blockSize);
  const { kvBytes, source } = kvMemory(options, weightBytes + reserveBytes(reserve), bytesPerBlock);
  const capacity = kvCapacity(kvBytes, bytesPerBlock, blockSize);
  const facts = {
    usableBytes: gpu.usableBytes,
    weightBytes,
    reserveBytes: reserveBytes(reserve),
    reserve,
    kvBytes,
    bytesPerBlock,
    source,
    ...capacity,
  };
  if (capacity.maxModelLenThatFits < 1) throw refuseNoMemory(options, facts);
  const maxModelLen =
    options.maxModelLen === 'auto' ? Math.min(model.maxModelLen, capacity.maxModelLenThatFits) : options.maxModelLen;
  if (maxModelLen > capacity.maxModelLenThatFits) throw refuseMaxModelLen(options, facts, maxModelLen);
  return { ...facts, maxModelLen, maxConcurrency: capacity.numGpuBlocks / blocksOfRequest(maxModelLen, blockSize) };
}

/** Memory for blocks and who decided it. An override of the block count replaces the memory in every later check. */
function kvMemory(
  options: MemoryOptions,
  otherBytes: number,
  bytesPerBlock: number,
): Pick<MemoryPlan, 'kvBytes' | 'source'> {
  if (options.numGpuBlocksOverride !== null) {
    return { kvBytes: options.numGpuBlocksOverride * bytesPerBlock, source: 'num_gpu_blocks_override' };
  }
  if (options.kvCacheMemoryBytes !== null) {
    return { kvBytes: options.kvCacheMemoryBytes, source: 'kv_cache_memory_bytes' };
  }
  const requested = Math.ceil(options.gpu.usableBytes * options.gpuMemoryUtilization);
  return { kvBytes: requested - otherBytes, source: 'estimated' };
}

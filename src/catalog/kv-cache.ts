/**
 * vLLM's start-up arithmetic for the KV cache of one worker whose layers are all alike (`kv_cache_planning.py`,
 * version 0.33): the size of a block, how many fit, and the check that one request of `max_model_len` tokens fits in
 * what is left when the null block is set aside.
 */
import type { Model } from './model.ts';
import { bytesPerKvElement, type KvCacheDtype } from './quantization.ts';
import { kvHeadsPerRank } from './weights.ts';

/** Bytes that one block of `blockSize` tokens takes on one rank, over all layers. */
export function kvBytesPerBlock(
  model: Model,
  kvCacheDtype: KvCacheDtype,
  tensorParallelSize: number,
  blockSize: number,
): number {
  const elementsPerToken = 2 * kvHeadsPerRank(model, tensorParallelSize) * model.headDim;
  return model.layers * blockSize * elementsPerToken * bytesPerKvElement(kvCacheDtype);
}

export interface KvCapacity {
  /** Blocks of the pool, the null block included. */
  readonly numGpuBlocks: number;
  /** Longest request that one worker can hold, tokens; 0: none. */
  readonly maxModelLenThatFits: number;
}

/** What `kvBytes` of KV cache hold. */
export function kvCapacity(kvBytes: number, bytesPerBlock: number, blockSize: number): KvCapacity {
  const numGpuBlocks = Math.max(0, Math.floor(kvBytes / bytesPerBlock));
  return { numGpuBlocks, maxModelLenThatFits: Math.max(0, numGpuBlocks - 1) * blockSize };
}

/** Blocks a request of that many tokens takes. */
export function blocksOfRequest(tokens: number, blockSize: number): number {
  return Math.ceil(tokens / blockSize);
}

/**
 * vLLM's start-up arithmetic for the KV cache of one worker (`kv_cache_planning.py`, version 0.33): how many blocks fit,
 * how many one request takes over all groups, and the check that one request of `max_model_len` tokens fits in what is
 * left when the null block is set aside.
 */
import type { KvGroup, KvLayout } from './kv-layout.ts';

/** A layout and how many tokens the engine may have in flight, which decides how much of a window it keeps. */
export interface KvDemand {
  readonly layout: KvLayout;
  /** Tokens scheduled whose outputs are not yet in: `max_num_batched_tokens` for each batch that may be under way. */
  readonly maxInFlightTokens: number;
}

/** Batches under way at most (`VllmConfig.max_concurrent_batches`): one a stage, and one scheduled ahead. */
export function maxConcurrentBatches(asyncScheduling: boolean, pipelineParallelSize: number): number {
  return pipelineParallelSize + (asyncScheduling ? 1 : 0);
}

/** Tokens in flight at most. */
export function maxInFlightTokens(
  maxNumBatchedTokens: number,
  asyncScheduling: boolean,
  pipelineParallelSize = 1,
): number {
  return maxNumBatchedTokens * maxConcurrentBatches(asyncScheduling, pipelineParallelSize);
}

/** Blocks that a request of that many tokens takes at its peak, over all groups. */
export function blocksOfRequest({ layout, maxInFlightTokens }: KvDemand, tokens: number): number {
  return layout.groups.reduce(
    (sum, group) => sum + blocksOfGroup(group, layout.blockSize, tokens, maxInFlightTokens),
    0,
  );
}

function blocksOfGroup(group: KvGroup, blockSize: number, tokens: number, inFlight: number): number {
  switch (group.kind) {
    case 'full':
    case 'mla':
      return Math.ceil(tokens / blockSize);
    case 'sliding':
      // A window may begin within a block.
      return Math.ceil(Math.min(group.tokens - 1 + inFlight, tokens) / blockSize) + 1;
    case 'chunked':
      return Math.ceil(Math.min(group.tokens + inFlight, tokens) / blockSize);
  }
}

/** Blocks that `kvBytes` hold, the null block included. */
export function numGpuBlocks({ bytesPerBlock }: KvLayout, kvBytes: number): number {
  return Math.max(0, Math.floor(kvBytes / bytesPerBlock));
}

/** Whether a request of that many tokens fits beside the null block. */
export function requestFits(demand: KvDemand, kvBytes: number, tokens: number): boolean {
  const { bytesPerBlock } = demand.layout;
  return blocksOfRequest(demand, tokens) * bytesPerBlock <= kvBytes - bytesPerBlock;
}

/** The longest request, up to `limit` tokens, that fits beside the null block; 0: not even one token. */
export function longestRequest(demand: KvDemand, kvBytes: number, limit: number): number {
  let fits = 0;
  let tooLong = limit + 1;
  // Demand never falls with length, so halving finds the border.
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (requestFits(demand, kvBytes, middle)) fits = middle;
    else tooLong = middle;
  }
  return fits;
}

/** Requests of that many tokens that the blocks hold at once, the null block counted as vLLM counts it. */
export function maxConcurrency(demand: KvDemand, blocks: number, tokens: number): number {
  return blocks / blocksOfRequest(demand, tokens);
}

/** Why a server does not start; null: it does. */
export type StartUpError = 'no-memory' | 'too-small-for-one-request';

/** vLLM's check at start-up for a `max_model_len`. */
export function startUpError(demand: KvDemand, kvBytes: number, maxModelLen: number): StartUpError | null {
  if (kvBytes - demand.layout.bytesPerBlock <= 0) return 'no-memory';
  return requestFits(demand, kvBytes, maxModelLen) ? null : 'too-small-for-one-request';
}

/**
 * The settings an engine runs with, all resolved. Names follow vLLM 0.33's SchedulerConfig, CacheConfig and
 * SpeculativeConfig in camelCase.
 */
import { maxConcurrentBatches } from '../catalog/kv-cache.ts';
import type { AttentionWindow } from '../latency/batch-shape.ts';

/** One group of layers with the same kind of attention; each group has a block table of its own in every request. */
export interface KvGroup {
  readonly kind: 'full' | 'sliding' | 'chunked';
  /** Token slots in a block of this group. */
  readonly blockSize: number;
  /** Attention window in tokens (kind `sliding`), else 0. */
  readonly window: number;
  /** Chunk in tokens (kind `chunked`), else 0. */
  readonly chunk: number;
}

/** How far back the layers look that do not attend to everything; null: all of them do. */
export function attentionWindow(options: Pick<EngineOptions, 'kvGroups'>): AttentionWindow | null {
  for (const { kind, window, chunk } of options.kvGroups) {
    if (kind === 'sliding') return { kind, tokens: window };
    if (kind === 'chunked') return { kind, tokens: chunk };
  }
  return null;
}

/** One group of layers, which attend to everything: no other group to agree with, nothing behind a window. */
export function isPlain({ kvGroups }: Pick<EngineOptions, 'kvGroups'>): boolean {
  return kvGroups.length === 1 && kvGroups[0]!.kind === 'full';
}

/** How drafts are made; it decides lookahead slots, hashes and the input budget. */
export interface SpeculationOptions {
  readonly method: 'ngram' | 'eagle' | 'mtp' | 'draft_model';
  /** `num_speculative_tokens`, >= 1. */
  readonly draftTokens: number;
}

export interface EngineOptions {
  readonly kvGroups: readonly KvGroup[];
  /** KV blocks in the pool, the null block included. */
  readonly numGpuBlocks: number;
  readonly maxModelLen: number;
  readonly maxNumSeqs: number;
  /** Most requests in `running`; null: maxNumSeqs. */
  readonly maxNumActiveSeqs: number | null;
  readonly maxNumBatchedTokens: number;
  readonly maxNumScheduledTokens: number;
  readonly enableChunkedPrefill: boolean;
  /** 0: no threshold. */
  readonly longPrefillTokenThreshold: number;
  readonly longPrefillTokenThresholdAdaptive: boolean;
  /** 1: prefill in every step. */
  readonly prefillScheduleInterval: number;
  readonly enablePrefixCaching: boolean;
  /** Tokens; 0 keeps only the prompt's end in sliding groups, null keeps every block. */
  readonly prefixCacheRetentionInterval: number | null;
  readonly schedulingPolicy: 'fcfs' | 'priority';
  readonly asyncScheduling: boolean;
  /** Stages of the pipeline; 1: none. */
  readonly pipelineParallelSize: number;
  readonly schedulerReserveFullIsl: boolean;
  /** Share of the pool kept free at admission, 0 <= watermark < 1. */
  readonly watermark: number;
  readonly speculation: SpeculationOptions | null;
}

/** Slots that a drafter with its own KV needs beyond the scheduled tokens (0 for ngram). */
export function lookaheadTokens(speculation: SpeculationOptions | null): number {
  return speculation === null || speculation.method === 'ngram' ? 0 : speculation.draftTokens;
}

/** Tokens after a block that its hash covers: 1 for EAGLE and MTP, whose KV depends on the next token. */
export function hashLookaheadTokens(speculation: SpeculationOptions | null): number {
  return speculation?.method === 'eagle' || speculation?.method === 'mtp' ? 1 : 0;
}

/** Extra input positions for each scheduled request: 1 for a separate draft model. */
export function draftSlots(speculation: SpeculationOptions | null): number {
  return speculation?.method === 'draft_model' ? 1 : 0;
}

/** Batches that can be scheduled and not yet handled. */
export function batchesUnderWay({ asyncScheduling, pipelineParallelSize }: EngineOptions): number {
  return maxConcurrentBatches(asyncScheduling, pipelineParallelSize);
}

/** Tokens that can be scheduled and not yet handled. */
export function maxInFlightTokens(options: EngineOptions): number {
  return options.maxNumBatchedTokens * batchesUnderWay(options);
}

/** Least common multiple of the groups' block sizes: prefix hits are multiples of it. */
export function hitAlignmentTokens(groups: readonly KvGroup[]): number {
  return groups.map((group) => group.blockSize).reduce((a, b) => (a * b) / greatestCommonDivisor(a, b));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

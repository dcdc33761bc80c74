/**
 * What a kind of attention means for a group's block table: which tokens lie behind the window, how many blocks
 * admission may demand, and which blocks are worth caching (vLLM 0.33: single_type_kv_cache_manager.py).
 */
import type { EngineOptions, KvGroup } from './options.ts';
import { hitAlignmentTokens, maxInFlightTokens } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** Tokens that no later token attends to, once `computedTokens` are computed. */
export function tokensBehindWindow(group: KvGroup, computedTokens: number): number {
  switch (group.kind) {
    case 'full':
      return 0;
    case 'sliding':
      return Math.max(0, computedTokens - group.window + 1);
    case 'chunked':
      return Math.floor(computedTokens / group.chunk) * group.chunk;
  }
}

/** Most blocks of the group that the full-length reservation asks for: the window and what is in flight. */
export function reservationCapBlocks(group: KvGroup, options: EngineOptions): number {
  const inFlight = maxInFlightTokens(options);
  switch (group.kind) {
    case 'full':
      return Number.POSITIVE_INFINITY;
    case 'sliding':
      return Math.ceil(Math.min(group.window - 1 + inFlight, options.maxModelLen) / group.blockSize) + 1;
    case 'chunked':
      return Math.ceil(Math.min(group.chunk + inFlight, options.maxModelLen) / group.blockSize);
  }
}

/** Contiguous cached blocks that make a hit of a sliding group. */
export function windowBlocks(group: KvGroup): number {
  return Math.ceil((group.window - 1) / group.blockSize);
}

/** Whether a full block of a request is cached. */
export type Retention = (request: EngineRequest, blockIndex: number) => boolean;

/**
 * Which full blocks of a sliding group are cached (`prefix_cache_retention_interval`): with the default 0 only the
 * window before the prompt's end and before the request's junction, with an interval also the end of every interval,
 * with null every block that can end a hit. Full and chunked groups cache every full
 * block; null says so.
 */
export function retention(group: KvGroup, options: EngineOptions): Retention | null {
  if (group.kind !== 'sliding') return null;
  const alignment = hitAlignmentTokens(options.kvGroups);
  const interval = options.prefixCacheRetentionInterval;
  const need = windowBlocks(group);
  const period = Math.floor((interval ?? alignment) / group.blockSize);
  if (period > 0 && need >= period) return null;
  const endsInterval = (i: number) => period > 0 && i % period >= period - need;
  const endsAt = (tokens: number, i: number) => {
    const end = (Math.floor(tokens / alignment) * alignment) / group.blockSize;
    return i >= end - need && i < end;
  };
  if (interval === null) return (_, i) => endsInterval(i);
  return (request, i) =>
    endsInterval(i) ||
    endsAt(request.promptTokens - 1, i) ||
    (request.junctionTokens > 0 && endsAt(request.junctionTokens, i));
}

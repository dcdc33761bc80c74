/**
 * Allocation of KV blocks to requests (vLLM 0.33: KVCacheManager.allocate_slots and free): what a request needs, what
 * is free, and what an admission takes over from the prefix cache. An allocation happens in full or not at all.
 */
import { BlockPool } from './block-pool.ts';
import { reservationCapBlocks, tokensBehindWindow } from './kv-group.ts';
import type { EngineOptions } from './options.ts';
import { attentionWindow, isPlain, lookaheadTokens } from './options.ts';
import type { PrefixHit } from './prefix-cache.ts';
import { PrefixCache } from './prefix-cache.ts';
import type { PrefixTree } from './prefix-tree.ts';
import type { EngineRequest } from './request-state.ts';

export class KvCacheManager {
  readonly pool: BlockPool;
  readonly cache: PrefixCache;
  private readonly lookaheadTokens: number;
  private readonly reservationCaps: number[];
  readonly hasWindows: boolean;
  private readonly options: EngineOptions;

  /** `blockNumbers`: each block has the number that vLLM would give it, also where nothing depends on it. */
  constructor(options: EngineOptions, blockNumbers: boolean) {
    this.options = options;
    this.pool = new BlockPool(options.numGpuBlocks, options.kvGroups.length, blockNumbers || !isPlain(options));
    this.cache = new PrefixCache(options, this.pool.hashes);
    this.lookaheadTokens = lookaheadTokens(options.speculation);
    this.reservationCaps = options.kvGroups.map((group) => reservationCapBlocks(group, options));
    this.hasWindows = attentionWindow(options) !== null;
  }

  get prefixes(): PrefixTree {
    return this.pool.hashes.prefixes;
  }

  findCachedPrefix(request: EngineRequest): PrefixHit {
    return this.cache.find(request);
  }

  /** Makes the request's full blocks up to `tokens` findable. */
  cacheBlocks(request: EngineRequest, tokens: number): void {
    this.cache.cache(request, tokens);
  }

  /**
   * Slots for `newTokens` more tokens of a running request. False: too few free blocks, nothing taken. `cachesLater`: its
   * full blocks are made findable at another time.
   */
  allocateRunning(request: EngineRequest, newTokens: number, cachesLater = false): boolean {
    const slots = this.slotsNeeded(request.computedTokens + newTokens);
    if (this.hasWindows) this.freeBehindWindows(request);
    const demand = this.missing(request, slots);
    if (demand > this.pool.freeBlocks) return false;
    if (demand > 0 && request.blockTables.length === 1) this.pool.take(demand, request.blockTables[0]!);
    else if (demand > 0) this.takeMissing(request, slots);
    if (!cachesLater) this.cache.cache(request, Math.min(request.computedTokens + newTokens, request.knownTokens));
    return true;
  }

  /**
   * Slots for the first `newTokens` tokens of a waiting request after its cached prefix. `watermarkBlocks` must stay
   * free; with the full-length reservation the whole known sequence must fit, though it is not taken.
   */
  allocateAdmitted(request: EngineRequest, newTokens: number, hit: PrefixHit, watermarkBlocks: number): boolean {
    const free = this.pool.freeBlocks;
    const slots = this.slotsNeeded(hit.tokens + newTokens);
    if (!this.fitsWhole(request, hit, watermarkBlocks)) return false;
    if (this.admissionDemand(hit, slots, false) + watermarkBlocks > free) return false;
    for (let g = 0; g < request.blockTables.length; g++) this.takeHit(request, g, hit);
    this.takeMissing(request, slots);
    this.cache.cache(request, Math.min(hit.tokens + newTokens, request.knownTokens));
    return true;
  }

  /** The full-length reservation: true if all that is known of a waiting request would fit. */
  fitsWhole(request: EngineRequest, hit: PrefixHit, watermarkBlocks: number): boolean {
    if (!this.options.schedulerReserveFullIsl) return true;
    return this.admissionDemand(hit, this.wholeTokens(request), true) + watermarkBlocks <= this.pool.freeBlocks;
  }

  /** All that is known of a waiting request would fit even if nothing of it were cached: what is cached only helps. */
  fitsUncached(request: EngineRequest, watermarkBlocks: number): boolean {
    let room = this.pool.freeBlocks - watermarkBlocks;
    for (let g = 0; g < this.reservationCaps.length; g++) {
      const blocks = Math.ceil(this.wholeTokens(request) / this.options.kvGroups[g]!.blockSize);
      room -= Math.min(blocks, this.reservationCaps[g]!);
    }
    return room >= 0;
  }

  /** Gives back all blocks; cached ones stay findable until they are reused. */
  free(request: EngineRequest): void {
    for (let g = 0; g < request.blockTables.length; g++) {
      const table = request.blockTables[g]!;
      this.pool.release(table, request.quietRuns);
      table.length = 0;
      // A node may go by these numbers.
      if (table.ids.length > 0) table.ids = [];
      request.cachedBlocks[g] = 0;
    }
    if (request.quietRuns.length > 0) request.quietRuns = [];
  }

  /** Blocks that a running request lacks for `newTokens` more tokens. */
  demandOf(request: EngineRequest, newTokens: number): number {
    return this.missing(request, this.slotsNeeded(request.computedTokens + newTokens));
  }

  private wholeTokens(request: EngineRequest): number {
    return Math.min(request.knownTokens, this.options.maxModelLen);
  }

  private slotsNeeded(tokens: number): number {
    return Math.min(tokens + this.lookaheadTokens, this.options.maxModelLen);
  }

  private missing(request: EngineRequest, slots: number): number {
    let demand = 0;
    for (let g = 0; g < request.blockTables.length; g++) demand += this.missingBlocks(request, g, slots);
    return demand;
  }

  private missingBlocks(request: EngineRequest, g: number, slots: number): number {
    return Math.max(0, Math.ceil(slots / this.options.kvGroups[g]!.blockSize) - request.blockTables[g]!.length);
  }

  private takeMissing(request: EngineRequest, slots: number): void {
    for (let g = 0; g < request.blockTables.length; g++)
      this.pool.take(this.missingBlocks(request, g, slots), request.blockTables[g]!);
  }

  /** New blocks, and hit blocks that lie in the free list, for `tokens` tokens. */
  private admissionDemand(hit: PrefixHit, tokens: number, capped: boolean): number {
    let demand = 0;
    for (let g = 0; g < this.options.kvGroups.length; g++) {
      const group = this.options.kvGroups[g]!;
      const hitBlocks = hit.tables[g]!;
      const { ids } = hitBlocks;
      const behind = this.blocksBehind(g, hit.tokens);
      let blocks = Math.ceil(tokens / group.blockSize);
      if (capped) blocks = Math.min(blocks, this.reservationCaps[g]!);
      demand += Math.max(0, blocks - Math.max(behind, hitBlocks.length));
      for (let i = behind; i < ids.length; i++) if (this.pool.isFree(ids[i]!)) demand++;
    }
    for (const { from, to } of hit.runs) demand += to - from;
    return demand;
  }

  private takeHit(request: EngineRequest, g: number, hit: PrefixHit): void {
    if (hit.tokens === 0) return;
    const behind = this.blocksBehind(g, hit.tokens);
    const table = hit.tables[g]!;
    const { ids } = table;
    if (table.length < behind) table.length = behind;
    ids.fill(0, 0, behind);
    while (ids.length < behind) ids.push(0);
    for (let i = behind; i < ids.length; i++) this.pool.touch(ids[i]!);
    for (const run of hit.runs) this.pool.touchRun(run, table);
    request.quietRuns = hit.runs;
    request.blockTables[g] = table;
    request.cachedBlocks[g] = table.length;
  }

  /** Frees what lies behind the windows once it is certain: after the tokens whose output has been handled. */
  private freeBehindWindows(request: EngineRequest): void {
    const settledTokens = Math.max(0, request.computedTokens - request.inFlightTokens);
    for (let g = 0; g < request.blockTables.length; g++) {
      const { ids } = request.blockTables[g]!;
      const end = Math.min(this.blocksBehind(g, settledTokens), ids.length);
      let start = end;
      while (start > 0 && ids[start - 1] !== 0) start--;
      if (start === end) continue;
      this.pool.release({ ids: ids.slice(start, end), length: end - start });
      ids.fill(0, start, end);
    }
  }

  private blocksBehind(g: number, computedTokens: number): number {
    const group = this.options.kvGroups[g]!;
    return Math.floor(tokensBehindWindow(group, computedTokens) / group.blockSize);
  }
}

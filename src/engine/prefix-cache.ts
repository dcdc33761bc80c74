/**
 * Prefix caching: the longest prefix of a request that is in the cache, and making its full blocks findable
 * (vLLM 0.33: KVCacheCoordinator.find_longest_cache_hit, BlockPool.cache_full_blocks).
 */
import type { BlockHashes } from './block-hashes.ts';
import { type BlockTable, emptyTable } from './block-table.ts';
import { GroupKinds } from './group-kinds.ts';
import { type Retention, retention } from './kv-group.ts';
import type { EngineOptions } from './options.ts';
import { hashLookaheadTokens, hitAlignmentTokens, isPlain } from './options.ts';
import { HELD_RUN, type QuietRun } from './quiet-run.ts';
import type { EngineRequest } from './request-state.ts';

/** A hit: so many tokens, and the blocks that hold them, by group (0 for blocks behind a window): tables to be taken over. */
export interface PrefixHit {
  readonly tokens: number;
  readonly tables: readonly BlockTable[];
  /** Of the first table the blocks without numbers, first to last: what is left of free runs. */
  readonly runs: QuietRun[];
}

/** Nothing is cached, in the only group. It is never taken over. */
const NO_HIT: PrefixHit = { tokens: 0, tables: [emptyTable()], runs: [] };

export class PrefixCache {
  private readonly options: EngineOptions;
  private readonly hashes: BlockHashes;
  private readonly kinds: GroupKinds;
  private readonly alignmentTokens: number;
  private readonly lookaheadTokens: number;
  /** Grows when a block is cached that another request than its owner could hit. */
  sharedVersion = 0;
  /** null: every block is. */
  private readonly isRetained: (Retention | null)[];

  constructor(options: EngineOptions, hashes: BlockHashes) {
    this.options = options;
    this.hashes = hashes;
    this.kinds = new GroupKinds(options.kvGroups, (request, group, blockSize, i) =>
      this.blockAt(request, group, blockSize, i),
    );
    this.alignmentTokens = hitAlignmentTokens(options.kvGroups);
    this.lookaheadTokens = hashLookaheadTokens(options.speculation);
    this.isRetained = options.kvGroups.map((group) => retention(group, options));
  }

  /** The longest cached prefix, always leaving one token to compute. Nothing is taken; the junction is noted. */
  find(request: EngineRequest): PrefixHit {
    const groups = this.options.kvGroups.length;
    request.junctionTokens = 0;
    if (!this.options.enablePrefixCaching || request.skipReadingPrefixCache)
      return { tokens: 0, tables: Array.from({ length: groups }, emptyTable), runs: [] };
    if (isPlain(this.options)) return this.findInOnlyGroup(request);
    const { tokens, tables, longestTokens } = this.kinds.find(request, request.knownTokens - 1);
    if (this.kinds.count > 1 && longestTokens > tokens) request.junctionTokens = longestTokens;
    return { tokens, tables: tables.map((ids) => ({ ids, length: ids.length })), runs: [] };
  }

  /** Makes the full blocks of the first `tokens` tokens findable, each block considered once. */
  cache(request: EngineRequest, tokens: number): void {
    if (!this.options.enablePrefixCaching) return;
    const groups = this.options.kvGroups;
    const aligned = groups.length > 1 ? Math.floor(tokens / this.alignmentTokens) * this.alignmentTokens : tokens;
    const hashed = Math.min(aligned, request.knownTokens - this.lookaheadTokens);
    for (let g = 0; g < groups.length; g++) {
      const fullBlocks = Math.floor(hashed / groups[g]!.blockSize);
      if (fullBlocks > request.cachedBlocks[g]!) this.cacheUpTo(request, g, fullBlocks);
    }
  }

  /** Makes the first `fullBlocks` blocks of a group findable, those of them that have not been considered before. */
  cacheUpTo(request: EngineRequest, g: number, fullBlocks: number): void {
    if (this.options.kvGroups[g]!.kind === 'full' && this.isRetained[g] === null)
      this.cacheRows(request, g, fullBlocks);
    else this.cacheOneByOne(request, g, fullBlocks);
    request.cachedBlocks[g] = fullBlocks;
  }

  /** Blocks that stay in the table as long as the request runs: by nodes. */
  private cacheRows(request: EngineRequest, g: number, fullBlocks: number): void {
    const { blockSize } = this.options.kvGroups[g]!;
    const { path, quietRuns } = request;
    const table = request.blockTables[g]!;
    for (let i = request.cachedBlocks[g]!, end = 0; i < fullBlocks; i = end) {
      const hashedTokens = (i + 1) * blockSize + this.lookaheadTokens;
      const node = path.nodeAt(hashedTokens);
      const endTokens = path.endOfNodeAt(hashedTokens) - this.lookaheadTokens;
      end = Math.min(fullBlocks, Math.floor(endTokens / blockSize));
      if (node.paths > 1) this.sharedVersion += end - i;
      const run = this.hashes.addRow(table, node, g, i, end);
      if (run !== null) quietRuns.push(run);
    }
  }

  /** Blocks behind a window are taken out of a table, and not each is to be found. */
  private cacheOneByOne(request: EngineRequest, g: number, fullBlocks: number): void {
    const { blockSize, kind } = this.options.kvGroups[g]!;
    const table = request.blockTables[g]!;
    const isRetained = this.isRetained[g]!;
    for (let i = request.cachedBlocks[g]!; i < fullBlocks; i++) {
      const block = table.ids[i]!;
      if (block === 0 || (isRetained !== null && !isRetained(request, i))) continue;
      const node = request.path.nodeAt((i + 1) * blockSize + this.lookaheadTokens);
      if (node.paths > 1) this.sharedVersion++;
      this.hashes.add(block, node, g, i, kind === 'full' ? table : null);
    }
  }

  /** The same where all layers attend to everything: the row of cached blocks from block 0. */
  private findInOnlyGroup(request: EngineRequest): PrefixHit {
    const { blockSize } = this.options.kvGroups[0]!;
    const mostBlocks = Math.floor((request.knownTokens - 1) / blockSize);
    const ids: number[] = [];
    const runs: QuietRun[] = [];
    let blocks = 0;
    while (blocks < mostBlocks) {
      const run = this.runAt(request, blockSize, blocks, mostBlocks);
      if (run !== null) {
        runs.push(run);
        blocks = run.to;
        continue;
      }
      const block = this.blockAt(request, 0, blockSize, blocks);
      if (block === 0) break;
      while (ids.length < blocks) ids.push(0);
      ids.push(block);
      blocks++;
    }
    return blocks === 0 ? NO_HIT : { tokens: blocks * blockSize, tables: [{ ids, length: blocks }], runs };
  }

  /** The free run that begins at position `i` of a request and can be taken over whole, up to `mostBlocks`; null: none. */
  private runAt(request: EngineRequest, blockSize: number, i: number, mostBlocks: number): QuietRun | null {
    const { path } = request;
    const hashedTokens = (i + 1) * blockSize + this.lookaheadTokens;
    const run = path.nodeAt(hashedTokens).quiet;
    if (run === null || run.slot === HELD_RUN || run.from !== i || run.to > mostBlocks) return null;
    const lastTokens = run.to * blockSize + this.lookaheadTokens;
    return lastTokens <= Math.min(request.knownTokens, path.endOfNodeAt(hashedTokens)) ? run : null;
  }

  /** The cached block of a group at position `i` of a request; 0: none. */
  private blockAt(request: EngineRequest, group: number, blockSize: number, i: number): number {
    const hashedTokens = (i + 1) * blockSize + this.lookaheadTokens;
    if (hashedTokens > request.knownTokens) return 0;
    const node = request.path.nodeAt(hashedTokens);
    return this.hashes.find(node, group, i);
  }
}

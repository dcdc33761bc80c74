/**
 * Prefix caching: the longest prefix of a request that is in the cache, and making its full blocks findable
 * (vLLM 0.33: KVCacheCoordinator.find_longest_cache_hit, BlockPool.cache_full_blocks).
 */
import type { BlockHashes } from './block-hashes.ts';
import { type Retention, retention, windowBlocks } from './kv-group.ts';
import type { EngineOptions, KvGroup } from './options.ts';
import { hashLookaheadTokens, hitAlignmentTokens, isPlain } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** A hit: so many tokens, and the blocks that hold them, by group (0 for blocks behind a window): tables to be taken over. */
export interface PrefixHit {
  readonly tokens: number;
  readonly tables: readonly number[][];
}

/** Groups of one kind are looked up together: a block must be cached in all of them. */
interface Kind {
  readonly group: KvGroup;
  readonly members: number[];
}

/** What one kind found: a row of block ids (one for each member) for each block position. */
interface KindHit {
  readonly tokens: number;
  readonly rows: (readonly number[])[];
}

export class PrefixCache {
  private readonly options: EngineOptions;
  private readonly hashes: BlockHashes;
  private readonly kinds: Kind[];
  private readonly alignmentTokens: number;
  private readonly lookaheadTokens: number;
  /** Grows when a block is cached that another request than its owner could hit. */
  sharedVersion = 0;
  /** null: every block is. */
  private readonly isRetained: (Retention | null)[];

  constructor(options: EngineOptions, hashes: BlockHashes) {
    this.options = options;
    this.hashes = hashes;
    this.kinds = kindsOf(options.kvGroups);
    this.alignmentTokens = hitAlignmentTokens(options.kvGroups);
    this.lookaheadTokens = hashLookaheadTokens(options.speculation);
    this.isRetained = options.kvGroups.map((group) => retention(group, options));
  }

  /** The longest cached prefix, always leaving one token to compute. Nothing is taken; the junction is noted. */
  find(request: EngineRequest): PrefixHit {
    const groups = this.options.kvGroups.length;
    request.junctionTokens = 0;
    if (!this.options.enablePrefixCaching || request.skipReadingPrefixCache)
      return { tokens: 0, tables: Array.from({ length: groups }, () => []) };
    if (isPlain(this.options)) return this.findInOnlyGroup(request);
    const { tokens, hits, longestTokens } = this.agree(request, request.knownTokens - 1);
    if (this.kinds.length > 1 && longestTokens > tokens) request.junctionTokens = longestTokens;
    const tables: number[][] = Array.from({ length: groups }, () => []);
    this.kinds.forEach((kind, k) => {
      const rows = hits[k]!.rows;
      const blocks = kind.group.kind === 'full' ? Math.ceil(tokens / kind.group.blockSize) : rows.length;
      kind.members.forEach((g, column) => {
        tables[g] = rows.slice(0, blocks).map((row) => row[column]!);
      });
    });
    return { tokens, tables };
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
      const block = table[i]!;
      if (block === 0 || (isRetained !== null && !isRetained(request, i))) continue;
      const node = request.path.nodeAt((i + 1) * blockSize + this.lookaheadTokens);
      if (node.paths > 1) this.sharedVersion++;
      this.hashes.add(block, node, g, i, kind === 'full' ? table : null);
    }
  }

  /** The same where all layers attend to everything: the run of cached blocks from block 0. */
  private findInOnlyGroup(request: EngineRequest): PrefixHit {
    const { blockSize } = this.options.kvGroups[0]!;
    const fullBlocks = Math.floor((request.knownTokens - 1) / blockSize);
    const blocks: number[] = [];
    while (blocks.length < fullBlocks) {
      const block = this.blockAt(request, 0, blockSize, blocks.length);
      if (block === 0) break;
      blocks.push(block);
    }
    return { tokens: blocks.length * blockSize, tables: [blocks] };
  }

  /** The cached block of a group at position `i` of a request; 0: none. */
  private blockAt(request: EngineRequest, group: number, blockSize: number, i: number): number {
    const hashedTokens = (i + 1) * blockSize + this.lookaheadTokens;
    if (hashedTokens > request.knownTokens) return 0;
    const node = request.path.nodeAt(hashedTokens);
    return this.hashes.find(node, group, i);
  }

  /** Shrinks the limit kind by kind until all agree; with full attention and one other kind one pass is enough. */
  private agree(request: EngineRequest, limitTokens: number) {
    const hits: KindHit[] = [];
    let tokens = limitTokens;
    let longestTokens = 0;
    const onePass = this.kinds.length === 1 || (this.kinds.length === 2 && this.kinds[0]!.group.kind === 'full');
    for (;;) {
      let current = tokens;
      this.kinds.forEach((kind, k) => {
        if (kind.group.kind === 'full' && hits[k] !== undefined) {
          current = Math.min(current, hits[k].tokens);
          return;
        }
        hits[k] = this.findKind(request, kind, current);
        current = hits[k].tokens;
        longestTokens = Math.max(longestTokens, current);
      });
      if (current >= tokens) break;
      tokens = current;
      if (onePass) break;
    }
    return { tokens, hits, longestTokens };
  }

  private findKind(request: EngineRequest, kind: Kind, limitTokens: number): KindHit {
    switch (kind.group.kind) {
      case 'full':
        return this.findFull(request, kind, limitTokens);
      case 'sliding':
        return this.findSliding(request, kind, limitTokens);
      case 'chunked':
        return this.findChunked(request, kind, limitTokens);
    }
  }

  /** The run of cached blocks from block 0. */
  private findFull(request: EngineRequest, kind: Kind, limitTokens: number): KindHit {
    const blockSize = kind.group.blockSize;
    const rows = this.runFrom(request, kind, 0, Math.floor(limitTokens / blockSize));
    const tokens = Math.floor((rows.length * blockSize) / this.alignmentTokens) * this.alignmentTokens;
    rows.length = tokens / blockSize;
    return { tokens, rows };
  }

  /** Positions before the current chunk count as hit; from there on the run of cached blocks. */
  private findChunked(request: EngineRequest, kind: Kind, limitTokens: number): KindHit {
    const { blockSize, chunk } = kind.group;
    const start = Math.floor((Math.floor(limitTokens / chunk) * chunk) / blockSize);
    const nulls = kind.members.map(() => 0);
    const run = this.runFrom(request, kind, start, Math.floor(limitTokens / blockSize));
    const rows = [...Array.from({ length: start }, () => nulls), ...run];
    return { tokens: rows.length * blockSize, rows };
  }

  /** From the right, the first run of blocks that covers a window; else the run that begins at block 0. */
  private findSliding(request: EngineRequest, kind: Kind, limitTokens: number): KindHit {
    const { blockSize } = kind.group;
    const need = windowBlocks(kind.group);
    const nulls = kind.members.map(() => 0);
    const rows: (readonly number[])[] = Array.from({ length: Math.floor(limitTokens / blockSize) }, () => nulls);
    let run = 0;
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = this.blocksAt(request, kind, i);
      if (row === null) {
        run = 0;
        continue;
      }
      if (run === 0 && ((i + 1) * blockSize) % this.alignmentTokens !== 0) continue;
      rows[i] = row;
      run++;
      if (run >= need) {
        rows.length = i + run;
        return { tokens: rows.length * blockSize, rows };
      }
    }
    rows.length = run;
    while ((rows.length * blockSize) % this.alignmentTokens !== 0) rows.pop();
    return { tokens: rows.length * blockSize, rows };
  }

  private runFrom(request: EngineRequest, kind: Kind, start: number, end: number): (readonly number[])[] {
    const rows: (readonly number[])[] = [];
    for (let i = start; i < end; i++) {
      const row = this.blocksAt(request, kind, i);
      if (row === null) break;
      rows.push(row);
    }
    return rows;
  }

  /** The cached block at position `i` in each group of the kind; null unless all have one. */
  private blocksAt(request: EngineRequest, kind: Kind, i: number): number[] | null {
    const row: number[] = [];
    for (const group of kind.members) {
      const block = this.blockAt(request, group, kind.group.blockSize, i);
      if (block === 0) return null;
      row.push(block);
    }
    return row;
  }
}

/** Groups by kind, full attention first, else in order of first appearance. */
function kindsOf(groups: readonly KvGroup[]): Kind[] {
  const kinds: Kind[] = [];
  groups.forEach((group, g) => {
    const same = kinds.find(
      (kind) =>
        kind.group.kind === group.kind &&
        kind.group.window === group.window &&
        kind.group.chunk === group.chunk &&
        kind.group.blockSize === group.blockSize,
    );
    if (same) same.members.push(g);
    else kinds.push({ group, members: [g] });
  });
  return [...kinds.filter((k) => k.group.kind === 'full'), ...kinds.filter((k) => k.group.kind !== 'full')];
}

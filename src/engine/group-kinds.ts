/**
 * KV groups by kind of attention: what each kind finds of a request in the cache, and the longest prefix on which all agree
 * (vLLM 0.33: KVCacheCoordinator.find_longest_cache_hit, SingleTypeKVCacheManager.find_longest_cache_hit).
 */
import { windowBlocks } from './kv-group.ts';
import { hitAlignmentTokens, type KvGroup } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** The cached block of a group at a position of a request; 0: none. */
export type BlockAt = (request: EngineRequest, group: number, blockSize: number, position: number) => number;

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

/** A prefix that is in the cache in every group. */
export interface AgreedHit {
  readonly tokens: number;
  /** Block ids by group, 0 for blocks behind a window. */
  readonly tables: readonly number[][];
  /** The longest prefix that some kind found by itself. */
  readonly longestTokens: number;
}

export class GroupKinds {
  private readonly groups: number;
  private readonly kinds: readonly Kind[];
  private readonly alignmentTokens: number;
  private readonly blockAt: BlockAt;

  constructor(groups: readonly KvGroup[], blockAt: BlockAt) {
    this.groups = groups.length;
    this.kinds = kindsOf(groups);
    this.alignmentTokens = hitAlignmentTokens(groups);
    this.blockAt = blockAt;
  }

  get count(): number {
    return this.kinds.length;
  }

  /** The longest cached prefix of at most `limitTokens` tokens. */
  find(request: EngineRequest, limitTokens: number): AgreedHit {
    const { tokens, hits, longestTokens } = this.agree(request, limitTokens);
    const tables: number[][] = Array.from({ length: this.groups }, () => []);
    this.kinds.forEach((kind, k) => {
      const rows = hits[k]!.rows;
      const blocks = kind.group.kind === 'full' ? Math.ceil(tokens / kind.group.blockSize) : rows.length;
      kind.members.forEach((g, column) => {
        tables[g] = rows.slice(0, blocks).map((row) => row[column]!);
      });
    });
    return { tokens, tables, longestTokens };
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

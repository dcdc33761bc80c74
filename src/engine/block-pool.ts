/**
 * KV cache blocks: who holds them, in which order free ones are reused, and which of them can still be found by their
 * hash (vLLM 0.33: BlockPool, FreeKVCacheBlockQueue). Blocks are numbers; block 0 is the null block, never free and
 * never counted, which lets it serve as the sentinel of the free list.
 */
import { type NodeBlocks, type PrefixNode, PrefixTree } from './prefix-tree.ts';

/** What is known of a block, side by side, because it is read together: offsets in its row. */
const NEXT = 0;
const PREVIOUS = 1;
/** Requests that hold it. */
const REFERENCES = 2;
/** Its hash is that of a node (0: it has none), a group, and a block index. */
const NODE = 3;
const GROUP = 4;
const INDEX = 5;
/** The next block with the same hash, in order of insertion. */
const DUPLICATE = 6;
const ROW = 8;
/** As DUPLICATE: no block comes after it, but some before; where none does either, it is 0. */
const LAST = -1;

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  /** Whose nodes blocks are cached in. */
  readonly prefixes = new PrefixTree();
  private free: number;
  /** How often a request gave up blocks. */
  releases = 0;
  /** A row a block. */
  private readonly rows: Int32Array;

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.free = numBlocks - 1;
    this.rows = new Int32Array(numBlocks * ROW);
    for (let block = 0; block < numBlocks; block++) {
      this.rows[block * ROW + NEXT] = (block + 1) % numBlocks;
      this.rows[block * ROW + PREVIOUS] = (block + numBlocks - 1) % numBlocks;
    }
  }

  get freeBlocks(): number {
    return this.free;
  }

  /** Blocks held by requests. */
  get usedBlocks(): number {
    return this.numBlocks - 1 - this.free;
  }

  /** True for a block that nobody holds: a hit on it takes it out of the free list. */
  isFree(block: number): boolean {
    return block !== 0 && this.rows[block * ROW + REFERENCES] === 0;
  }

  referenceCount(block: number): number {
    return this.rows[block * ROW + REFERENCES]!;
  }

  /** Takes `count` blocks from the head of the free list and appends them to `table`; what they cached is evicted. */
  take(count: number, table: number[]): void {
    const { rows } = this;
    let block = rows[NEXT]!;
    for (let i = 0; i < count; i++) {
      const row = block * ROW;
      if (rows[row + NODE] !== 0) this.evict(block);
      rows[row + REFERENCES] = 1;
      table.push(block);
      block = rows[row + NEXT]!;
    }
    this.endTake(block, count);
  }

  /** Takes a block for each of these requests, into the first of their tables. */
  takeForEach(requests: readonly { readonly blockTables: readonly number[][] }[]): void {
    const { rows } = this;
    let block = rows[NEXT]!;
    for (let i = 0; i < requests.length; i++) {
      const row = block * ROW;
      if (rows[row + NODE] !== 0) this.evict(block);
      rows[row + REFERENCES] = 1;
      requests[i]!.blockTables[0]!.push(block);
      block = rows[row + NEXT]!;
    }
    this.endTake(block, requests.length);
  }

  /** One more request holds `block`, found by its hash. */
  touch(block: number): void {
    if (block === 0) return;
    if (this.rows[block * ROW + REFERENCES] === 0) {
      this.unlink(block);
      this.free--;
    }
    this.rows[block * ROW + REFERENCES]!++;
  }

  /**
   * Gives up a request's blocks, listed first to last; they are freed last first. Blocks without a hash go to the head
   * of the free list, as a row, those with one to its tail: least recently used prefixes are evicted first.
   */
  release(table: readonly number[]): void {
    const { rows } = this;
    this.releases++;
    let headCursor = 0;
    let freed = 0;
    for (let i = table.length - 1; i >= 0; i--) {
      const block = table[i]!;
      if (block === 0) continue;
      const row = block * ROW;
      if (--rows[row + REFERENCES]! > 0) continue;
      freed++;
      const before = rows[row + NODE] === 0 ? headCursor : rows[PREVIOUS]!;
      if (rows[row + NODE] === 0) headCursor = block;
      const after = rows[before * ROW + NEXT]!;
      rows[before * ROW + NEXT] = block;
      rows[row + PREVIOUS] = before;
      rows[row + NEXT] = after;
      rows[after * ROW + PREVIOUS] = block;
    }
    this.free += freed;
  }

  /** The cached block of that hash that was inserted first; 0: none. */
  cachedBlock(node: PrefixNode, group: number, index: number): number {
    const known = node.blocksOf(group);
    if (known === null) return 0;
    const place = index - known.first;
    if (place < 0 || place >= known.blocks.length) return 0;
    const block = known.blocks[place]!;
    const row = block * ROW;
    const { rows } = this;
    return rows[row + NODE] === node.id && rows[row + INDEX] === index && rows[row + GROUP] === group ? block : 0;
  }

  /**
   * Makes `block`, which has no hash yet, findable under a hash. Blocks with one hash are kept side by side. It stands at
   * `index` in `table`, which the node may keep: entries never change and are only added; null: it may not.
   */
  cache(block: number, node: PrefixNode, group: number, index: number, table: number[] | null): void {
    if (!this.borrows(node, group, index, table)) this.enter(block, node, group, index);
    const { rows } = this;
    const row = block * ROW;
    rows[row + NODE] = node.id;
    rows[row + GROUP] = group;
    rows[row + INDEX] = index;
    this.prefixes.acquire(node.id, 1);
  }

  /** The same for the blocks of a table at `from` to `to` - 1. */
  cacheRow(table: number[], node: PrefixNode, group: number, from: number, to: number): void {
    if (!this.borrows(node, group, from, table)) {
      for (let index = from; index < to; index++) this.cache(table[index]!, node, group, index, table);
      return;
    }
    const { rows } = this;
    const { id } = node;
    for (let index = from; index < to; index++) {
      const row = table[index]! * ROW;
      rows[row + NODE] = id;
      rows[row + GROUP] = group;
      rows[row + INDEX] = index;
    }
    this.prefixes.acquire(id, to - from);
  }

  /** Whether a node goes by this table from `index` on, if need be from now on. */
  private borrows(node: PrefixNode, group: number, index: number, table: number[] | null): boolean {
    const known = node.blocksOf(group);
    if (table === null) return false;
    if (known === null) {
      node.setBlocks(group, { blocks: table, first: 0, borrowed: true });
      return true;
    }
    if (known.blocks !== table && known.borrowed && this.holdsAll(table, node, group, index)) known.blocks = table;
    return known.blocks === table;
  }

  /**
   * Whether all blocks that are cached in a node stand in this table before `index`: those of a request that was preempted
   * and goes on with what is left of its blocks.
   */
  private holdsAll(table: readonly number[], node: PrefixNode, group: number, index: number): boolean {
    const { rows } = this;
    let held = 0;
    for (let i = index - 1; i >= 0; i--, held++) {
      const row = table[i]! * ROW;
      if (rows[row + NODE] !== node.id || rows[row + INDEX] !== i || rows[row + GROUP] !== group) break;
    }
    return held === node.cachedBlocks;
  }

  /** Free blocks in the order in which they will be taken; for tests. */
  freeOrder(): number[] {
    const order: number[] = [];
    for (let block = this.rows[NEXT]!; block !== 0; block = this.rows[block * ROW + NEXT]!) order.push(block);
    return order;
  }

  /** Notes in a node that has a list of its own, or needs one now, what stands at a position; or behind what does. */
  private enter(block: number, node: PrefixNode, group: number, index: number): void {
    const first = this.cachedBlock(node, group, index);
    if (first === 0) {
      const { blocks, first } = ownList(node, group, index);
      while (blocks.length <= index - first) blocks.push(0);
      blocks[index - first] = block;
      return;
    }
    const last = this.lastDuplicate(first);
    this.rows[last * ROW + DUPLICATE] = block;
    this.rows[block * ROW + DUPLICATE] = LAST;
  }

  private lastDuplicate(block: number): number {
    let last = block;
    while (this.rows[last * ROW + DUPLICATE]! > 0) last = this.rows[last * ROW + DUPLICATE]!;
    return last;
  }

  /** Takes away the hash of a block that has one. */
  private evict(block: number): void {
    const { rows } = this;
    const row = block * ROW;
    const node = rows[row + NODE]!;
    if (rows[row + DUPLICATE] !== 0) this.leaveDuplicates(block, this.prefixes.node(node));
    rows[row + NODE] = 0;
    this.prefixes.release(node);
  }

  private leaveDuplicates(block: number, node: PrefixNode): void {
    const { rows } = this;
    const row = block * ROW;
    const group = rows[row + GROUP]!;
    const index = rows[row + INDEX]!;
    const first = this.cachedBlock(node, group, index);
    const after = rows[row + DUPLICATE]!;
    rows[row + DUPLICATE] = 0;
    if (first === block) {
      const list = ownList(node, group, index);
      list.blocks[index - list.first] = after;
      if (rows[after * ROW + DUPLICATE] === LAST) rows[after * ROW + DUPLICATE] = 0;
      return;
    }
    let before = first;
    while (rows[before * ROW + DUPLICATE] !== block) before = rows[before * ROW + DUPLICATE]!;
    rows[before * ROW + DUPLICATE] = after === LAST && before === first ? 0 : after;
  }

  /** `count` blocks have been taken; the free list begins with `head` now. */
  private endTake(head: number, count: number): void {
    this.rows[NEXT] = head;
    this.rows[head * ROW + PREVIOUS] = 0;
    this.free -= count;
  }

  private unlink(block: number): void {
    const before = this.rows[block * ROW + PREVIOUS]!;
    const after = this.rows[block * ROW + NEXT]!;
    this.rows[before * ROW + NEXT] = after;
    this.rows[after * ROW + PREVIOUS] = before;
  }

  private linkAfter(before: number, block: number): void {
    const after = this.rows[before * ROW + NEXT]!;
    this.rows[before * ROW + NEXT] = block;
    this.rows[block * ROW + PREVIOUS] = before;
    this.rows[block * ROW + NEXT] = after;
    this.rows[after * ROW + PREVIOUS] = block;
  }
}

/** The list of a node that can be written to: a copy of the table that was borrowed, or a new one from `index` on. */
function ownList(node: PrefixNode, group: number, index: number): NodeBlocks {
  const known = node.blocksOf(group);
  if (known !== null && !known.borrowed && known.first <= index) return known;
  const own =
    known === null
      ? { blocks: [], first: index, borrowed: false }
      : known.borrowed
        ? { blocks: [...known.blocks], first: 0, borrowed: false }
        : {
            blocks: [...new Array<number>(known.first - index).fill(0), ...known.blocks],
            first: index,
            borrowed: false,
          };
  node.setBlocks(group, own);
  return own;
}

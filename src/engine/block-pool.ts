/**
 * KV cache blocks: who holds them, in which order free ones are reused, and which of them can still be found by their
 * hash (vLLM 0.33: BlockPool, FreeKVCacheBlockQueue). Blocks are numbers; block 0 is the null block, never free and
 * never counted, which lets it serve as the sentinel of the free list.
 */
import type { PrefixNode } from './prefix-tree.ts';

/** What is known of a block, side by side, because it is read together: offsets in its row. */
const NEXT = 0;
const PREVIOUS = 1;
/** Requests that hold it. */
const REFERENCES = 2;
/** Its hash is that of a node, a group, and a slot in the node. */
const GROUP = 3;
const SLOT = 4;
/** The next block with the same hash, in order of insertion; 0: none. */
const DUPLICATE = 5;
const ROW = 8;

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  private free: number;
  /** How often a request gave up blocks. */
  releases = 0;
  /** A row a block. */
  private readonly rows: Int32Array;
  /** The node of a cached block's hash; null: the block has no hash. */
  private readonly hashNode: (PrefixNode | null)[];

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.free = numBlocks - 1;
    this.rows = new Int32Array(numBlocks * ROW);
    for (let block = 0; block < numBlocks; block++) {
      this.rows[block * ROW + NEXT] = (block + 1) % numBlocks;
      this.rows[block * ROW + PREVIOUS] = (block + numBlocks - 1) % numBlocks;
    }
    this.hashNode = new Array<PrefixNode | null>(numBlocks).fill(null);
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
    for (let i = 0; i < count; i++) {
      const block = this.rows[NEXT]!;
      this.unlink(block);
      this.evict(block);
      this.rows[block * ROW + REFERENCES] = 1;
      table.push(block);
    }
    this.free -= count;
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
    this.releases++;
    let headCursor = 0;
    for (let i = table.length - 1; i >= 0; i--) {
      const block = table[i]!;
      if (block === 0) continue;
      const left = --this.rows[block * ROW + REFERENCES]!;
      if (left > 0) continue;
      this.free++;
      if (this.hashNode[block] === null) {
        this.linkAfter(headCursor, block);
        headCursor = block;
      } else {
        this.linkAfter(this.rows[PREVIOUS]!, block);
      }
    }
  }

  /** The cached block of that hash that was inserted first; 0: none. */
  cachedBlock(node: PrefixNode, group: number, slot: number): number {
    return node.cachedBlocks[group]?.[slot] ?? 0;
  }

  /** Makes `block`, which has no hash yet, findable under a hash. Blocks with one hash are kept side by side. */
  cache(block: number, node: PrefixNode, group: number, slot: number): void {
    // Nodes without cached blocks share one empty list.
    if (node.cachedBlocks.length === 0) node.cachedBlocks = [];
    while (node.cachedBlocks.length <= group) node.cachedBlocks.push([]);
    const slots = node.cachedBlocks[group]!;
    while (slots.length <= slot) slots.push(0);
    if (slots[slot] === 0) slots[slot] = block;
    else {
      let last = slots[slot]!;
      while (this.rows[last * ROW + DUPLICATE] !== 0) last = this.rows[last * ROW + DUPLICATE]!;
      this.rows[last * ROW + DUPLICATE] = block;
    }
    this.hashNode[block] = node;
    this.rows[block * ROW + GROUP] = group;
    this.rows[block * ROW + SLOT] = slot;
    node.acquire();
  }

  /** Free blocks in the order in which they will be taken; for tests. */
  freeOrder(): number[] {
    const order: number[] = [];
    for (let block = this.rows[NEXT]!; block !== 0; block = this.rows[block * ROW + NEXT]!) order.push(block);
    return order;
  }

  private evict(block: number): void {
    const node = this.hashNode[block];
    if (node == null) return;
    const slots = node.cachedBlocks[this.rows[block * ROW + GROUP]!]!;
    const slot = this.rows[block * ROW + SLOT]!;
    if (slots[slot] === block) slots[slot] = this.rows[block * ROW + DUPLICATE]!;
    else {
      let before = slots[slot]!;
      while (this.rows[before * ROW + DUPLICATE] !== block) before = this.rows[before * ROW + DUPLICATE]!;
      this.rows[before * ROW + DUPLICATE] = this.rows[block * ROW + DUPLICATE]!;
    }
    this.rows[block * ROW + DUPLICATE] = 0;
    this.hashNode[block] = null;
    node.release();
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

/**
 * KV cache blocks: who holds them, in which order free ones are reused, and which of them can still be found by their
 * hash (vLLM 0.33: BlockPool, FreeKVCacheBlockQueue). Blocks are numbers; block 0 is the null block, never free and
 * never counted, which lets it serve as the sentinel of the free list.
 */
import type { PrefixNode } from './prefix-tree.ts';

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  private free: number;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly references: Int32Array;
  /** The hash of a cached block: node, group, and slot in the node; null: the block has no hash. */
  private readonly hashNode: (PrefixNode | null)[];
  private readonly hashGroup: Uint8Array;
  private readonly hashSlot: Int32Array;
  /** The next block with the same hash, in order of insertion; 0: none. */
  private readonly nextDuplicate: Int32Array;

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.free = numBlocks - 1;
    this.next = Int32Array.from({ length: numBlocks }, (_, i) => (i + 1) % numBlocks);
    this.previous = Int32Array.from({ length: numBlocks }, (_, i) => (i + numBlocks - 1) % numBlocks);
    this.references = new Int32Array(numBlocks);
    this.hashNode = new Array<PrefixNode | null>(numBlocks).fill(null);
    this.hashGroup = new Uint8Array(numBlocks);
    this.hashSlot = new Int32Array(numBlocks);
    this.nextDuplicate = new Int32Array(numBlocks);
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
    return block !== 0 && this.references[block] === 0;
  }

  referenceCount(block: number): number {
    return this.references[block]!;
  }

  /** Takes `count` blocks from the head of the free list and appends them to `table`; what they cached is evicted. */
  take(count: number, table: number[]): void {
    for (let i = 0; i < count; i++) {
      const block = this.next[0]!;
      this.unlink(block);
      this.evict(block);
      this.references[block] = 1;
      table.push(block);
    }
    this.free -= count;
  }

  /** One more request holds `block`, found by its hash. */
  touch(block: number): void {
    if (block === 0) return;
    if (this.references[block] === 0) {
      this.unlink(block);
      this.free--;
    }
    this.references[block]!++;
  }

  /**
   * Gives up a request's blocks, listed first to last; they are freed last first. Blocks without a hash go to the head
   * of the free list, as a row, those with one to its tail: least recently used prefixes are evicted first.
   */
  release(table: readonly number[]): void {
    let headCursor = 0;
    for (let i = table.length - 1; i >= 0; i--) {
      const block = table[i]!;
      if (block === 0) continue;
      const left = --this.references[block]!;
      if (left > 0) continue;
      this.free++;
      if (this.hashNode[block] === null) {
        this.linkAfter(headCursor, block);
        headCursor = block;
      } else {
        this.linkAfter(this.previous[0]!, block);
      }
    }
  }

  /** The cached block of that hash that was inserted first; 0: none. */
  cachedBlock(node: PrefixNode, group: number, slot: number): number {
    return node.cachedBlocks[group]?.[slot] ?? 0;
  }

  /** Makes `block`, which has no hash yet, findable under a hash. Blocks with one hash are kept side by side. */
  cache(block: number, node: PrefixNode, group: number, slot: number): void {
    while (node.cachedBlocks.length <= group) node.cachedBlocks.push([]);
    const slots = node.cachedBlocks[group]!;
    while (slots.length <= slot) slots.push(0);
    if (slots[slot] === 0) slots[slot] = block;
    else {
      let last = slots[slot]!;
      while (this.nextDuplicate[last] !== 0) last = this.nextDuplicate[last]!;
      this.nextDuplicate[last] = block;
    }
    this.hashNode[block] = node;
    this.hashGroup[block] = group;
    this.hashSlot[block] = slot;
    node.acquire();
  }

  /** Free blocks in the order in which they will be taken; for tests. */
  freeOrder(): number[] {
    const order: number[] = [];
    for (let block = this.next[0]!; block !== 0; block = this.next[block]!) order.push(block);
    return order;
  }

  private evict(block: number): void {
    const node = this.hashNode[block];
    if (node == null) return;
    const slots = node.cachedBlocks[this.hashGroup[block]!]!;
    const slot = this.hashSlot[block]!;
    if (slots[slot] === block) slots[slot] = this.nextDuplicate[block]!;
    else {
      let before = slots[slot]!;
      while (this.nextDuplicate[before] !== block) before = this.nextDuplicate[before]!;
      this.nextDuplicate[before] = this.nextDuplicate[block]!;
    }
    this.nextDuplicate[block] = 0;
    this.hashNode[block] = null;
    node.release();
  }

  private unlink(block: number): void {
    const before = this.previous[block]!;
    const after = this.next[block]!;
    this.next[before] = after;
    this.previous[after] = before;
  }

  private linkAfter(before: number, block: number): void {
    const after = this.next[before]!;
    this.next[before] = block;
    this.previous[block] = before;
    this.next[block] = after;
    this.previous[after] = block;
  }
}

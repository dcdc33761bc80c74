/**
 * KV cache blocks: who holds them, and in which order free ones are reused (vLLM 0.33: BlockPool, FreeKVCacheBlockQueue).
 * Which of them can still be found by their hash is told by `block-hashes.ts`. Blocks are numbers; block 0 is the null block,
 * never free and never counted, which lets it serve as the sentinel of the free list.
 */
import { BlockHashes } from './block-hashes.ts';

/** What is known of a block, side by side, because it is read together: offsets in its row. */
const NEXT = 0;
const PREVIOUS = 1;
/** Requests that hold it. */
const REFERENCES = 2;
const ROW = 4;

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  readonly hashes: BlockHashes;
  /** How often a request gave up blocks. */
  releases = 0;
  private free: number;
  /** A row a block. */
  private readonly rows: Int32Array;

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.hashes = new BlockHashes(numBlocks);
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
    const { rows, hashes } = this;
    let block = rows[NEXT]!;
    for (let i = 0; i < count; i++) {
      const row = block * ROW;
      if (hashes.has(block)) hashes.evict(block);
      rows[row + REFERENCES] = 1;
      table.push(block);
      block = rows[row + NEXT]!;
    }
    this.endTake(block, count);
  }

  /** Takes a block for each of these requests, into the first of their tables. */
  takeForEach(requests: readonly { readonly blockTables: readonly number[][] }[]): void {
    const { rows, hashes } = this;
    let block = rows[NEXT]!;
    for (let i = 0; i < requests.length; i++) {
      const row = block * ROW;
      if (hashes.has(block)) hashes.evict(block);
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
    const { rows, hashes } = this;
    this.releases++;
    let headCursor = 0;
    let freed = 0;
    for (let i = table.length - 1; i >= 0; i--) {
      const block = table[i]!;
      if (block === 0 || --rows[block * ROW + REFERENCES]! > 0) continue;
      freed++;
      const isHashed = hashes.has(block);
      this.linkAfter(isHashed ? rows[PREVIOUS]! : headCursor, block);
      if (!isHashed) headCursor = block;
    }
    this.free += freed;
  }

  /** Free blocks in the order in which they will be taken; for tests. */
  freeOrder(): number[] {
    const order: number[] = [];
    for (let block = this.rows[NEXT]!; block !== 0; block = this.rows[block * ROW + NEXT]!) order.push(block);
    return order;
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

/**
 * KV cache blocks: who holds them, and what becomes of them when nobody does (vLLM 0.33: BlockPool). In which order free ones
 * are reused is told by `free-blocks.ts`, which of them can still be found by their hash by `block-hashes.ts`. Blocks are
 * numbers; block 0 is the null block, never free and never counted.
 */
import { BlockHashes } from './block-hashes.ts';
import { FreeBlocks } from './free-blocks.ts';

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  readonly hashes: BlockHashes;
  /** How often a request gave up blocks. */
  releases = 0;
  private readonly free: FreeBlocks;
  /** Requests that hold each block. */
  private readonly references: Int32Array;

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.hashes = new BlockHashes(numBlocks);
    this.free = new FreeBlocks(numBlocks);
    this.references = new Int32Array(numBlocks);
  }

  get freeBlocks(): number {
    return this.free.count;
  }

  /** Blocks held by requests. */
  get usedBlocks(): number {
    return this.numBlocks - 1 - this.free.count;
  }

  /** True for a block that nobody holds: a hit on it takes it out of the free list. */
  isFree(block: number): boolean {
    return block !== 0 && this.references[block] === 0;
  }

  referenceCount(block: number): number {
    return this.references[block]!;
  }

  /** Takes `count` free blocks and appends them to `table`; what they cached is evicted. */
  take(count: number, table: number[]): void {
    for (let i = 0; i < count; i++) table.push(this.takeOne());
  }

  /** Takes a block for each of these requests, into the first of their tables. */
  takeForEach(requests: readonly { readonly blockTables: readonly number[][] }[]): void {
    for (let i = 0; i < requests.length; i++) requests[i]!.blockTables[0]!.push(this.takeOne());
  }

  /** One more request holds `block`, found by its hash. */
  touch(block: number): void {
    if (block === 0) return;
    if (this.references[block] === 0) this.free.remove(block);
    this.references[block]!++;
  }

  /**
   * Gives up a request's blocks, listed first to last; they are freed last first. Blocks without a hash go to the head
   * of the free list, as a row, those with one to its tail: least recently used prefixes are evicted first.
   */
  release(table: readonly number[]): void {
    const { references, hashes, free } = this;
    this.releases++;
    let withoutHash = 0;
    for (let i = table.length - 1; i >= 0; i--) {
      const block = table[i]!;
      if (block === 0 || --references[block]! > 0) continue;
      if (hashes.has(block)) free.addLast(block);
      else withoutHash++;
    }
    // The other way round: each of them comes before those that were added.
    for (let i = 0; i < table.length && withoutHash > 0; i++) {
      const block = table[i]!;
      if (block === 0 || references[block]! > 0 || hashes.has(block)) continue;
      free.addFirst(block);
      withoutHash--;
    }
  }

  /** Free blocks in the order in which they will be taken; for tests. */
  freeOrder(): number[] {
    return this.free.toArray();
  }

  private takeOne(): number {
    const block = this.free.takeFirst();
    if (this.hashes.has(block)) this.hashes.evict(block);
    this.references[block] = 1;
    return block;
  }
}

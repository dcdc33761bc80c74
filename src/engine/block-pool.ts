/**
 * KV cache blocks: who holds them, and what becomes of them when nobody does (vLLM 0.33: BlockPool). In which order free ones
 * are reused is told by `free-blocks.ts`, which of them can still be found by their hash by `block-hashes.ts`. Blocks are
 * numbers; block 0 is the null block, never free and never counted.
 */
import { BlockHashes } from './block-hashes.ts';
import { blockRows, HELD, NO_NODE, NODE, ROW, STATE } from './block-rows.ts';
import { FreeBlocks } from './free-blocks.ts';
import { isQuiet, type QuietRun } from './quiet-run.ts';

export class BlockPool {
  /** Blocks in the pool, the null block included. */
  readonly numBlocks: number;
  readonly hashes: BlockHashes;
  /** How often a request gave up blocks. */
  releases = 0;
  private readonly free: FreeBlocks;
  private readonly rows: Int32Array;

  /** `groups`: KV groups whose blocks it holds. */
  constructor(numBlocks: number, groups = 1) {
    this.numBlocks = numBlocks;
    this.rows = blockRows(numBlocks);
    this.free = new FreeBlocks(numBlocks, this.rows);
    this.hashes = new BlockHashes(this.rows, groups, this.free);
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
    return block !== 0 && this.rows[block * ROW + STATE]! >= 0;
  }

  /** Of a block that is not free. */
  referenceCount(block: number): number {
    return -this.rows[block * ROW + STATE]!;
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
    const state = block * ROW + STATE;
    if (this.rows[state]! < 0) {
      this.rows[state]!--;
      return;
    }
    this.free.remove(block);
    this.rows[state] = HELD;
  }

  /**
   * Gives up a request's blocks, listed first to last; they are freed last first. Blocks without a hash go to the head
   * of the free list, as a row, those with one to its tail: least recently used prefixes are evicted first. `runs`: of
   * which blocks no more was noted than that they are cached, first to last.
   */
  release(table: readonly number[], runs: readonly QuietRun[] = []): void {
    const { rows, free } = this;
    this.releases++;
    let withoutHash = 0;
    let first = table.length;
    let r = runs.length - 1;
    for (let i = table.length - 1; i >= 0; i--) {
      while (r >= 0 && (runs[r]!.from > i || !isQuiet(runs[r]!))) r--;
      if (r >= 0 && runs[r]!.to === i + 1) {
        free.addRun(runs[r]!);
        i = runs[r]!.from;
        continue;
      }
      const block = table[i]!;
      const row = block * ROW;
      if (block === 0 || ++rows[row + STATE]! < 0) continue;
      if (rows[row + NODE] !== NO_NODE) free.addLast(block);
      else {
        withoutHash++;
        first = i;
      }
    }
    // The other way round: each of them comes before those that were added.
    for (let i = first; withoutHash > 0; i++) {
      const block = table[i]!;
      const row = block * ROW;
      if (block === 0 || rows[row + STATE]! < 0 || rows[row + NODE] !== NO_NODE) continue;
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
    if (block < 0) {
      const ended = this.free.leaveRun();
      if (ended !== null) this.hashes.endRun(ended);
      return -block;
    }
    const row = block * ROW;
    if (this.rows[row + NODE] !== NO_NODE) this.hashes.evict(block);
    this.rows[row + STATE] = HELD;
    return block;
  }
}

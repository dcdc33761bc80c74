/**
 * KV cache blocks: who holds them, and what becomes of them when nobody does (vLLM 0.33: BlockPool). In which order free ones
 * are reused is told by `free-blocks.ts`, which of them can still be found by their hash by `block-hashes.ts`. Blocks are
 * numbers; block 0 is the null block, never free and never counted.
 *
 * A pool may leave out the numbers: which blocks a request holds makes no difference, only how many, and what is cached. Free
 * blocks that hold nothing then are no more than a number of *blanks*, which come before all others as in vLLM, where a block
 * without a hash goes to the head of the free list; cached ones stand there by runs (`quiet-run.ts`), and by numbers of their
 * own if somebody has asked for them.
 */
import { BlockHashes } from './block-hashes.ts';
import { BlockNumbers } from './block-numbers.ts';
import { blockRows, HELD, NO_NODE, NODE, ROW, STATE } from './block-rows.ts';
import type { BlockTable } from './block-table.ts';
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
  /** null: all blocks are numbered. */
  private readonly numbers: BlockNumbers | null;
  private blanks = 0;

  /** `groups`: KV groups whose blocks it holds. `numbered`: each block has the number that vLLM would give it. */
  constructor(numBlocks: number, groups = 1, numbered = true) {
    this.numBlocks = numBlocks;
    this.rows = blockRows(numBlocks);
    this.free = new FreeBlocks(numBlocks, this.rows);
    this.numbers = numbered ? null : new BlockNumbers();
    this.hashes = new BlockHashes(this.rows, groups, this.free, this.numbers);
    if (!numbered) this.blanks = numBlocks - 1;
    else for (let block = 1; block < numBlocks; block++) this.free.addLast(block);
  }

  get isNumbered(): boolean {
    return this.numbers === null;
  }

  get freeBlocks(): number {
    return this.blanks + this.free.count;
  }

  /** Blocks held by requests. */
  get usedBlocks(): number {
    return this.numBlocks - 1 - this.freeBlocks;
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
  take(count: number, table: BlockTable): void {
    table.length += count;
    if (this.numbers === null) for (let i = 0; i < count; i++) table.ids.push(this.takeOne());
    else this.takeBlank(count);
  }

  /** Takes a block for each of these requests, into the first of their tables. */
  takeForEach(requests: readonly { readonly blockTables: readonly BlockTable[] }[]): void {
    for (let i = 0; i < requests.length; i++) this.take(1, requests[i]!.blockTables[0]!);
  }

  /** Takes `count` free blocks without numbers. The lengths of the tables that they are in are known otherwise. */
  takeBlank(count: number): void {
    const blanks = Math.min(count, this.blanks);
    this.blanks -= blanks;
    for (let left = count - blanks; left > 0; ) {
      const block = this.free.takeFirst();
      if (block !== 0) {
        this.hashes.evict(block);
        this.numbers!.giveBack(block);
        left--;
        continue;
      }
      const run = this.free.firstRun;
      const taken = this.free.takeOfFirstRun(left);
      this.hashes.evictOf(run, taken);
      left -= taken;
    }
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

  /** A request takes over what is left of a free run. */
  touchRun(run: QuietRun, table: BlockTable): void {
    this.free.removeRun(run);
    run.table = table;
  }

  /**
   * Gives up a request's blocks, listed first to last; they are freed last first. Blocks without a hash go to the head
   * of the free list, as a row, those with one to its tail: least recently used prefixes are evicted first. `runs`: those
   * of its blocks that have no numbers, but are cached, first to last.
   */
  release(table: BlockTable, runs: readonly QuietRun[] = []): void {
    this.releases++;
    if (this.numbers === null) this.releaseNumbered(table.ids);
    else this.releaseRuns(table, runs);
  }

  /** Free blocks in the order in which they will be taken; of a pool that numbers them. */
  freeOrder(): number[] {
    return this.free.toArray();
  }

  private releaseNumbered(ids: readonly number[]): void {
    const { rows, free } = this;
    let withoutHash = 0;
    let first = ids.length;
    for (let i = ids.length - 1; i >= 0; i--) {
      const block = ids[i]!;
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
      const block = ids[i]!;
      const row = block * ROW;
      if (block === 0 || rows[row + STATE]! < 0 || rows[row + NODE] !== NO_NODE) continue;
      free.addFirst(block);
      withoutHash--;
    }
  }

  private releaseRuns({ ids, length }: BlockTable, runs: readonly QuietRun[]): void {
    const { rows, free } = this;
    let end = length;
    for (let r = runs.length - 1; end > 0; r--) {
      const run = r >= 0 ? runs[r]! : null;
      if (run !== null && !isQuiet(run)) continue;
      const begin = run === null ? 0 : run.to;
      for (let i = end - 1; i >= begin; i--) {
        const block = i < ids.length ? ids[i]! : 0;
        if (block === 0) this.blanks++;
        // What has a number has a hash.
        else if (++rows[block * ROW + STATE]! === 0) free.addLast(block);
      }
      if (run === null) return;
      free.addRun(run);
      end = run.from;
    }
  }

  private takeOne(): number {
    const block = this.free.takeFirst();
    const row = block * ROW;
    if (this.rows[row + NODE] !== NO_NODE) this.hashes.evict(block);
    this.rows[row + STATE] = HELD;
    return block;
  }
}

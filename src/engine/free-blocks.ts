/**
 * Free KV blocks in the order in which they are reused (vLLM 0.33: FreeKVCacheBlockQueue). vLLM links them; here they stand in
 * a ring, so that the next ones are read in sequence: in a pool of many thousand blocks each would otherwise be waited for. A
 * block that is taken out of the middle leaves a gap, and gaps are closed when the ring is full. Blocks of a quiet run stand
 * there below 0: of them alone no place is noted.
 */

import { ROW, STATE } from './block-rows.ts';
import type { QuietRun } from './quiet-run.ts';

/** In the ring: nothing. The null block is never free. */
const GAP = 0;

export class FreeBlocks {
  /** How many there are. */
  count: number;
  private readonly ring: Int32Array;
  private readonly mask: number;
  private readonly rows: Int32Array;
  /** Quiet runs in the ring, in its order, from `firstRun` on; those that were dissolved have nothing left. */
  private runs: QuietRun[] = [];
  private firstRun = 0;
  private dissolved = 0;
  /** They stand from `head` to before `tail`, counted without end. */
  private head = 0;
  private tail: number;

  /** Blocks 1 to `numBlocks` - 1, in this order. Where each stands is noted in its row. */
  constructor(numBlocks: number, rows: Int32Array) {
    const size = 2 ** Math.ceil(Math.log2(2 * numBlocks));
    this.ring = new Int32Array(size);
    this.mask = size - 1;
    this.rows = rows;
    this.count = 0;
    this.tail = numBlocks - 1;
    for (let block = 1; block < numBlocks; block++) this.put(block - 1, block);
  }

  /** Takes the first; there must be one. Below 0: it is of a quiet run, the first. */
  takeFirst(): number {
    const { ring, mask } = this;
    let block = ring[this.head++ & mask]!;
    while (block === GAP) block = ring[this.head++ & mask]!;
    this.count--;
    return block;
  }

  addFirst(block: number): void {
    if (this.tail - this.head > this.mask) this.closeGaps();
    this.put(--this.head & this.mask, block);
  }

  addLast(block: number): void {
    if (this.tail - this.head > this.mask) this.closeGaps();
    this.put(this.tail++ & this.mask, block);
  }

  /** Takes out a free block, wherever it stands. */
  remove(block: number): void {
    this.ring[this.rows[block * ROW + STATE]!] = GAP;
    this.count--;
  }

  /** Adds a quiet run at the end, its last block first. */
  addRun(run: QuietRun): void {
    const { ring, mask } = this;
    const { table, from, to } = run;
    if (this.tail + to - from - this.head > mask) this.closeGaps();
    run.place = this.tail & mask;
    run.left = to - from;
    for (let i = to - 1; i >= from; i--) ring[this.tail++ & mask] = -table[i]!;
    this.count += run.left;
    this.runs.push(run);
  }

  /** A block of a quiet run has been taken. Returns the run if it was the last one. */
  leaveRun(): QuietRun | null {
    const { runs } = this;
    for (; runs[this.firstRun]!.left === 0; this.firstRun++) this.dissolved--;
    const run = runs[this.firstRun]!;
    if (--run.left > 0) return null;
    this.firstRun++;
    if (2 * this.firstRun > runs.length) this.dropRuns();
    return run;
  }

  /** From now on the blocks of a free run that are left are noted one by one. */
  dissolve(run: QuietRun): void {
    const { table, from, to, place, left } = run;
    for (let i = from + left - 1; i >= from; i--) {
      const at = (place + to - 1 - i) & this.mask;
      this.ring[at] = table[i]!;
      this.rows[table[i]! * ROW + STATE] = at;
    }
    run.left = 0;
    this.dissolved++;
    if (2 * this.dissolved > this.runs.length) this.dropRuns();
  }

  /** In order. */
  toArray(): number[] {
    const blocks: number[] = [];
    for (let i = this.head; i < this.tail; i++) {
      const block = this.ring[i & this.mask]!;
      if (block !== GAP) blocks.push(Math.abs(block));
    }
    return blocks;
  }

  /** Those that have nothing left. */
  private dropRuns(): void {
    this.runs = this.runs.filter(({ left }) => left > 0);
    this.firstRun = 0;
    this.dissolved = 0;
  }

  private put(place: number, block: number): void {
    this.ring[place] = block;
    this.rows[block * ROW + STATE] = place;
    this.count++;
  }

  private closeGaps(): void {
    const { ring, rows, mask } = this;
    const entries: number[] = [];
    for (let i = this.head; i < this.tail; i++) if (ring[i & mask] !== GAP) entries.push(ring[i & mask]!);
    this.head = 0;
    this.tail = entries.length;
    this.dropRuns();
    const runs = this.runs.values();
    for (let i = 0, ofRun = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      ring[i] = entry;
      if (entry > 0) rows[entry * ROW + STATE] = i;
      else if (ofRun > 0) ofRun--;
      else {
        const run: QuietRun = runs.next().value!;
        run.place = (i - (run.to - run.from - run.left)) & mask;
        ofRun = run.left - 1;
      }
    }
  }
}

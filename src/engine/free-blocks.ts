/**
 * Free KV blocks in the order in which they are reused (vLLM 0.33: FreeKVCacheBlockQueue). vLLM links them; here they stand in
 * a ring, so that the next ones are read in sequence: in a pool of many thousand blocks each would otherwise be waited for. A
 * block that is taken out of the middle leaves a gap, and gaps are closed when the ring is full. Of a quiet run only the
 * first of its places is written to, and the others are kept free for the numbers that its blocks may get.
 */

import { ROW, STATE } from './block-rows.ts';
import { HELD_RUN, NOBODYS, type QuietRun } from './quiet-run.ts';

/** In the ring: nothing. The null block is never free. Below 0 stands a run, by its slot. */
const GAP = 0;

export class FreeBlocks {
  /** How many there are. */
  count = 0;
  private readonly ring: Int32Array;
  private readonly mask: number;
  private readonly rows: Int32Array;
  /** Free runs by their slots, from 1 on; null: it was taken out, and its places are passed over. */
  private readonly runs: (QuietRun | null)[] = [null];
  /** By slot: the first place of a run, and how many it has. */
  private readonly places: number[] = [0];
  private readonly sizes: number[] = [0];
  private readonly spareSlots: number[] = [];
  /** They stand from `head` to before `tail`, counted without end. */
  private head = 0;
  private tail = 0;

  /** None at first, of a pool of so many blocks. Where each stands is noted in its row. */
  constructor(numBlocks: number, rows: Int32Array) {
    const size = 2 ** Math.ceil(Math.log2(2 * numBlocks));
    this.ring = new Int32Array(size);
    this.mask = size - 1;
    this.rows = rows;
  }

  /** Takes the first; there must be one. 0: a quiet run stands first (`takeOfFirstRun`). */
  takeFirst(): number {
    const { ring, mask } = this;
    for (;;) {
      const entry = ring[this.head & mask]!;
      if (entry < 0) {
        if (this.runs[-entry] !== null) return 0;
        this.passRun(-entry);
        continue;
      }
      this.head++;
      if (entry === GAP) continue;
      this.count--;
      return entry;
    }
  }

  /** The run that stands first, where one does. */
  get firstRun(): QuietRun {
    return this.runs[-this.ring[this.head & this.mask]!]!;
  }

  /** Takes blocks of that run, `most` or as many as it has. Returns how many. */
  takeOfFirstRun(most: number): number {
    const run = this.firstRun;
    const taken = Math.min(most, run.to - run.from);
    this.count -= taken;
    run.to -= taken;
    if (run.to === run.from) this.passRun(run.slot);
    return taken;
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
    const size = run.to - run.from;
    if (this.tail + size - this.head > this.mask) this.closeGaps();
    const slot = this.spareSlots.pop() ?? this.runs.length;
    run.slot = slot;
    run.table = NOBODYS;
    this.runs[slot] = run;
    this.places[slot] = this.tail;
    this.sizes[slot] = size;
    this.ring[this.tail & this.mask] = -slot;
    this.tail += size;
    this.count += size;
  }

  /** Takes out what is left of a run, wherever it stands. */
  removeRun(run: QuietRun): void {
    this.runs[run.slot] = null;
    run.slot = HELD_RUN;
    this.count -= run.to - run.from;
  }

  /** The blocks that are left of a free run have numbers from now on, and stand there one by one: `ids`, first to last. */
  dissolve(run: QuietRun, ids: readonly number[]): void {
    const { ring, mask, rows } = this;
    const { slot } = run;
    let place = this.places[slot]!;
    for (let taken = this.sizes[slot]! - ids.length; taken > 0; taken--) ring[place++ & mask] = GAP;
    for (let i = ids.length - 1; i >= 0; i--, place++) {
      ring[place & mask] = ids[i]!;
      rows[ids[i]! * ROW + STATE] = place & mask;
    }
    this.runs[slot] = null;
    this.spareSlots.push(slot);
    run.slot = HELD_RUN;
  }

  /** Those with numbers, in order. */
  toArray(): number[] {
    return this.entries().filter((entry) => entry > 0);
  }

  /** Blocks and runs in order. */
  private entries(): number[] {
    const { ring, mask } = this;
    const entries: number[] = [];
    for (let i = this.head; i < this.tail; ) {
      const entry = ring[i & mask]!;
      if (entry > 0 || (entry < 0 && this.runs[-entry] !== null)) entries.push(entry);
      i += entry < 0 ? this.sizes[-entry]! : 1;
    }
    return entries;
  }

  /** The run that stands first is left behind. */
  private passRun(slot: number): void {
    this.head += this.sizes[slot]!;
    this.runs[slot] = null;
    this.spareSlots.push(slot);
  }

  private put(place: number, block: number): void {
    this.ring[place] = block;
    this.rows[block * ROW + STATE] = place;
    this.count++;
  }

  private closeGaps(): void {
    const { ring, rows } = this;
    const entries = this.entries();
    const gone = [...this.runs.keys()].filter((slot) => slot > 0 && this.runs[slot] === null);
    this.spareSlots.length = 0;
    this.spareSlots.push(...gone);
    this.head = 0;
    this.tail = 0;
    for (const entry of entries) {
      ring[this.tail] = entry;
      if (entry > 0) rows[entry * ROW + STATE] = this.tail++;
      else {
        const { from, to } = this.runs[-entry]!;
        this.places[-entry] = this.tail;
        this.sizes[-entry] = to - from;
        this.tail += to - from;
      }
    }
  }
}

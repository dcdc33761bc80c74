import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockRows } from '../../src/engine/block-rows.ts';
import { emptyTable } from '../../src/engine/block-table.ts';
import { FreeBlocks } from '../../src/engine/free-blocks.ts';
import { PrefixTree } from '../../src/engine/prefix-tree.ts';
import { HELD_RUN, type QuietRun } from '../../src/engine/quiet-run.ts';

const node = new PrefixTree().root(null);

const newRun = (from: number, to: number): QuietRun => ({ node, table: emptyTable(), from, to, slot: HELD_RUN });

/** Free blocks beside what they should be: a plain list, in which each block of a run stands as that run. */
class Twin {
  readonly blocks: FreeBlocks;
  private list: (number | QuietRun)[] = [];
  /** Runs that were taken out: they may come back. */
  private readonly held: QuietRun[] = [];
  private readonly numbers: readonly number[];

  constructor(numBlocks: number) {
    this.blocks = new FreeBlocks(numBlocks, blockRows(numBlocks));
    this.numbers = Array.from({ length: numBlocks - 1 }, (_, i) => i + 1);
  }

  /** Takes the first block, or up to `most` where a run stands first. */
  take(most: number): void {
    const [first] = this.list;
    if (first === undefined) return;
    expect(this.blocks.takeFirst()).toBe(typeof first === 'number' ? first : 0);
    let taken = 1;
    if (typeof first !== 'number') {
      taken = Math.min(most, this.sizeOf(first));
      expect(this.blocks.firstRun).toBe(first);
      expect(this.blocks.takeOfFirstRun(most)).toBe(taken);
    }
    this.list.splice(0, taken);
  }

  addFirst(which: number): void {
    if (this.room === 0) return;
    const block = this.unused(which, 1)[0]!;
    this.blocks.addFirst(block);
    this.list.unshift(block);
  }

  addLast(which: number): void {
    if (this.room === 0) return;
    const block = this.unused(which, 1)[0]!;
    this.blocks.addLast(block);
    this.list.push(block);
  }

  remove(which: number): void {
    const numbered = this.list.filter((each) => typeof each === 'number');
    if (numbered.length === 0) return;
    const block = numbered[which % numbered.length]!;
    this.blocks.remove(block);
    this.list.splice(this.list.indexOf(block), 1);
  }

  /** A block is added and taken out again and again, which leaves as many gaps. */
  comeAndGo(which: number): void {
    if (this.room === 0) return;
    const block = this.unused(which, 1)[0]!;
    for (let i = which % 16; i > 0; i--) {
      this.blocks.addLast(block);
      this.blocks.remove(block);
    }
  }

  /** Adds a new run, or one that was taken out, as long as it may have become since. */
  addRun(which: number): void {
    if (this.room === 0) return;
    const run = (which % 2 === 0 ? this.held.pop() : undefined) ?? newRun(which % 3, 0);
    run.to = run.from + 1 + (which % this.room);
    this.blocks.addRun(run);
    for (let i = run.from; i < run.to; i++) this.list.push(run);
  }

  removeRun(which: number): void {
    const run = this.someRun(which);
    if (run === undefined) return;
    this.blocks.removeRun(run);
    this.list = this.list.filter((each) => each !== run);
    this.held.push(run);
    expect(run.slot).toBe(HELD_RUN);
  }

  dissolve(which: number): void {
    const run = this.someRun(which);
    if (run === undefined) return;
    const ids = this.unused(which, this.sizeOf(run));
    this.blocks.dissolve(run, ids);
    const lastFirst = [...ids];
    this.list = this.list.map((each) => (each === run ? lastFirst.pop()! : each));
    expect(run.slot).toBe(HELD_RUN);
  }

  compare(): void {
    expect(this.blocks.toArray()).toEqual(this.list.filter((each) => typeof each === 'number'));
    expect(this.blocks.count).toBe(this.list.length);
    const runs = this.runs;
    expect(runs.map(({ from, to }) => to - from)).toEqual(runs.map((run) => this.sizeOf(run)));
    expect(new Set(runs.map(({ slot }) => slot)).size).toBe(runs.length);
    expect(runs.filter(({ slot }) => slot === HELD_RUN)).toEqual([]);
  }

  takeAll(): void {
    while (this.list.length > 0) {
      this.take(2);
      this.compare();
    }
  }

  private get room(): number {
    return this.numbers.length - this.list.length;
  }

  private get runs(): QuietRun[] {
    return [...new Set(this.list.filter((each) => typeof each !== 'number'))];
  }

  private someRun(which: number): QuietRun | undefined {
    return this.runs[which % Math.max(1, this.runs.length)];
  }

  private sizeOf(run: QuietRun): number {
    return this.list.filter((each) => each === run).length;
  }

  /** Numbers that no free block has. */
  private unused(which: number, count: number): number[] {
    const unused = this.numbers.filter((number) => !this.list.includes(number));
    return Array.from({ length: count }, (_, i) => unused[(which + i) % unused.length]!);
  }
}

const ACTS = ['take', 'addFirst', 'addLast', 'remove', 'comeAndGo', 'addRun', 'removeRun', 'dissolve'] as const;

/** So often each; where blocks are hardly ever taken from the head, gaps pile up. */
const WEIGHTS = [
  [5, 1, 2, 2, 1, 3, 1, 1],
  [2, 0, 3, 4, 6, 4, 2, 1],
];

const acts = fc.constantFrom(...WEIGHTS).chain((weights) =>
  fc.array(
    fc.record({
      act: fc.oneof(...ACTS.map((act, i) => ({ weight: weights[i]!, arbitrary: fc.constant(act) }))),
      which: fc.nat(1000),
    }),
    { maxLength: 400, size: 'max' },
  ),
);

describe('free blocks', () => {
  it('are none at first', () => {
    const blocks = new FreeBlocks(6, blockRows(6));
    expect(blocks.toArray()).toEqual([]);
    expect(blocks.count).toBe(0);
  });

  it('are those of a plain list, however blocks and runs are added, taken, taken out, and given numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), acts, (numBlocks, all) => {
        const twin = new Twin(numBlocks);
        for (const { act, which } of all) {
          twin[act](act === 'take' ? 1 + (which % 4) : which);
          twin.compare();
        }
        twin.takeAll();
      }),
      { numRuns: 200 },
    );
  });

  it('close the gaps that blocks leave which are taken out of the middle again and again', () => {
    const blocks = new FreeBlocks(4, blockRows(4));
    for (const block of [1, 2, 3]) blocks.addLast(block);
    for (let i = 0; i < 1000; i++) {
      blocks.remove(2);
      blocks.addLast(2);
    }
    expect([blocks.takeFirst(), blocks.takeFirst(), blocks.takeFirst()]).toEqual([1, 3, 2]);
    expect(blocks.count).toBe(0);
  });

  const takeRun = (blocks: FreeBlocks) => expect([blocks.takeFirst(), blocks.takeOfFirstRun(2)]).toEqual([0, 2]);

  it.each([
    ['taken', takeRun],
    [
      'taken while gaps pile up',
      (blocks: FreeBlocks) => {
        takeRun(blocks);
        for (let i = 0; i < 8; i++) {
          blocks.addLast(1);
          blocks.remove(1);
        }
      },
    ],
    ['taken out', (blocks: FreeBlocks, run: QuietRun) => blocks.removeRun(run)],
    [
      'given numbers',
      (blocks: FreeBlocks, run: QuietRun) => {
        blocks.dissolve(run, [2, 3]);
        expect([blocks.takeFirst(), blocks.takeFirst()]).toEqual([3, 2]);
      },
    ],
  ])('keep no note of runs that are %s, so that no more places are needed, however many there have been', (_, end) => {
    const blocks = new FreeBlocks(4, blockRows(4));
    const slots = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const run = newRun(0, 2);
      blocks.addRun(run);
      slots.add(run.slot);
      end(blocks, run);
    }
    // There are 8 places.
    expect(slots.size).toBeLessThanOrEqual(8);
    expect(blocks.count).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockRows } from '../../src/engine/block-rows.ts';
import { FreeBlocks } from '../../src/engine/free-blocks.ts';
import { PrefixTree } from '../../src/engine/prefix-tree.ts';
import { HELD_RUN, type QuietRun } from '../../src/engine/quiet-run.ts';

const KINDS = ['takeFirst', 'addFirst', 'addLast', 'remove', 'addRun', 'dissolve'] as const;

type Act = { readonly kind: (typeof KINDS)[number]; readonly which: number };

/** So often each; where blocks are hardly ever taken from the head, gaps pile up. */
const WEIGHTS = [
  [2, 1, 2, 2, 1, 1],
  [1, 0, 8, 9, 2, 1],
];

const acts: fc.Arbitrary<Act[]> = fc.constantFrom(...WEIGHTS).chain((weights) =>
  fc.array(
    fc.record({
      kind: fc.oneof(...KINDS.map((kind, i) => ({ weight: weights[i]!, arbitrary: fc.constant(kind) }))),
      which: fc.nat(1000),
    }),
    { maxLength: 400, size: 'max' },
  ),
);

const node = new PrefixTree().root(null);

const runOf = (runs: readonly QuietRun[], block: number) =>
  runs.find(({ table, from, left }) => table.slice(from, from + left).includes(block));

/** Does what is asked for, if it can be done, here and in a plain list. */
function follow(blocks: FreeBlocks, list: number[], held: number[], runs: QuietRun[], { kind, which }: Act): void {
  if (kind === 'takeFirst' && list.length > 0) {
    const block = blocks.takeFirst();
    expect(Math.abs(block)).toBe(list[0]);
    const run = runOf(runs, list[0]!);
    expect(block < 0).toBe(run !== undefined);
    const isLast = run?.left === 1;
    if (run !== undefined) expect(blocks.leaveRun()).toBe(isLast ? run : null);
    held.push(list.shift()!);
  }
  const free = list.filter((block) => runOf(runs, block) === undefined);
  if (kind === 'remove' && free.length > 0) {
    const block = free[which % free.length]!;
    list.splice(list.indexOf(block), 1);
    blocks.remove(block);
    held.push(block);
  }
  const live = runs.filter(({ left }) => left > 0);
  if (kind === 'dissolve' && live.length > 0) blocks.dissolve(live[which % live.length]!);
  if (kind === 'addRun' && held.length > 0) {
    const from = which % held.length;
    const table = [...held];
    runs.push({ node, table, from, to: table.length, place: HELD_RUN, left: 0 });
    list.push(...held.splice(from).reverse());
    blocks.addRun(runs.at(-1)!);
  }
  if (held.length === 0 || (kind !== 'addFirst' && kind !== 'addLast')) return;
  const [block] = held.splice(which % held.length, 1);
  if (kind === 'addFirst') list.unshift(block!);
  else list.push(block!);
  blocks[kind](block!);
}

describe('free blocks', () => {
  it('are all blocks but the null block at first, in the order of their numbers', () => {
    const blocks = new FreeBlocks(6, blockRows(6));
    expect(blocks.toArray()).toEqual([1, 2, 3, 4, 5]);
    expect(blocks.count).toBe(5);
  });

  it('are those of a plain list, however they are taken out and put back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), acts, (numBlocks, all) => {
        const blocks = new FreeBlocks(numBlocks, blockRows(numBlocks));
        const list = Array.from({ length: numBlocks - 1 }, (_, i) => i + 1);
        const held: number[] = [];
        const runs: QuietRun[] = [];
        for (const act of all) {
          follow(blocks, list, held, runs, act);
          expect(blocks.toArray()).toEqual(list);
          expect(blocks.count).toBe(list.length);
        }
      }),
    );
  });

  it('close the gaps that blocks leave which are taken out of the middle again and again', () => {
    const blocks = new FreeBlocks(4, blockRows(4));
    for (let i = 0; i < 1000; i++) {
      blocks.remove(2);
      blocks.addLast(2);
    }
    expect([blocks.takeFirst(), blocks.takeFirst(), blocks.takeFirst()]).toEqual([1, 3, 2]);
    expect(blocks.count).toBe(0);
  });
});

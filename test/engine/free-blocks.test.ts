import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FreeBlocks } from '../../src/engine/free-blocks.ts';

type Act = { readonly kind: 'takeFirst' | 'addFirst' | 'addLast' | 'remove'; readonly which: number };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Act['kind']>('takeFirst', 'addFirst', 'addLast', 'addLast', 'remove', 'remove'),
    which: fc.nat(1000),
  }),
  { maxLength: 400, size: 'max' },
);

/** Does what is asked for, if it can be done, here and in a plain list. */
function follow(blocks: FreeBlocks, list: number[], held: number[], { kind, which }: Act): void {
  if (kind === 'takeFirst' && list.length > 0) {
    expect(blocks.takeFirst()).toBe(list[0]);
    held.push(list.shift()!);
  }
  if (kind === 'remove' && list.length > 0) {
    const [block] = list.splice(which % list.length, 1);
    blocks.remove(block!);
    held.push(block!);
  }
  if (held.length === 0 || (kind !== 'addFirst' && kind !== 'addLast')) return;
  const [block] = held.splice(which % held.length, 1);
  if (kind === 'addFirst') list.unshift(block!);
  else list.push(block!);
  blocks[kind](block!);
}

describe('free blocks', () => {
  it('are all blocks but the null block at first, in the order of their numbers', () => {
    const blocks = new FreeBlocks(6);
    expect(blocks.toArray()).toEqual([1, 2, 3, 4, 5]);
    expect(blocks.count).toBe(5);
  });

  it('are those of a plain list, however they are taken out and put back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), acts, (numBlocks, all) => {
        const blocks = new FreeBlocks(numBlocks);
        const list = Array.from({ length: numBlocks - 1 }, (_, i) => i + 1);
        const held: number[] = [];
        for (const act of all) {
          follow(blocks, list, held, act);
          expect(blocks.toArray()).toEqual(list);
          expect(blocks.count).toBe(list.length);
        }
      }),
    );
  });

  it('close the gaps that blocks leave which are taken out of the middle again and again', () => {
    const blocks = new FreeBlocks(4);
    for (let i = 0; i < 1000; i++) {
      blocks.remove(2);
      blocks.addLast(2);
    }
    expect([blocks.takeFirst(), blocks.takeFirst(), blocks.takeFirst()]).toEqual([1, 3, 2]);
    expect(blocks.count).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockHashes } from '../../src/engine/block-hashes.ts';
import { BlockPool } from '../../src/engine/block-pool.ts';
import type { PrefixNode } from '../../src/engine/prefix-node.ts';
import { PrefixPath } from '../../src/engine/prefix-path.ts';
import type { QuietRun } from '../../src/engine/quiet-run.ts';

const nodeIn = ({ prefixes }: BlockHashes, segment = 1): PrefixNode =>
  new PrefixPath(prefixes.root(null), [{ segment, tokens: 1000 }], 2).nodeAt(1);

/** With more than one KV group every block has its own hash at once. */
const hashesOfTwoGroups = () => new BlockPool(10, 2).hashes;

describe('blocks with the same hash', () => {
  it.each([
    { gone: [1], found: [2] },
    { gone: [2], found: [1] },
    { gone: [3], found: [1] },
    { gone: [1, 2], found: [2, 3] },
    { gone: [1, 3], found: [2, 2] },
    { gone: [2, 1], found: [1, 3] },
    { gone: [2, 3], found: [1, 1] },
    { gone: [3, 1], found: [1, 2] },
    { gone: [3, 2], found: [1, 1] },
    { gone: [1, 2, 3], found: [2, 3, 0] },
    { gone: [2, 3, 1], found: [1, 1, 0] },
  ])('are found in the order in which they were cached: with $gone evicted, $found', ({ gone, found }) => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    for (const block of [1, 2, 3]) hashes.add(block, node, 0, 7, null);
    expect(hashes.find(node, 0, 7)).toBe(1);
    const then = gone.map((block) => {
      hashes.evict(block);
      return hashes.find(node, 0, 7);
    });
    expect(then).toEqual(found);
  });

  it('go behind those that are left when they come back', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    for (const block of [1, 2]) hashes.add(block, node, 0, 0, null);
    hashes.evict(1);
    hashes.add(1, node, 0, 0, null);
    expect(hashes.find(node, 0, 0)).toBe(2);
    hashes.evict(2);
    expect(hashes.find(node, 0, 0)).toBe(1);
  });
});

describe('a hash', () => {
  it('is a node, a group and a position, and nothing else finds the block', () => {
    const hashes = hashesOfTwoGroups();
    const [one, other] = [nodeIn(hashes, 1), nodeIn(hashes, 3)];
    hashes.add(4, one, 1, 2, null);
    expect(hashes.find(one, 1, 2)).toBe(4);
    expect([hashes.find(one, 0, 2), hashes.find(one, 1, 1), hashes.find(one, 1, 3)]).toEqual([0, 0, 0]);
    expect(hashes.find(other, 1, 2)).toBe(0);
  });

  it('can be given for positions before those that are known', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    hashes.add(5, node, 0, 6, null);
    hashes.add(6, node, 0, 2, null);
    expect([2, 3, 6].map((index) => hashes.find(node, 0, index))).toEqual([6, 0, 5]);
  });
});

describe('a table that a node goes by', () => {
  it('may grow beyond what is cached: only that is found', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    const table = [4, 5, 6];
    hashes.addRow(table, node, 0, 0, 2);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([4, 5, 0]);
    hashes.addRow(table, node, 0, 2, 3);
    expect(hashes.find(node, 0, 2)).toBe(6);
  });

  it('is never written to, whatever comes of the blocks in it', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    const table = [1, 2];
    hashes.addRow(table, node, 0, 0, 2);
    hashes.addRow([3, 4], node, 0, 0, 2);
    hashes.evict(1);
    hashes.addRow([5, 6, 7], node, 0, 2, 3);
    expect(table).toEqual([1, 2]);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([3, 2, 7]);
  });

  it('gives way to that of the request that goes on with all its blocks', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    hashes.addRow([1, 2, 3], node, 0, 0, 3);
    hashes.evict(3);
    const resumed = [1, 2, 4];
    hashes.addRow(resumed, node, 0, 2, 3);
    expect(node.blocksOf(0)?.blocks).toBe(resumed);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([1, 2, 4]);
  });

  it('does not while a block is cached that the new one lacks', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    hashes.addRow([1, 2, 3], node, 0, 0, 3);
    // The middle block is gone, so the request goes on with the first alone; the third is still there.
    hashes.evict(2);
    hashes.addRow([1, 4], node, 0, 1, 2);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([1, 4, 3]);
  });
});

describe('a quiet run', () => {
  /** A request with 6 blocks, all cached: 2 of prompt, 4 of output. */
  function quiet(size: number) {
    const pool = new BlockPool(size);
    const { hashes } = pool;
    const path = new PrefixPath(hashes.prefixes.root(null), [{ segment: 1, tokens: 2 }], 2);
    const table: number[] = [];
    pool.take(6, table);
    const runs = [
      hashes.addRow(table, path.nodeAt(1), 0, 0, 2)!,
      hashes.addRow(table, path.nodeAt(3), 0, 2, 5)!,
      hashes.addRow(table, path.nodeAt(6), 0, 5, 6),
    ];
    const found = () => table.map((_, i) => hashes.find(path.nodeAt(i + 1), 0, i));
    return { pool, path, table, runs: runs.slice(0, 2) as QuietRun[], last: runs[2], found };
  }

  it('grows while a request goes on', () => {
    const { runs, last, found, table } = quiet(10);
    expect(last).toBeNull();
    expect(runs[1]).toMatchObject({ from: 2, to: 6 });
    expect(found()).toEqual(table);
  });

  it('is freed as its blocks would be one by one, and found as long as they are not taken again', () => {
    const { pool, table, runs, found } = quiet(10);
    pool.release(table, runs);
    expect(pool.freeOrder()).toEqual([7, 8, 9, 6, 5, 4, 3, 2, 1]);
    const other: number[] = [];
    pool.take(5, other);
    expect(other).toEqual([7, 8, 9, 6, 5]);
    expect(found()).toEqual([1, 2, 3, 4, 0, 0]);
    expect([1, 2, 3, 4].map((block) => pool.isFree(block))).toEqual([true, true, true, true]);
    pool.touch(3);
    expect(pool.freeOrder()).toEqual([4, 2, 1]);
  });

  it.each([0, 3])('leaves nothing behind when all of it has been taken again, looked into after %i', (before) => {
    const { pool, path, table, runs } = quiet(7);
    const { prefixes } = pool.hashes;
    const [prompt, output] = [path.nodeAt(1), path.nodeAt(6)];
    path.release();
    pool.release(table, runs);
    pool.take(before, []);
    if (before > 0) expect(pool.hashes.find(output, 0, 2)).toBe(3);
    pool.take(4 - before, []);
    expect([prompt, output].map(({ id }) => prefixes.usersOf(id))).toEqual([2, 0]);
    pool.take(2, []);
    expect(prefixes.usersOf(prompt.id)).toBe(0);
  });

  it('is noted block by block from the first look on, while a request holds it too', () => {
    const { pool, table, runs, found } = quiet(10);
    expect(found()).toEqual(table);
    pool.touch(2);
    expect([1, 2].map((block) => pool.referenceCount(block))).toEqual([1, 2]);
    pool.release(table, runs);
    expect(pool.freeOrder()).toEqual([7, 8, 9, 6, 5, 4, 3, 1]);
  });
});

/** Requests with the same tokens: 2 blocks of prompt, then output. Block 0 of a table stands for nobody's. */
const step = fc.record({
  what: fc.constantFrom('start', 'grow', 'grow', 'grow', 'free', 'free', 'evict', 'look'),
  who: fc.nat(20),
  blocks: fc.integer({ min: 1, max: 4 }),
  lasting: fc.constantFrom(true, true, true, false),
});

it('whoever computes, is preempted and resumes: of each position the block is found that was cached first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 24 }), fc.array(step, { maxLength: 80, size: 'max' }), (size, steps) => {
      const pool = new BlockPool(size);
      const { hashes } = pool;
      const path = new PrefixPath(hashes.prefixes.root(null), [{ segment: 1, tokens: 2 }], 2);
      const cached: number[][] = [];
      const tables: number[][] = [];
      const quietRuns = new Map<number[], QuietRun[]>();
      const take = (count: number, table: number[]) => {
        const taken = pool.freeOrder().slice(0, count);
        for (let i = 0; i < cached.length; i++) cached[i] = cached[i]!.filter((block) => !taken.includes(block));
        pool.take(count, table);
      };
      for (const { what, who, blocks, lasting } of steps) {
        const table = tables[who % Math.max(1, tables.length)];
        if (what === 'start') {
          const hit: number[] = [];
          for (let block = -1; block !== 0 && hit.length < blocks; ) {
            block = hashes.find(path.nodeAt(hit.length + 1), 0, hit.length);
            if (block !== 0) hit.push(block);
          }
          for (const block of hit) pool.touch(block);
          tables.push(hit);
        } else if (table !== undefined && what === 'grow' && blocks <= pool.freeBlocks) {
          const from = table.length;
          take(blocks, table);
          for (let i = from; i < table.length; i++) {
            cached[i] = [...(cached[i] ?? []), table[i]!];
            // One at a time in the prompt and where tables do not last; all in a row where the output goes on.
            const node = path.nodeAt(i + 1);
            if (!lasting || i < 2) hashes.add(table[i]!, node, 0, i, lasting ? table : null);
            else if (i === Math.max(2, from)) {
              const run = hashes.addRow(table, node, 0, i, table.length);
              if (run !== null) quietRuns.set(table, [...(quietRuns.get(table) ?? []), run]);
            }
          }
        } else if (table !== undefined && what === 'free') {
          pool.release(table, quietRuns.get(table));
          tables.splice(tables.indexOf(table), 1);
        } else if (what === 'evict' && pool.freeBlocks > 0) {
          const passing: number[] = [];
          take(1, passing);
          pool.release(passing);
        }
        if (what !== 'look') continue;
        const found = cached.map((_, i) => hashes.find(path.nodeAt(i + 1), 0, i));
        expect(found).toEqual(cached.map((of) => of[0] ?? 0));
      }
    }),
    { numRuns: 300 },
  );
});

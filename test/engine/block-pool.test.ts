import { describe, expect, it } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { PrefixPath } from '../../src/engine/prefix-path.ts';

/** A pool of which so many blocks are taken, and what to hash them in. */
function poolWith(blocks: number, taken: number) {
  const pool = new BlockPool(blocks + 1);
  const table: number[] = [];
  pool.take(taken, table);
  const path = new PrefixPath(pool.hashes.prefixes.root(null), [{ segment: 1, tokens: 1000 }], 2);
  const hash = (...hashed: number[]) => {
    for (const block of hashed) pool.hashes.add(block, path.nodeAt(1), 0, block, null);
  };
  const hashed = (block: number) => pool.hashes.find(path.nodeAt(1), 0, block) === block;
  return { pool, table, hash, hashed };
}

describe('the free list', () => {
  it('begins with the blocks in order, without the null block', () => {
    const { pool, table } = poolWith(5, 2);
    expect(table).toEqual([1, 2]);
    expect(pool.freeOrder()).toEqual([3, 4, 5]);
  });

  it('gets a request’s blocks last first: unhashed ones as a row at its head, hashed ones at its tail', () => {
    const { pool, hash } = poolWith(8, 6);
    hash(2, 4);
    pool.release([1, 2, 3, 4]);
    // 4 to the tail, 3 to the head, 2 to the tail, 1 behind 3.
    expect(pool.freeOrder()).toEqual([3, 1, 7, 8, 4, 2]);
    pool.release([5, 0, 6]);
    expect(pool.freeOrder()).toEqual([6, 5, 3, 1, 7, 8, 4, 2]);
    expect(pool.usedBlocks).toBe(0);
  });

  it('gets a block when the last of those who hold it gives it up', () => {
    const { pool } = poolWith(4, 2);
    pool.touch(2);
    pool.release([1, 2]);
    expect(pool.freeOrder()).toEqual([1, 3, 4]);
    pool.release([2]);
    expect(pool.freeOrder()).toEqual([2, 1, 3, 4]);
  });

  it('loses a block from its middle, its head or its tail to a hit', () => {
    const { pool, hash } = poolWith(4, 4);
    hash(1, 2, 3, 4);
    pool.release([1, 2, 3, 4]);
    expect(pool.freeOrder()).toEqual([4, 3, 2, 1]);
    pool.touch(3);
    expect(pool.freeOrder()).toEqual([4, 2, 1]);
    pool.touch(1);
    pool.touch(4);
    expect(pool.freeOrder()).toEqual([2]);
    expect(pool.freeBlocks).toBe(1);
    pool.touch(0);
    expect(pool.freeBlocks).toBe(1);
  });

  it('gives a block each to several requests as if each had taken its own', () => {
    const takers = () => Array.from({ length: 3 }, () => ({ blockTables: [[] as number[]] }));
    const [together, alone] = [poolWith(6, 4), poolWith(6, 4)];
    for (const { pool, hash } of [together, alone]) {
      hash(1, 3);
      pool.release([1, 2, 3]);
    }
    const requests = takers();
    together.pool.takeForEach(requests);
    const others = takers();
    for (const { blockTables } of others) alone.pool.take(1, blockTables[0]!);
    // Free were 2, 5, 6, 3, 1.
    expect(requests.map(({ blockTables }) => blockTables[0])).toEqual([[2], [5], [6]]);
    expect(others).toEqual(requests);
    expect(together.pool.freeOrder()).toEqual(alone.pool.freeOrder());
    together.pool.takeForEach(requests.slice(0, 2));
    expect([1, 3].map((block) => together.hashed(block))).toEqual([false, false]);
  });

  it('counts how often blocks were given up, not how many', () => {
    const { pool } = poolWith(5, 4);
    pool.release([1, 2, 3]);
    pool.release([4]);
    expect(pool.releases).toBe(2);
  });
});

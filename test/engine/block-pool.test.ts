import { describe, expect, it } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { type BlockTable, emptyTable } from '../../src/engine/block-table.ts';
import { PrefixPath } from '../../src/engine/prefix-path.ts';

const tableOf = (...ids: number[]): BlockTable => ({ ids, length: ids.length });

/** A pool of which so many blocks are taken, and what to hash them in. */
function poolWith(blocks: number, taken: number) {
  const pool = new BlockPool(blocks + 1);
  const table = emptyTable();
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
    expect(table).toEqual(tableOf(1, 2));
    expect(pool.freeOrder()).toEqual([3, 4, 5]);
  });

  it('gets a request’s blocks last first: unhashed ones as a row at its head, hashed ones at its tail', () => {
    const { pool, hash } = poolWith(8, 6);
    hash(2, 4);
    pool.release(tableOf(1, 2, 3, 4));
    // 4 to the tail, 3 to the head, 2 to the tail, 1 behind 3.
    expect(pool.freeOrder()).toEqual([3, 1, 7, 8, 4, 2]);
    pool.release(tableOf(5, 0, 6));
    expect(pool.freeOrder()).toEqual([6, 5, 3, 1, 7, 8, 4, 2]);
    expect(pool.usedBlocks).toBe(0);
  });

  it('gets a block when the last of those who hold it gives it up', () => {
    const { pool } = poolWith(4, 2);
    pool.touch(2);
    pool.release(tableOf(1, 2));
    expect(pool.freeOrder()).toEqual([1, 3, 4]);
    pool.release(tableOf(2));
    expect(pool.freeOrder()).toEqual([2, 1, 3, 4]);
  });

  it('loses a block from its middle, its head or its tail to a hit', () => {
    const { pool, hash } = poolWith(4, 4);
    hash(1, 2, 3, 4);
    pool.release(tableOf(1, 2, 3, 4));
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
    const takers = () => Array.from({ length: 3 }, () => ({ blockTables: [emptyTable()] }));
    const [together, alone] = [poolWith(6, 4), poolWith(6, 4)];
    for (const { pool, hash } of [together, alone]) {
      hash(1, 3);
      pool.release(tableOf(1, 2, 3));
    }
    const requests = takers();
    together.pool.takeForEach(requests);
    const others = takers();
    for (const { blockTables } of others) alone.pool.take(1, blockTables[0]!);
    // Free were 2, 5, 6, 3, 1.
    expect(requests.map(({ blockTables }) => blockTables[0])).toEqual([tableOf(2), tableOf(5), tableOf(6)]);
    expect(others).toEqual(requests);
    expect(together.pool.freeOrder()).toEqual(alone.pool.freeOrder());
    together.pool.takeForEach(requests.slice(0, 2));
    expect([1, 3].map((block) => together.hashed(block))).toEqual([false, false]);
  });

  it('counts how often blocks were given up, not how many', () => {
    const { pool } = poolWith(5, 4);
    pool.release(tableOf(1, 2, 3));
    pool.release(tableOf(4));
    expect(pool.releases).toBe(2);
  });
});

describe('a pool that does not number its blocks', () => {
  /** So many blocks, and requests that hold some. */
  function unnumbered(blocks: number) {
    const pool = new BlockPool(blocks + 1, 1, false);
    const { hashes } = pool;
    const take = (count: number) => {
      const table = emptyTable();
      pool.take(count, table);
      return table;
    };
    let segments = 0;
    /** A request with so many blocks, of which the first are cached where nobody else caches any. */
    const request = (count: number, cached: number) => {
      const table = take(count);
      const path = new PrefixPath(
        hashes.prefixes.root(null),
        [{ segment: ++segments, tokens: 1000 }],
        10_000 + segments,
      );
      const node = path.nodeAt(1);
      const run = hashes.addRow(table, node, 0, 0, cached)!;
      /** At which positions a look finds a block. */
      const found = () => Array.from({ length: cached }, (_, i) => hashes.find(node, 0, i));
      return { table, node, run, found, release: () => pool.release(table, [run]) };
    };
    return { pool, take, request };
  }

  it('counts those that are free and those that are held, and none of them has a number', () => {
    const { pool, take } = unnumbered(8);
    expect(pool.isNumbered).toBe(false);
    const table = take(5);
    expect(table).toEqual({ length: 5, ids: [] });
    expect([pool.freeBlocks, pool.usedBlocks]).toEqual([3, 5]);
    pool.takeBlank(2);
    expect([pool.freeBlocks, pool.usedBlocks]).toEqual([1, 7]);
    pool.release(table);
    expect([pool.freeBlocks, pool.usedBlocks]).toEqual([6, 2]);
    expect(pool.freeOrder()).toEqual([]);
  });

  it('takes blocks that hold nothing first, those too that were freed last', () => {
    const { pool, take, request } = unnumbered(6);
    const { run, release } = request(4, 2);
    release();
    expect(pool.freeBlocks).toBe(6);
    take(4);
    expect(run).toMatchObject({ from: 0, to: 2 });
    take(1);
    expect(run).toMatchObject({ from: 0, to: 1 });
  });

  it('takes cached blocks in the order in which they were freed, of each request the last first', () => {
    const { pool, take, request } = unnumbered(9);
    const requests = [request(3, 3), request(3, 3), request(3, 3)];
    const [one, two, three] = requests;
    const left = () => requests.map(({ node }) => node.cachedBlocks);
    for (const each of [two!, one!, three!]) each.release();
    expect(two!.found()).not.toContain(0);
    take(2);
    expect(left()).toEqual([3, 1, 3]);
    take(3);
    expect(left()).toEqual([1, 0, 3]);
    take(2);
    expect(left()).toEqual([0, 0, 2]);
    expect(three!.found().map((block) => block !== 0)).toEqual([true, true, false]);
    expect(pool.freeBlocks).toBe(2);
  });

  it('frees blocks with numbers in their place among those without', () => {
    const { pool, take, request } = unnumbered(6);
    const { table, node, run, found } = request(2, 2);
    expect(found()).toEqual([1, 2]);
    pool.take(3, table);
    const later = pool.hashes.addRow(table, node, 0, 2, 4)!;
    expect(later).not.toBe(run);
    pool.release(table, [run, later]);
    // Two blanks, then the run, then what has numbers.
    take(3);
    expect(later).toMatchObject({ from: 2, to: 3 });
    expect(pool.freeOrder()).toEqual([2, 1]);
    take(2);
    expect(pool.freeOrder()).toEqual([1]);
  });

  it('gives numbers back with the blocks that had them, so that none is in use twice', () => {
    const { pool, request } = unnumbered(6);
    const [one, two] = [request(3, 3), request(3, 3)];
    expect(one.found()).toEqual([1, 2, 3]);
    expect(two.found()).toEqual([4, 5, 6]);
    one.release();
    expect(pool.freeOrder()).toEqual([3, 2, 1]);
    pool.takeBlank(2);
    expect(one.found()).toEqual([1, 0, 0]);
    pool.takeBlank(1);
    expect(pool.freeBlocks).toBe(0);
    pool.release({ length: 3, ids: [] });
    const three = request(3, 3);
    expect([...three.found()].sort()).toEqual([1, 2, 3]);
    expect(two.found()).toEqual([4, 5, 6]);
    expect([1, 2, 3, 4, 5, 6].map((block) => pool.referenceCount(block))).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('keeps a block that two requests hold until both have given it up', () => {
    const { pool, request } = unnumbered(4);
    const { table, run, found, release } = request(3, 2);
    const shared = tableOf(...found());
    for (const block of shared.ids) pool.touch(block);
    expect([pool.usedBlocks, table.ids]).toEqual([3, [1, 2]]);
    release();
    expect([pool.usedBlocks, pool.freeOrder()]).toEqual([2, []]);
    pool.release(shared, [run]);
    expect([pool.usedBlocks, pool.freeOrder()]).toEqual([0, [2, 1]]);
  });

  it('counts how often blocks were given up, with runs too', () => {
    const { pool, take, request } = unnumbered(8);
    const [one, two] = [request(3, 3), take(2)];
    one.release();
    pool.release(two);
    expect(pool.releases).toBe(2);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockHashes } from '../../src/engine/block-hashes.ts';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { type BlockTable, emptyTable } from '../../src/engine/block-table.ts';
import type { PrefixNode } from '../../src/engine/prefix-node.ts';
import { PrefixPath } from '../../src/engine/prefix-path.ts';
import { HELD_RUN, type QuietRun } from '../../src/engine/quiet-run.ts';

const nodeIn = ({ prefixes }: BlockHashes, segment = 1): PrefixNode =>
  new PrefixPath(prefixes.root(null), [{ segment, tokens: 1000 }], 2).nodeAt(1);

const tableOf = (...ids: number[]): BlockTable => ({ ids, length: ids.length });

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
    const table = tableOf(4, 5, 6);
    hashes.addRow(table, node, 0, 0, 2);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([4, 5, 0]);
    hashes.addRow(table, node, 0, 2, 3);
    expect(hashes.find(node, 0, 2)).toBe(6);
  });

  it('is never written to, whatever comes of the blocks in it', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    const table = tableOf(1, 2);
    hashes.addRow(table, node, 0, 0, 2);
    hashes.addRow(tableOf(3, 4), node, 0, 0, 2);
    hashes.evict(1);
    hashes.addRow(tableOf(5, 6, 7), node, 0, 2, 3);
    expect(table).toEqual(tableOf(1, 2));
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([3, 2, 7]);
  });

  it('gives way to that of the request that goes on with all its blocks', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    hashes.addRow(tableOf(1, 2, 3), node, 0, 0, 3);
    hashes.evict(3);
    const resumed = tableOf(1, 2, 4);
    hashes.addRow(resumed, node, 0, 2, 3);
    expect(node.blocksOf(0)?.blocks).toBe(resumed.ids);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([1, 2, 4]);
  });

  it('does not while a block is cached that the new one lacks', () => {
    const hashes = hashesOfTwoGroups();
    const node = nodeIn(hashes);
    hashes.addRow(tableOf(1, 2, 3), node, 0, 0, 3);
    // The middle block is gone, so the request goes on with the first alone; the third is still there.
    hashes.evict(2);
    hashes.addRow(tableOf(1, 4), node, 0, 1, 2);
    expect([0, 1, 2].map((index) => hashes.find(node, 0, index))).toEqual([1, 4, 3]);
  });
});

describe('a quiet run', () => {
  /** A request with 6 blocks, all cached: 2 of prompt, 4 of output; so many blocks are left, which hold nothing. */
  function quiet(blanks: number) {
    const pool = new BlockPool(1 + 6 + blanks, 1, false);
    const { hashes } = pool;
    const path = new PrefixPath(hashes.prefixes.root(null), [{ segment: 1, tokens: 2 }], 2);
    const [prompt, output] = [path.nodeAt(1), path.nodeAt(3)];
    const table = emptyTable();
    pool.take(6, table);
    const runs = [hashes.addRow(table, prompt, 0, 0, 2)!, hashes.addRow(table, output, 0, 2, 5)!];
    const grown = hashes.addRow(table, output, 0, 5, 6);
    const find = (i: number) => hashes.find(path.nodeAt(i + 1), 0, i);
    const found = () => [0, 1, 2, 3, 4, 5].filter((i) => find(i) !== 0);
    return { pool, path, prompt, output, table, runs, grown, find, found };
  }

  it('is not begun where every block has its number', () => {
    const pool = new BlockPool(10);
    const table = emptyTable();
    pool.take(3, table);
    const node = nodeIn(pool.hashes);
    expect(pool.hashes.addRow(table, node, 0, 0, 3)).toBeNull();
    expect(node.quiet).toBeNull();
  });

  it('grows while its request goes on', () => {
    const { runs, grown, output, table, pool, found } = quiet(3);
    expect(grown).toBeNull();
    expect(runs[1]).toMatchObject({ from: 2, to: 6, slot: HELD_RUN });
    expect(output.cachedBlocks).toBe(4);
    expect(table).toEqual({ length: 6, ids: [] });
    expect(pool.usedBlocks).toBe(6);
    expect(found()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is freed last block first, taken again from its end, and found as long as it is left', () => {
    const { pool, table, runs, output, found } = quiet(3);
    pool.release(table, runs);
    expect(pool.freeBlocks).toBe(9);
    const next = emptyTable();
    pool.take(5, next);
    expect(next).toEqual({ length: 5, ids: [] });
    expect(runs[1]).toMatchObject({ from: 2, to: 4 });
    expect(output.cachedBlocks).toBe(2);
    expect(found()).toEqual([0, 1, 2, 3]);
    pool.take(1, next);
    expect(found()).toEqual([0, 1, 2]);
    pool.take(2, next);
    expect(found()).toEqual([0]);
  });

  it.each([0, 3])('leaves nothing behind when all of it has been taken again, looked into after %i', (before) => {
    const { pool, path, prompt, output, table, runs } = quiet(0);
    const { hashes } = pool;
    const root = hashes.prefixes.root(null);
    path.release();
    pool.release(table, runs);
    pool.take(before, emptyTable());
    if (before > 0) expect(hashes.find(output, 0, 2)).not.toBe(0);
    pool.take(4 - before, emptyTable());
    expect([prompt, output].map(({ cachedBlocks }) => cachedBlocks)).toEqual([2, 0]);
    expect([prompt, output].map(({ quiet }) => quiet)).toEqual([runs[0], null]);
    pool.take(2, emptyTable());
    expect([prompt, output].map(({ cachedBlocks }) => cachedBlocks)).toEqual([0, 0]);
    expect([prompt, output].map(({ quiet }) => quiet)).toEqual([null, null]);
    // The tree uses both nodes again for other prefixes.
    const later = new PrefixPath(root, [{ segment: 3, tokens: 2 }], 4);
    expect([later.nodeAt(1), later.nodeAt(3)].map(({ id }) => id).sort()).toEqual([prompt.id, output.id]);
  });

  it('is used again for another request when all of it has been taken, and not before', () => {
    const { pool, table, runs, output } = quiet(0);
    const { hashes } = pool;
    const begin = (segment: number) => {
      const node = nodeIn(hashes, segment);
      return { node, run: hashes.addRow(emptyTable(), node, 0, 0, 1) };
    };
    pool.release(table, runs);
    expect(runs.map((run) => run.table)).not.toContain(table);
    pool.take(3, emptyTable());
    expect(runs).not.toContain(begin(3).run);
    pool.take(1, emptyTable());
    const { node, run } = begin(4);
    expect(run).toBe(runs[1]);
    expect(run).toMatchObject({ node, from: 0, to: 1, slot: HELD_RUN });
    expect([output.quiet, output.cachedBlocks, node.quiet]).toEqual([null, 0, run]);
  });

  it('is given numbers by the first look into it, while a request holds it', () => {
    const { pool, table, runs, prompt, output, find } = quiet(3);
    expect(find(1)).toBe(2);
    expect(prompt.quiet).toBeNull();
    expect(output.quiet).toBe(runs[1]);
    expect(table).toEqual({ length: 6, ids: [1, 2] });
    pool.touch(2);
    expect([1, 2].map((block) => pool.referenceCount(block))).toEqual([1, 2]);
    pool.release(table, runs);
    expect(pool.freeOrder()).toEqual([1]);
    expect([pool.usedBlocks, pool.isFree(1), pool.isFree(2)]).toEqual([1, true, false]);
  });

  it('is given numbers by the first look into it while it is free, at the place where it stands', () => {
    const { pool, table, runs, find } = quiet(3);
    pool.release(table, runs);
    const passing = emptyTable();
    // Three blanks, and the last block of the output.
    pool.take(4, passing);
    expect([2, 3, 4, 5].map(find)).toEqual([1, 2, 3, 0]);
    expect([0, 1].map(find)).toEqual([4, 5]);
    expect(pool.freeOrder()).toEqual([3, 2, 1, 5, 4]);
    pool.touch(2);
    expect(pool.freeOrder()).toEqual([3, 1, 5, 4]);
    expect(pool.usedBlocks).toBe(5);
  });

  it('stays quiet where somebody looks beyond its end', () => {
    const { pool, output, runs } = quiet(3);
    expect([1, 6].map((index) => pool.hashes.find(output, 0, index))).toEqual([0, 0]);
    expect(output.quiet).toBe(runs[1]);
  });

  it('can be taken over whole, and then grows on', () => {
    const { pool, table, runs, output, found } = quiet(2);
    pool.release(table, runs);
    pool.take(3, emptyTable());
    // The last block of the output is gone.
    const next: BlockTable = { length: 5, ids: [] };
    for (const run of runs) pool.touchRun(run, next);
    expect([pool.usedBlocks, pool.freeBlocks]).toEqual([8, 0]);
    expect(runs[1]).toMatchObject({ from: 2, to: 5, slot: HELD_RUN });
    pool.release({ length: 3, ids: [] });
    pool.take(1, next);
    expect(pool.hashes.addRow(next, output, 0, 5, 6)).toBeNull();
    expect(runs[1]).toMatchObject({ from: 2, to: 6 });
    expect(next).toEqual({ length: 6, ids: [] });
    pool.release(next, runs);
    expect([pool.usedBlocks, pool.freeBlocks]).toEqual([0, 8]);
    expect(found()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is given numbers when another request caches the same, whose blocks are found when its own are gone', () => {
    const { pool, table, runs, output, find } = quiet(6);
    const other = emptyTable();
    pool.take(6, other);
    expect(pool.hashes.addRow(other, output, 0, 2, 4)).toBeNull();
    expect(table.ids).toEqual([0, 0, 1, 2, 3, 4]);
    expect(other.ids).toEqual([0, 0, 5, 6]);
    expect([2, 3, 4, 5].map(find)).toEqual([1, 2, 3, 4]);
    pool.release(table, runs);
    pool.take(4, emptyTable());
    expect([2, 3, 4, 5].map(find)).toEqual([5, 6, 0, 0]);
  });

  it.each([
    ['of another request', () => ({ table: emptyTable(), from: 6 })],
    ['further on', (_: BlockPool, table: BlockTable) => ({ table, from: 7 })],
    [
      'of a table whose blocks have been freed',
      (pool: BlockPool, table: BlockTable, runs: QuietRun[]) => {
        pool.release(table, runs);
        table.length = 0;
        return { table, from: 6 };
      },
    ],
  ])('does not grow by blocks %s', (_, prepare) => {
    const { pool, table: own, runs, output } = quiet(8);
    const { table, from } = prepare(pool, own, runs);
    pool.take(from + 2 - table.length, table);
    const used = pool.usedBlocks;
    expect(pool.hashes.addRow(table, output, 0, from, from + 2)).toBeNull();
    expect(runs[1]).toMatchObject({ from: 2, to: 6 });
    const found = [2, 3, 4, 5, 6, 7, 8].filter((i) => pool.hashes.find(output, 0, i) !== 0);
    expect(found).toEqual([2, 3, 4, 5, from, from + 1]);
    expect(pool.usedBlocks).toBe(used);
  });

  it('is begun anew behind blocks with numbers that are all of the same request', () => {
    const { pool, table, output, runs, find } = quiet(3);
    expect(find(2)).toBe(1);
    pool.take(2, table);
    const next = pool.hashes.addRow(table, output, 0, 6, 8);
    expect(next).toMatchObject({ from: 6, to: 8 });
    pool.release(table, [...runs, next!]);
    expect(pool.freeBlocks).toBe(9);
    // A blank, and both blocks of the new run, which was freed first.
    pool.take(3, emptyTable());
    expect([output.quiet, output.cachedBlocks]).toEqual([null, 4]);
    expect(pool.freeOrder()).toEqual([4, 3, 2, 1]);
  });
});

/** Requests with the same tokens: 2 blocks of prompt, then output. */
const step = fc.record({
  what: fc.constantFrom('start', 'start', 'grow', 'grow', 'grow', 'free', 'free', 'evict', 'look', 'peek'),
  who: fc.nat(20),
  blocks: fc.integer({ min: 1, max: 4 }),
  /** Of a request that starts: the most blocks that it can use. */
  most: fc.nat(16),
  /** Of one that grows: its last blocks that are not full. */
  open: fc.constantFrom(0, 0, 0, 1, 2),
  /** Blocks are cached and found as rows, not one by one. */
  inRows: fc.constantFrom(true, true, true, false),
});

interface Computing {
  readonly table: BlockTable;
  readonly runs: QuietRun[];
  cached: number;
}

/** Requests that compute in a pool. */
class Computers {
  readonly pool: BlockPool;
  readonly computing: Computing[] = [];
  private readonly path: PrefixPath;

  constructor(size: number, numbered: boolean) {
    this.pool = new BlockPool(size, 1, numbered);
    this.path = new PrefixPath(this.pool.hashes.prefixes.root(null), [{ segment: 1, tokens: 2 }], 2);
  }

  /** Another one starts with what is cached, up to `most` blocks. */
  start(most: number, inRows: boolean): void {
    const table = emptyTable();
    const runs: QuietRun[] = [];
    while (table.length < most) {
      const { quiet } = this.path.nodeAt(table.length + 1);
      const isWhole = quiet !== null && quiet.slot !== HELD_RUN && quiet.from === table.length && quiet.to <= most;
      if (isWhole && inRows) {
        runs.push(quiet);
        table.length = quiet.to;
        continue;
      }
      const block = this.find(table.length);
      if (block === 0) break;
      while (table.ids.length < table.length) table.ids.push(0);
      table.length = table.ids.push(block);
    }
    for (const block of table.ids) this.pool.touch(block);
    for (const run of runs) this.pool.touchRun(run, table);
    this.computing.push({ table, runs, cached: table.length });
  }

  grow(request: Computing, blocks: number, open: number, inRows: boolean): void {
    this.take(blocks, request.table);
    const { cached, table } = request;
    const end = Math.max(cached, table.length - open);
    // Up to the end of the prompt, and then in the output.
    this.cache(request, cached, Math.min(2, end), inRows);
    this.cache(request, Math.max(2, cached), end, inRows);
    request.cached = end;
  }

  free(request: Computing): void {
    this.pool.release(request.table, request.runs);
    this.computing.splice(this.computing.indexOf(request), 1);
  }

  /** Somebody who caches nothing comes and goes. */
  pass(blocks: number): void {
    const table = emptyTable();
    this.take(blocks, table);
    this.pool.release(table);
  }

  find(index: number): number {
    return this.pool.hashes.find(this.path.nodeAt(index + 1), 0, index);
  }

  /** Everybody leaves. Returns how many nodes of the prefix tree nobody uses when all blocks have been taken again. */
  end(): number {
    const { prefixes } = this.pool.hashes;
    for (const request of [...this.computing]) this.free(request);
    this.path.release();
    this.pass(this.pool.freeBlocks);
    const other = new PrefixPath(prefixes.root(null), [{ segment: 3, tokens: 2 }], 4);
    return [other.nodeAt(1), other.nodeAt(3)].filter(({ id }) => id <= 3).length;
  }

  protected take(count: number, table: BlockTable): void {
    this.pool.take(count, table);
  }

  /** The blocks of one node, which become full. */
  protected cache({ table, runs }: Computing, from: number, to: number, inRows: boolean): void {
    if (from >= to) return;
    const { hashes, isNumbered } = this.pool;
    const node = this.path.nodeAt(from + 1);
    if (inRows || !isNumbered) {
      const run = hashes.addRow(table, node, 0, from, to);
      if (run !== null) runs.push(run);
    } else for (let i = from; i < to; i++) hashes.add(table.ids[i]!, node, 0, i, null);
  }
}

/** The same with numbers, and beside them what is cached: by position the blocks, in the order in which they came. */
class KnownComputers extends Computers {
  readonly known: number[][] = [];

  constructor(size: number) {
    super(size, true);
  }

  get firstKnown(): number[] {
    return this.known.map(([first = 0]) => first);
  }

  protected override take(count: number, table: BlockTable): void {
    const taken = this.pool.freeOrder().slice(0, count);
    this.known.forEach((blocks, i) => {
      this.known[i] = blocks.filter((block) => !taken.includes(block));
    });
    super.take(count, table);
  }

  protected override cache(request: Computing, from: number, to: number, inRows: boolean): void {
    for (let i = from; i < to; i++) {
      while (this.known.length <= i) this.known.push([]);
      this.known[i]!.push(request.table.ids[i]!);
    }
    super.cache(request, from, to, inRows);
  }
}

/** Each number that a table names has been given to one block, and each block is free or held. */
function expectSound({ pool, computing }: Computers): void {
  const held = new Map<number, number>();
  let unnumbered = 0;
  for (const { table } of computing) {
    for (const id of table.ids) if (id !== 0) held.set(id, (held.get(id) ?? 0) + 1);
    unnumbered += table.length - table.ids.filter((id) => id !== 0).length;
  }
  const free = pool.freeOrder();
  expect(new Set([...free, ...held.keys()]).size).toBe(free.length + held.size);
  expect(free.filter((block) => !pool.isFree(block))).toEqual([]);
  expect([...held].filter(([block, holders]) => pool.referenceCount(block) !== holders)).toEqual([]);
  expect(pool.usedBlocks).toBe(unnumbered + held.size);
}

it('whoever computes, is preempted and resumes: of each position the block is found that was cached first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 24 }), fc.array(step, { maxLength: 80, size: 'max' }), (size, steps) => {
      const known = new KnownComputers(size);
      const counted = new Computers(size, false);
      for (const { what, who, blocks, most, open, inRows } of steps) {
        for (const computers of [known, counted]) {
          const { computing, pool } = computers;
          const request = computing[who % Math.max(1, computing.length)];
          if (what === 'start') computers.start(most, inRows);
          if (what === 'evict' && pool.freeBlocks > 0) computers.pass(1);
          if (request === undefined) continue;
          if (what === 'grow' && blocks <= pool.freeBlocks) computers.grow(request, blocks, open, inRows);
          if (what === 'free') computers.free(request);
        }
        expect(counted.pool.freeBlocks).toBe(known.pool.freeBlocks);
        expect(counted.computing.map(lengths)).toEqual(known.computing.map(lengths));
        for (const computers of [known, counted]) expectSound(computers);
        // A look at unnumbered blocks gives them numbers, so that not all are looked at each time.
        const looked = what === 'look' ? [...known.known.keys()] : what === 'peek' ? [who] : [];
        const found = looked.map((i) => known.find(i));
        expect(found).toEqual(looked.map((i) => known.firstKnown[i] ?? 0));
        expect(looked.map((i) => counted.find(i) !== 0)).toEqual(found.map((block) => block !== 0));
      }
      expect([known.end(), counted.end()]).toEqual([2, 2]);
    }),
    { numRuns: 300 },
  );
});

function lengths({ table, cached }: Computing): number[] {
  return [table.length, cached];
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { emptyTable } from '../../src/engine/block-table.ts';
import { BorderBuckets } from '../../src/engine/border-buckets.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import { SteadyGrowth } from '../../src/engine/steady-growth.ts';

const PERIOD = 4;

/** Members with the lengths given, a pool of which so many blocks are free in an order of their own, and `calls` made. */
function cohort(contextOffsets: readonly number[], freeBlocks: number, numbered = true) {
  const pool = new BlockPool(freeBlocks + 4, 1, numbered);
  const held = emptyTable();
  pool.take(freeBlocks + 3, held);
  for (const odd of [0, 1]) {
    const ids = held.ids.filter((block) => block % 2 === odd && block > 3);
    pool.release({ ids, length: ids.length });
  }
  if (!numbered) pool.release({ ids: [], length: freeBlocks });
  const borders = new BorderBuckets({ period: PERIOD, offsets: [0] });
  const members = contextOffsets.map((contextOffset, seat) => {
    const member = { contextOffset, seat, blockTables: [emptyTable()] };
    borders.add(member as unknown as EngineRequest);
    return member as unknown as EngineRequest;
  });
  return { pool, borders, members, growth: new SteadyGrowth(pool, borders) };
}

const setting = fc.record({
  offsets: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 }),
  calls: fc.nat(30),
  most: fc.integer({ min: 1, max: 30 }),
  freeBlocks: fc.integer({ min: 0, max: 60 }),
});

/** Members that need a block in the call after `calls` others: those at a multiple of the period, in running order. */
const inNeed = (members: readonly EngineRequest[], calls: number) =>
  members.filter(({ contextOffset }) => (contextOffset + calls) % PERIOD === 0);

it('blocks go to the same members in the same order as in a walk call by call', () => {
  fc.assert(
    fc.property(setting, ({ offsets, calls, most, freeBlocks }) => {
      const [bulk, walk] = [cohort(offsets, freeBlocks), cohort(offsets, freeBlocks)];
      const usedBlocks = new Int32Array(most + 1);
      const count = bulk.growth.callsWithRoom(calls, most, usedBlocks);
      bulk.growth.make(calls, count, usedBlocks[count]! - usedBlocks[0]!);
      for (let i = 0; i < count; i++)
        for (const { blockTables } of inNeed(walk.members, calls + i)) walk.pool.take(1, blockTables[0]!);
      expect(bulk.members.map(({ blockTables }) => blockTables)).toEqual(
        walk.members.map(({ blockTables }) => blockTables),
      );
      expect(bulk.pool.freeOrder()).toEqual(walk.pool.freeOrder());
    }),
  );
});

it('of blocks without numbers as many are taken as in a walk call by call', () => {
  fc.assert(
    fc.property(setting, ({ offsets, calls, most, freeBlocks }) => {
      const { growth, members, pool } = cohort(offsets, freeBlocks, false);
      const usedBlocks = new Int32Array(most + 1);
      const count = growth.callsWithRoom(calls, most, usedBlocks);
      growth.make(calls, count, usedBlocks[count]! - usedBlocks[0]!);
      let used = 3;
      for (let i = 0; i < count; i++) used += inNeed(members, calls + i).length;
      expect([pool.usedBlocks, pool.freeBlocks]).toEqual([used, 3 + freeBlocks - used]);
    }),
  );
});

it('calls have room up to the first that finds too few blocks, and how many are in use is told before and after each', () => {
  fc.assert(
    fc.property(setting, ({ offsets, calls, most, freeBlocks }) => {
      const { growth, members, pool } = cohort(offsets, freeBlocks);
      const usedBlocks = new Int32Array(most + 1);
      const expected = [pool.usedBlocks];
      for (let i = 0; i < most; i++) {
        const used = expected[i]! + inNeed(members, calls + i).length;
        if (used > 3 + freeBlocks) break;
        expected.push(used);
      }
      const count = growth.callsWithRoom(calls, most, usedBlocks);
      expect([count, ...usedBlocks.slice(0, count + 1)]).toEqual([expected.length - 1, ...expected]);
    }),
  );
});

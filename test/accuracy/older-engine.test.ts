import { expect, test } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { emptyTable } from '../../src/engine/block-table.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { run } from '../cluster/fixtures.ts';
import { OLDER_RULES } from './older-engine.ts';

test('under the rule of 0.19 freed blocks without a hash are taken last, under that of 0.33 first', () => {
  const taken = () => {
    const pool = new BlockPool(5);
    const table = emptyTable();
    pool.take(2, table);
    pool.release(table);
    return pool.freeOrder();
  };
  const takeBack = OLDER_RULES[0]!.apply();
  const older = taken();
  takeBack();
  expect(older).toEqual([3, 4, 2, 1]);
  expect(taken()).toEqual([2, 1, 3, 4]);
});

test('under the rule of 0.19 the servers of a simulation number their blocks, under that of 0.33 they count them', async () => {
  const numbered = async () => {
    let servers: readonly Replica[] = [];
    await run([], {
      onEnd: (replicas) => {
        servers = replicas;
      },
    });
    return servers.map(({ cores }) => cores[0]!.scheduler.kv.pool.isNumbered);
  };
  const takeBack = OLDER_RULES[0]!.apply();
  const older = await numbered().finally(takeBack);
  expect(older).toEqual([true]);
  expect(await numbered()).toEqual([false]);
});

import { expect, test } from 'vitest';
import { BlockPool } from '../../src/engine/block-pool.ts';
import { OLDER_RULES } from './older-engine.ts';

test('under the rule of 0.19 freed blocks without a hash are taken last, under that of 0.33 first', () => {
  const taken = () => {
    const pool = new BlockPool(5);
    const table: number[] = [];
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

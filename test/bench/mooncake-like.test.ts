import { expect, it } from 'vitest';
import { mooncakeLikeTrace } from './mooncake-like.ts';

interface Row {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

const text = mooncakeLikeTrace(4000, 2.5, 1);
const rows = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);

it('writes the same trace for the same seed', () => {
  expect(mooncakeLikeTrace(100, 2.5, 1)).toBe(mooncakeLikeTrace(100, 2.5, 1));
  expect(mooncakeLikeTrace(100, 2.5, 2)).not.toBe(mooncakeLikeTrace(100, 2.5, 1));
});

it('gives every prompt one id for each 512 tokens, none twice', () => {
  for (const { input_length, hash_ids } of rows) {
    expect(hash_ids).toHaveLength(Math.ceil(input_length / 512));
    expect(new Set(hash_ids).size).toBe(hash_ids.length);
  }
});

it('shares blocks only as prefixes: a block always follows the same one', () => {
  const before = new Map<number, number | undefined>();
  for (const { hash_ids } of rows)
    for (const [i, id] of hash_ids.entries()) {
      if (before.has(id)) expect(before.get(id)).toBe(hash_ids[i - 1]);
      before.set(id, hash_ids[i - 1]);
    }
});

it('has about the published means of the tool-and-agent trace: 8,596 tokens in, 182 out, 59 % of them seen before', () => {
  const mean = (value: (row: Row) => number) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  expect(Math.abs(mean(({ input_length }) => input_length) / 8596 - 1)).toBeLessThan(0.15);
  expect(Math.abs(mean(({ output_length }) => output_length) / 182 - 1)).toBeLessThan(0.15);
  const seen = new Set<number>();
  let seenTokens = 0;
  for (const { input_length, hash_ids } of rows)
    for (const [i, id] of hash_ids.entries()) {
      if (seen.has(id)) seenTokens += Math.min(512, input_length - 512 * i);
      seen.add(id);
    }
  expect(Math.abs(seenTokens / rows.length / mean(({ input_length }) => input_length) - 0.59)).toBeLessThan(0.1);
});

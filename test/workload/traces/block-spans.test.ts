import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockSpans } from '../../../src/workload/traces/block-spans.ts';

describe('the blocks of a prompt', () => {
  const segments = (ids: number[], tokens: number) => blockSpans(ids, tokens, 512, 2).map(({ segment }) => segment);

  test('have the given size, the last one what is left', () => {
    expect(blockSpans([0, 17, 18], 1200, 512, 2).map(({ tokens }) => tokens)).toEqual([512, 512, 176]);
    expect(blockSpans([0, 17], 1024, 512, 2).map(({ tokens }) => tokens)).toEqual([512, 512]);
  });

  test('are shared where ids are equal', () => {
    expect(segments([5, 6], 1024)).toEqual(segments([5, 6], 1024));
    expect(segments([5, 6], 1024)[0]).toBe(segments([5, 9], 1000)[0]);
  });

  test('are not shared where a partial block has another length, even under the same id', () => {
    expect(segments([5, 6], 700)[1]).toBe(segments([5, 6], 700)[1]);
    expect(segments([5, 6], 700)[1]).not.toBe(segments([5, 6], 701)[1]);
    expect(segments([5, 6], 700)[1]).not.toBe(segments([5, 6], 1024)[1]);
  });

  test('have odd segment numbers, different for every pair of id and length', () => {
    const block = fc.tuple(fc.nat(2 ** 42), fc.integer({ min: 1, max: 512 }));
    fc.assert(
      fc.property(block, block, ([idA, tokensA], [idB, tokensB]) => {
        const [a, b] = [segments([idA], tokensA)[0]!, segments([idB], tokensB)[0]!];
        expect(a % 2 === 1 && Number.isSafeInteger(a)).toBe(true);
        expect(a === b).toBe(idA === idB && tokensA === tokensB);
      }),
    );
  });

  test('may cover the beginning of a prompt only: the rest is its own', () => {
    expect(blockSpans([3, 4], 40, 16, 6)).toEqual([
      { segment: 2 * (3 * 16 + 16) + 1, tokens: 16 },
      { segment: 2 * (4 * 16 + 16) + 1, tokens: 16 },
      { segment: 6, tokens: 8 },
    ]);
    expect(blockSpans([], 40, 16, 6)).toEqual([{ segment: 6, tokens: 40 }]);
  });
});

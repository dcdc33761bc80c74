import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { thinkingSampler } from '../../src/workload/thinking.ts';
import { bundled } from './support.ts';

describe('thinking tokens', () => {
  test('a model that does not think has none', () => {
    expect(thinkingSampler(null, randomStreams(1)('thinking'))(500)).toBe(0);
  });

  test('a constant share is rounded to whole tokens', () => {
    const thinking = thinkingSampler({ constant: 0.75 }, randomStreams(1)('thinking'));
    expect([100, 10, 3].map(thinking)).toEqual([75, 8, 2]);
  });

  test('there is always at least one answer token', () => {
    const laws = [{ constant: 1 }, { constant: 0 }, bundled('reasoning-r1').thinking_share!];
    fc.assert(
      fc.property(
        fc.constantFrom(...laws),
        fc.integer({ min: 1, max: 40_000 }),
        fc.nat(),
        (law, outputTokens, seed) => {
          const tokens = thinkingSampler(law, randomStreams(seed)('thinking'))(outputTokens);
          expect(Number.isInteger(tokens) && tokens >= 0 && tokens < outputTokens).toBe(true);
        },
      ),
    );
  });
});

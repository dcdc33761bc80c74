import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkKeys, chunkPairs } from '../../src/latency/attention-window.ts';
import { type AttentionWindow, windowedTokens } from '../../src/latency/batch-shape.ts';

const windows = fc.oneof(
  fc.constant(null),
  fc.record({ kind: fc.constantFrom('sliding', 'chunked'), tokens: fc.integer({ min: 1, max: 300 }) }),
) as fc.Arbitrary<AttentionWindow | null>;

describe('chunkPairs', () => {
  it('is what the queries of the chunk see one by one, but for half a key a query', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 1, max: 500 }), fc.nat(700), (window, tokens, cached) => {
        let pairs = 0;
        for (let i = 1; i <= tokens; i++) pairs += windowedTokens(window, cached + i);
        expect(Math.abs(chunkPairs(window, tokens, cached) - pairs)).toBeLessThanOrEqual(tokens / 2 + 1e-9);
      }),
    );
  });

  it('of a whole prompt longer than a sliding window is L w - w w / 2', () => {
    expect(chunkPairs({ kind: 'sliding', tokens: 128 }, 1000, 0)).toBe(1000 * 128 - (128 * 128) / 2);
  });

  it('of a prompt of three chunks of a chunked layer is three triangles', () => {
    expect(chunkPairs({ kind: 'chunked', tokens: 100 }, 300, 0)).toBe(3 * 5000);
  });
});

describe('chunkKeys', () => {
  it('counts the chunk and what its first query sees of the cache', () => {
    expect(chunkKeys(null, 10, 500)).toBe(510);
    expect(chunkKeys({ kind: 'sliding', tokens: 128 }, 10, 500)).toBe(138);
    expect(chunkKeys({ kind: 'sliding', tokens: 128 }, 10, 50)).toBe(60);
    expect(chunkKeys({ kind: 'chunked', tokens: 128 }, 10, 500)).toBe(10 + 500 - 3 * 128);
  });
});

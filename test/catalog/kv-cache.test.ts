import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blocksOfRequest,
  type KvDemand,
  longestRequest,
  maxConcurrency,
  maxInFlightTokens,
  numGpuBlocks,
  requestFits,
  startUpError,
} from '../../src/catalog/kv-cache.ts';
import type { KvGroup } from '../../src/catalog/kv-layout.ts';

const BYTES = 1000;
const demand = (groups: readonly KvGroup[], inFlight = 100, blockSize = 16): KvDemand => ({
  layout: { groups, blockSize, pageBytes: BYTES, bytesPerBlock: BYTES },
  maxInFlightTokens: inFlight,
});
const full: KvGroup = { kind: 'full', layers: 1 };
const mla: KvGroup = { kind: 'mla', layers: 1 };
const sliding: KvGroup = { kind: 'sliding', tokens: 64, layers: 1 };
const chunked: KvGroup = { kind: 'chunked', tokens: 64, layers: 1 };

describe('blocks of a request', () => {
  it('are all blocks of its tokens where layers attend to everything', () => {
    expect(blocksOfRequest(demand([full]), 160)).toBe(10);
    expect(blocksOfRequest(demand([mla]), 161)).toBe(11);
  });

  it('are those of a window and of the tokens in flight, and one more, where layers slide', () => {
    // 64 - 1 + 100 tokens are 10.2 blocks.
    expect(blocksOfRequest(demand([sliding]), 10_000)).toBe(11 + 1);
    expect(blocksOfRequest(demand([sliding]), 32)).toBe(2 + 1);
  });

  it('are those of a chunk and of the tokens in flight where layers see chunks', () => {
    // 64 + 100 tokens are 10.25 blocks.
    expect(blocksOfRequest(demand([chunked]), 10_000)).toBe(11);
    expect(blocksOfRequest(demand([chunked]), 32)).toBe(2);
  });

  it('add up over groups', () => {
    expect(blocksOfRequest(demand([sliding, sliding, full]), 1600)).toBe(12 + 12 + 100);
  });

  it('grow with the batches in flight: two with asynchronous scheduling', () => {
    expect(maxInFlightTokens(8192, true)).toBe(16_384);
    expect(maxInFlightTokens(8192, false)).toBe(8192);
  });
});

describe('the check at start-up', () => {
  it('wants one request beside the null block', () => {
    expect(startUpError(demand([full]), 11 * BYTES, 160)).toBeNull();
    expect(startUpError(demand([full]), 11 * BYTES - 1, 160)).toBe('too-small-for-one-request');
  });

  it('finds no memory where nothing is left beside the null block', () => {
    expect(startUpError(demand([full]), BYTES, 1)).toBe('no-memory');
    expect(startUpError(demand([full]), -5, 1)).toBe('no-memory');
    // Something is left, but less than a block.
    expect(startUpError(demand([full]), BYTES + 1, 1)).toBe('too-small-for-one-request');
  });

  it('counts whole blocks and never fewer than none', () => {
    expect(numGpuBlocks(demand([full]).layout, 2 * BYTES - 1)).toBe(1);
    expect(numGpuBlocks(demand([full]).layout, -1)).toBe(0);
  });

  it('holds as many requests at once as their blocks fit, the null block counted', () => {
    expect(maxConcurrency(demand([full]), 25, 160)).toBe(2.5);
  });
});

describe('the longest request', () => {
  const group = fc.oneof(
    fc.constant(full),
    fc.constant(mla),
    fc.record({
      kind: fc.constantFrom('sliding' as const, 'chunked' as const),
      tokens: fc.integer({ min: 1, max: 2000 }),
      layers: fc.constant(1),
    }),
  );

  it('fits, and one token more does not', () => {
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.constantFrom(16, 32, 64),
        fc.integer({ min: 0, max: 500 * BYTES }),
        fc.integer({ min: 1, max: 10_000 }),
        (groups, inFlight, blockSize, kvBytes, limit) => {
          const asked = demand(groups, inFlight, blockSize);
          const longest = longestRequest(asked, kvBytes, limit);
          if (longest > 0) expect(requestFits(asked, kvBytes, longest)).toBe(true);
          if (longest < limit) expect(requestFits(asked, kvBytes, longest + 1)).toBe(false);
        },
      ),
    );
  });

  it('is none where not even one token fits', () => {
    expect(longestRequest(demand([sliding]), 2 * BYTES, 100)).toBe(0);
  });
});

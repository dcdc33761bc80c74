import { expect, it } from 'vitest';
import type { Batch, ScheduledRequest } from '../../src/engine/batch.ts';
import { batchShape } from '../../src/engine/batch-shape-of.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';

const scheduled = (tokens: number, cachedTokens: number, verifiedDrafts = 0): ScheduledRequest => ({
  request: {} as EngineRequest,
  tokens,
  verifiedDrafts,
  cachedTokens,
  admitted: false,
  hitTokens: 0,
  yieldsOutput: true,
});
const batch = (...entries: ScheduledRequest[]): Batch => ({
  step: 1,
  scheduled: entries,
  preempted: [],
  skipDrafts: false,
  cohort: null,
});

it('counts a request that verifies drafts as a decode of several tokens', () => {
  // One plain decode at 100 tokens, one that verifies three drafts at 200, two chunks.
  const shape = batchShape(batch(scheduled(1, 99), scheduled(4, 196, 3), scheduled(64, 0), scheduled(30, 512)), null);
  expect(shape).toEqual({
    decodes: 2,
    decodeTokens: 5,
    decodeContextTokens: 300,
    decodeMaxContextTokens: 200,
    decodeMinContextTokens: 100,
    decodeQueryContextTokens: 100 + 4 * 200,
    decodeWindowContextTokens: 300,
    decodeMaxWindowContextTokens: 200,
    decodeQueryWindowContextTokens: 100 + 4 * 200,
    chunkTokens: [64, 30],
    chunkCachedTokens: [0, 512],
    scheduledTokens: 99,
    scheduledRequests: 4,
    verifiedDrafts: 3,
    proposes: 1,
  });
});

it('counts a prompt of which drafts are verified at its end as a chunk', () => {
  expect(batchShape(batch(scheduled(6, 10, 3)), null)).toMatchObject({
    decodes: 0,
    chunkTokens: [6],
    verifiedDrafts: 3,
  });
});

it('notes that the drafter was told to propose nothing', () => {
  expect(batchShape({ ...batch(scheduled(1, 5)), skipDrafts: true }, null).proposes).toBe(0);
});

it('counts of every context what a sliding window of 128 tokens reads', () => {
  const shape = batchShape(batch(scheduled(1, 99), scheduled(4, 196, 3)), { kind: 'sliding', tokens: 128 });
  expect(shape).toMatchObject({
    decodeContextTokens: 300,
    decodeWindowContextTokens: 100 + 128,
    decodeMaxWindowContextTokens: 128,
    decodeQueryWindowContextTokens: 100 + 4 * 128,
  });
});

it('counts of every context what has come since the last border of a chunk of 64 tokens', () => {
  const shape = batchShape(batch(scheduled(1, 63), scheduled(1, 64), scheduled(1, 130)), {
    kind: 'chunked',
    tokens: 64,
  });
  expect(shape.decodeWindowContextTokens).toBe(64 + 1 + 3);
  expect(shape.decodeMaxWindowContextTokens).toBe(64);
});

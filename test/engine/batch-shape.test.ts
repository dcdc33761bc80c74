import { expect, it } from 'vitest';
import type { Batch, ScheduledRequest } from '../../src/engine/batch.ts';
import { batchShape } from '../../src/engine/replica.ts';
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
const batch = (...entries: ScheduledRequest[]): Batch => ({ scheduled: entries, preempted: [], skipDrafts: false });

it('counts a request that verifies drafts as a decode of several tokens', () => {
  // One plain decode at 100 tokens, one that verifies three drafts at 200, two chunks.
  const shape = batchShape(batch(scheduled(1, 99), scheduled(4, 196, 3), scheduled(64, 0), scheduled(30, 512)));
  expect(shape).toEqual({
    decodes: 2,
    decodeTokens: 5,
    decodeContextTokens: 300,
    decodeMaxContextTokens: 200,
    decodeQueryContextTokens: 100 + 4 * 200,
    chunkTokens: [64, 30],
    chunkCachedTokens: [0, 512],
    scheduledTokens: 99,
    scheduledRequests: 4,
    verifiedDrafts: 3,
    proposes: 1,
  });
});

it('counts a prompt of which drafts are verified at its end as a chunk', () => {
  expect(batchShape(batch(scheduled(6, 10, 3)))).toMatchObject({ decodes: 0, chunkTokens: [6], verifiedDrafts: 3 });
});

it('notes that the drafter was told to propose nothing', () => {
  expect(batchShape({ ...batch(scheduled(1, 5)), skipDrafts: true }).proposes).toBe(0);
});

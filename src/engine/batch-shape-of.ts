/** A scheduled batch as the integers on which its duration depends. */
import { type AttentionWindow, type BatchShape, windowedTokens } from '../latency/batch-shape.ts';
import type { Batch } from './batch.ts';

/** The integers of a batch on which its duration depends; `window` is that of the layers that do not see everything. */
export function batchShape(batch: Batch, window: AttentionWindow | null): BatchShape {
  const shape: BatchShape = {
    decodes: 0,
    decodeTokens: 0,
    decodeContextTokens: 0,
    decodeMaxContextTokens: 0,
    decodeMinContextTokens: 0,
    decodeQueryContextTokens: 0,
    decodeWindowContextTokens: 0,
    decodeMaxWindowContextTokens: 0,
    decodeQueryWindowContextTokens: 0,
    chunkTokens: [],
    chunkCachedTokens: [],
    scheduledTokens: 0,
    scheduledRequests: batch.scheduled.length,
    verifiedDrafts: 0,
    proposes: batch.skipDrafts ? 0 : 1,
  };
  for (const { tokens, cachedTokens, verifiedDrafts } of batch.scheduled) {
    shape.scheduledTokens += tokens;
    shape.verifiedDrafts += verifiedDrafts;
    if (tokens === 1 + verifiedDrafts) {
      addDecode(shape, tokens, cachedTokens + tokens, window);
    } else {
      shape.chunkTokens.push(tokens);
      shape.chunkCachedTokens.push(cachedTokens);
    }
  }
  return shape;
}

function addDecode(shape: BatchShape, tokens: number, contextTokens: number, window: AttentionWindow | null): void {
  const windowTokens = windowedTokens(window, contextTokens);
  shape.decodes++;
  shape.decodeTokens += tokens;
  shape.decodeContextTokens += contextTokens;
  shape.decodeQueryContextTokens += tokens * contextTokens;
  shape.decodeWindowContextTokens += windowTokens;
  shape.decodeQueryWindowContextTokens += tokens * windowTokens;
  if (contextTokens > shape.decodeMaxContextTokens) shape.decodeMaxContextTokens = contextTokens;
  if (shape.decodes === 1 || contextTokens < shape.decodeMinContextTokens) shape.decodeMinContextTokens = contextTokens;
  if (windowTokens > shape.decodeMaxWindowContextTokens) shape.decodeMaxWindowContextTokens = windowTokens;
}

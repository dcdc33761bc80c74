/**
 * What a prompt chunk costs in a layer that does not attend to everything. A sliding window of w tokens: each query
 * sees at most the last w keys. Chunked attention (Llama-4): each query sees the keys since the last multiple of the
 * chunk length, which vLLM runs as one sequence for each piece. Attention sinks (gpt-oss) are one more logit a head and
 * cost nothing that could be measured.
 */
import type { AttentionWindow } from './batch-shape.ts';

/**
 * Pairs of a query and a key of a chunk after cached tokens: area under the causal mask. For a whole prompt of L > w
 * tokens L * w - w * w / 2.
 */
export function chunkPairs(window: AttentionWindow | null, newTokens: number, cachedTokens: number): number {
  if (window === null) return triangle(newTokens, cachedTokens);
  switch (window.kind) {
    case 'sliding': {
      const growing = Math.min(newTokens, Math.max(0, window.tokens - cachedTokens));
      return triangle(growing, cachedTokens) + (newTokens - growing) * window.tokens;
    }
    case 'chunked': {
      let pairs = 0;
      let from = cachedTokens % window.tokens;
      for (let left = newTokens; left > 0; from = 0) {
        const piece = Math.min(left, window.tokens - from);
        pairs += triangle(piece, from);
        left -= piece;
      }
      return pairs;
    }
  }
}

/** Keys that the chunk reads, its own included. */
export function chunkKeys(window: AttentionWindow | null, newTokens: number, cachedTokens: number): number {
  if (window === null) return newTokens + cachedTokens;
  switch (window.kind) {
    case 'sliding':
      return newTokens + Math.min(cachedTokens, window.tokens);
    case 'chunked':
      return newTokens + (cachedTokens % window.tokens);
  }
}

function triangle(newTokens: number, cachedTokens: number): number {
  return newTokens * cachedTokens + (newTokens * newTokens) / 2;
}

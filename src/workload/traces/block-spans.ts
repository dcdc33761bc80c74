/** Prompts whose blocks a trace names: equal ids mean that the blocks, and all before them, are equal. */
import type { Span } from '../request.ts';

/** Larger ids would leave the integers that a segment number can hold exactly, with blocks of up to 512 tokens. */
export const MAX_BLOCK_ID = 2 ** 42;

/**
 * A prompt as spans, a block a span; what the ids do not cover is segment `ownSegment`. A full block is the segment of
 * its id. A partial one is shared only between prompts that cut it at the same length, so its segment depends on both.
 * Numbers are odd: even ones are left for what a trace does not name.
 */
export function blockSpans(
  blockIds: readonly number[],
  promptTokens: number,
  blockTokens: number,
  ownSegment: number,
): Span[] {
  const spans: Span[] = blockIds.map((id, i) => {
    const tokens = Math.min(blockTokens, promptTokens - i * blockTokens);
    return { segment: 2 * (id * blockTokens + tokens) + 1, tokens };
  });
  const rest = promptTokens - blockIds.length * blockTokens;
  if (rest > 0) spans.push({ segment: ownSegment, tokens: rest });
  return spans;
}

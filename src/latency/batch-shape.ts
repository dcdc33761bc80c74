/** What of a scheduled batch decides how long the step takes. All integers, so that both engine paths agree to the bit. */
export interface BatchShape {
  /**
   * Requests that compute one token more than the drafts they verify, so one token without speculative decoding (the
   * attention kernels treat them alike, prompt's end or not).
   */
  decodes: number;
  /** Tokens of the decodes: one each, and the drafts they verify. */
  decodeTokens: number;
  /** Sum over the decodes of their tokens in the cache after the step. */
  decodeContextTokens: number;
  /** Largest such context; 0 without decodes. */
  decodeMaxContextTokens: number;
  /** Smallest such context; 0 without decodes. */
  decodeMinContextTokens: number;
  /** Sum over the decodes of their tokens times their context: pairs of a query with a key, the mask left aside. */
  decodeQueryContextTokens: number;
  /**
   * The three sums and maxima above for the layers that look back only so far (sliding windows, chunks): of each context
   * what such a layer reads. Equal to them in a model without such layers.
   */
  decodeWindowContextTokens: number;
  decodeMaxWindowContextTokens: number;
  decodeQueryWindowContextTokens: number;
  /** New tokens of each prefill chunk (two or more tokens), in batch order. */
  chunkTokens: number[];
  /** Tokens already in the cache before each chunk, same order. */
  chunkCachedTokens: number[];
  /** All scheduled tokens of the step. */
  scheduledTokens: number;
  /** All scheduled requests of the step. */
  scheduledRequests: number;
  /** Drafts verified in the step, placeholders of padded admissions too: each needs a row of logits of its own. */
  verifiedDrafts: number;
  /** 1: the drafter, if there is one, proposes for the next step; 0: it only keeps its KV cache up to date. */
  proposes: 0 | 1;
}

/** Each of the decodes, of one token each, has one token of context more; there is no window. */
export function lengthen(shape: BatchShape): void {
  const { decodes } = shape;
  shape.decodeContextTokens += decodes;
  shape.decodeQueryContextTokens += decodes;
  shape.decodeWindowContextTokens += decodes;
  shape.decodeQueryWindowContextTokens += decodes;
  shape.decodeMaxContextTokens++;
  shape.decodeMinContextTokens++;
  shape.decodeMaxWindowContextTokens++;
}

/** How far back the layers of a model look that do not attend to everything. */
export interface AttentionWindow {
  /** The last `tokens` tokens, or those since the last multiple of `tokens`. */
  readonly kind: 'sliding' | 'chunked';
  readonly tokens: number;
}

/** Of a context of `contextTokens`, what a layer with that window reads for the last token; null: all of it. */
export function windowedTokens(window: AttentionWindow | null, contextTokens: number): number {
  if (window === null) return contextTokens;
  switch (window.kind) {
    case 'sliding':
      return Math.min(contextTokens, window.tokens);
    case 'chunked':
      return contextTokens === 0 ? 0 : ((contextTokens - 1) % window.tokens) + 1;
  }
}

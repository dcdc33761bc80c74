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
  /** Sum over the decodes of their tokens times their context: pairs of a query with a key, the mask left aside. */
  decodeQueryContextTokens: number;
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

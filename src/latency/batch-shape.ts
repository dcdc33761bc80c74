/** What of a scheduled batch decides how long the step takes. All integers, so that both engine paths agree to the bit. */
export interface BatchShape {
  /** Requests with exactly one scheduled token (the attention kernels treat them alike, prompt's end or not). */
  decodes: number;
  /** Sum over the decodes of their tokens in the cache after the step. */
  decodeContextTokens: number;
  /** Largest such context; 0 without decodes. */
  decodeMaxContextTokens: number;
  /** New tokens of each prefill chunk (two or more tokens), in batch order. */
  chunkTokens: number[];
  /** Tokens already in the cache before each chunk, same order. */
  chunkCachedTokens: number[];
  /** All scheduled tokens of the step. */
  scheduledTokens: number;
  /** All scheduled requests of the step. */
  scheduledRequests: number;
}

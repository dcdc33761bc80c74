/**
 * Which batch sizes vLLM 0.33 captures as CUDA graphs (`VllmConfig._set_cudagraph_sizes`): a step of fewer
 * tokens is padded to the next size, a larger one runs without a full graph. With k drafts a full step of n decodes has
 * n (1 + k) tokens.
 */

export interface CudagraphOptions {
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Drafts a step; 0: without speculative decoding. */
  readonly draftTokens: number;
  /** Data-center Blackwell (compute capability 10.x) captures up to 1,024 tokens, others 512. */
  readonly isDataCenterBlackwell: boolean;
  readonly performanceMode: 'balanced' | 'interactivity' | 'throughput';
  /** `max_cudagraph_capture_size`; null: by the rule. */
  readonly maxCaptureSize: number | null;
  /** `cudagraph_capture_sizes`; null: by the rule. */
  readonly captureSizes: readonly number[] | null;
}

/** The captured sizes in tokens, ascending, each once. */
export function cudagraphCaptureSizes(options: CudagraphOptions): number[] {
  const { maxNumBatchedTokens, maxNumSeqs } = options;
  if (options.captureSizes !== null) {
    return ascending(options.captureSizes.filter((size) => size <= maxNumBatchedTokens));
  }
  const decodeTokens = 1 + options.draftTokens;
  const platformLimit = Math.min(2 * maxNumSeqs * decodeTokens, options.isDataCenterBlackwell ? 1024 : 512);
  const limit = Math.min(maxNumBatchedTokens, options.maxCaptureSize ?? platformLimit);
  const sizes = ladder(limit, options.performanceMode);
  if (maxNumBatchedTokens <= limit) sizes.push(maxNumBatchedTokens);
  // Full batches of decodes need not land on the ladder; they are added only where the limit is vLLM's own.
  if (options.maxCaptureSize === null) {
    const requests = options.draftTokens === 0 ? [] : ladder(maxNumSeqs, options.performanceMode);
    sizes.push(...[...requests, maxNumSeqs].map((count) => count * decodeTokens));
  }
  return ascending(sizes.filter((size) => size <= limit));
}

/** The sizes up to a limit, in tokens, or in requests. */
function ladder(limit: number, performanceMode: CudagraphOptions['performanceMode']): number[] {
  const small = performanceMode === 'interactivity' ? steps(1, Math.min(limit, 32), 1) : [1, 2, 4];
  const sizes = [...small, ...steps(8, Math.min(limit, 255), 8), ...steps(256, limit, 16)];
  return sizes.filter((size) => size <= limit);
}

function steps(first: number, last: number, step: number): number[] {
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

function ascending(sizes: readonly number[]): number[] {
  return [...new Set(sizes)].sort((a, b) => a - b);
}

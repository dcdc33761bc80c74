import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CudagraphOptions, cudagraphCaptureSizes } from '../../src/config/cudagraph-sizes.ts';

const sizes = (options: Partial<CudagraphOptions>) =>
  cudagraphCaptureSizes({
    maxNumSeqs: 256,
    maxNumBatchedTokens: 8192,
    draftTokens: 0,
    isDataCenterBlackwell: false,
    performanceMode: 'balanced',
    maxCaptureSize: null,
    captureSizes: null,
    ...options,
  });

const ladder = (limit: number) => {
  const all = [1, 2, 4];
  for (let size = 8; size < 256; size += 8) all.push(size);
  for (let size = 256; size <= 1024; size += 16) all.push(size);
  return all.filter((size) => size <= limit);
};

describe('the sizes that vLLM captures', () => {
  test('go to twice max_num_seqs and no further than 512 tokens', () => {
    expect(sizes({ maxNumSeqs: 1 })).toEqual([1, 2]);
    expect(sizes({ maxNumSeqs: 100 })).toEqual([...ladder(200), 100].sort((a, b) => a - b));
    expect(sizes({ maxNumSeqs: 256 })).toEqual(ladder(512));
    expect(sizes({ maxNumSeqs: 1024 })).toEqual(ladder(512));
  });

  test('go to 1,024 tokens on data-center Blackwell', () => {
    expect(sizes({ maxNumSeqs: 1024, isDataCenterBlackwell: true })).toEqual(ladder(1024));
  });

  test('include a full step and a full decode batch off the ladder', () => {
    expect(sizes({ maxNumBatchedTokens: 300 })).toEqual([...ladder(300), 300].sort((a, b) => a - b));
    expect(sizes({ maxNumSeqs: 261 })).toEqual([...ladder(512), 261].sort((a, b) => a - b));
  });

  test('include every full batch of decodes that verify drafts', () => {
    // 13 requests of 1 + 5 tokens: twice that is the limit; 1, 2, 4, 8 and 13 requests are 6, 12, 24, 48 and 78 tokens.
    expect(sizes({ maxNumSeqs: 13, draftTokens: 5 })).toEqual([...ladder(156), 6, 12, 78].sort((a, b) => a - b));
  });

  test('are every size up to 32 in interactivity mode', () => {
    const small = Array.from({ length: 32 }, (_, i) => i + 1);
    expect(sizes({ maxNumSeqs: 32, performanceMode: 'interactivity' })).toEqual([...small, 40, 48, 56, 64]);
  });

  test('end at a given largest size', () => {
    expect(sizes({ maxNumSeqs: 261, maxCaptureSize: 64 })).toEqual(ladder(64));
    expect(sizes({ maxCaptureSize: 5 })).toEqual([1, 2, 4]);
  });

  test('are a given list in order, each once, without what no step can hold', () => {
    expect(sizes({ captureSizes: [64, 8, 8, 512], maxNumBatchedTokens: 128 })).toEqual([8, 64]);
  });

  test('ascend strictly within the limits', () => {
    const options = fc.record({
      maxNumSeqs: fc.integer({ min: 1, max: 2000 }),
      maxNumBatchedTokens: fc.integer({ min: 1, max: 20_000 }),
      isDataCenterBlackwell: fc.boolean(),
    });
    fc.assert(
      fc.property(options, (given) => {
        const result = sizes(given);
        expect(result.every((size, i) => i === 0 || size > result[i - 1]!)).toBe(true);
        expect(result.at(-1)!).toBeLessThanOrEqual(Math.min(given.maxNumBatchedTokens, 2 * given.maxNumSeqs, 1024));
      }),
    );
  });
});

/** Recorded from vLLM 0.33.0's own configuration classes. */
const golden = new URL('engine-defaults.json', import.meta.url);

test('equal those recorded from vLLM 0.33, with and without drafts', () => {
  const { examples } = JSON.parse(readFileSync(golden, 'utf8')).cudagraph_capture_sizes;
  expect(examples.length).toBeGreaterThan(80);
  for (const example of examples) {
    const { blackwell, max_num_seqs, max_num_batched_tokens, num_speculative_tokens, sizes: recorded } = example;
    const options = {
      draftTokens: num_speculative_tokens,
      isDataCenterBlackwell: blackwell,
      maxNumSeqs: max_num_seqs,
      maxNumBatchedTokens: max_num_batched_tokens,
    };
    expect([options, sizes(options)]).toEqual([options, recorded]);
  }
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type BatchLimitInput, resolveBatchLimits, VLLM_DEFAULTS } from '../../src/config/vllm-defaults.ts';
import { catalog } from './fixtures.ts';

const limits = (gpu: string, input: Partial<BatchLimitInput> = {}) => {
  const { maxNumBatchedTokens, maxNumSeqs } = resolveBatchLimits({
    gpu: catalog.gpu(gpu)!,
    performanceMode: 'balanced',
    maxModelLen: 32_768,
    chunkedPrefill: true,
    maxNumBatchedTokens: undefined,
    maxNumSeqs: undefined,
    ...input,
  });
  return [maxNumBatchedTokens, maxNumSeqs];
};

describe('max_num_batched_tokens and max_num_seqs', () => {
  test.each([
    ['b200-sxm', [16_384, 1024]],
    ['h100-sxm', [8192, 1024]],
    ['a100-sxm', [2048, 256]],
    ['l40s', [2048, 256]],
  ])('follow the memory of the GPU, an A100 counting as small: %s', (gpu, expected) => {
    expect(limits(gpu)).toEqual(expected);
  });

  test('performance mode throughput doubles what was not given', () => {
    expect(limits('h100-sxm', { performanceMode: 'throughput' })).toEqual([16_384, 2048]);
    expect(limits('h100-sxm', { performanceMode: 'throughput', maxNumSeqs: 100 })).toEqual([16_384, 100]);
    expect(limits('h100-sxm', { performanceMode: 'throughput', maxNumBatchedTokens: 4096 })).toEqual([4096, 2048]);
  });

  test('without chunked prefill a step takes the longest prompt', () => {
    expect(limits('l40s', { chunkedPrefill: false })).toEqual([32_768, 256]);
    expect(limits('l40s', { chunkedPrefill: false, maxNumBatchedTokens: 4096 })).toEqual([4096, 256]);
  });

  test('a step takes no more tokens than all requests together can have', () => {
    expect(limits('h100-sxm', { maxModelLen: 100, maxNumSeqs: 4 })).toEqual([400, 4]);
  });

  test('there are no more requests by default than tokens in a step', () => {
    expect(limits('h100-sxm', { maxNumBatchedTokens: 512 })).toEqual([512, 512]);
  });
});

/** Recorded from vLLM 0.33.0's own configuration classes. */
const golden = new URL('engine-defaults.json', import.meta.url);

test('plain defaults are those recorded from vLLM 0.33', () => {
  const {
    command_line_defaults_before_resolution: line,
    scheduler_config_class_defaults: scheduler,
    cache_config_class_defaults: cache,
  } = JSON.parse(readFileSync(golden, 'utf8'));
  const recorded: Record<string, unknown> = { ...scheduler, ...cache, ...line, kv_cache_dtype: cache.cache_dtype };
  // Null on the command line: resolved later, to what the comments of the record say.
  const resolved = {
    block_size: 16,
    enable_prefix_caching: true,
    enable_chunked_prefill: true,
    async_scheduling: true,
  };
  const { enforce_eager, enable_expert_parallel, ...rest } = VLLM_DEFAULTS;
  const { tensor_parallel_size, pipeline_parallel_size, data_parallel_size, ...ours } = rest;
  for (const [name, value] of Object.entries(ours)) {
    const expected = name in resolved ? resolved[name as keyof typeof resolved] : recorded[name];
    expect([name, value]).toEqual([name, expected]);
  }
  // Not in the record: `ParallelConfig` and `ModelConfig` of 0.33.
  expect([tensor_parallel_size, pipeline_parallel_size, data_parallel_size]).toEqual([1, 1, 1]);
  expect([enforce_eager, enable_expert_parallel]).toEqual([false, false]);
});

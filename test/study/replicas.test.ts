import { describe, expect, it } from 'vitest';
import { openStudy } from '../../src/study/open-study.ts';
import { engineOptions } from '../../src/study/replicas.ts';
import { folderWith } from '../cli/servesim.ts';

function options(...deployment: string[]) {
  const lines = ['gpu: h200-sxm', 'max_model_len: 4096', ...deployment].map((line) => `  ${line}`);
  const study = ['deployment:', ...lines, 'workload:', '  synthetic: chat', '  num_requests: 1', ''].join('\n');
  return engineOptions(openStudy(`${folderWith({ 'study.yaml': study })}/study.yaml`).resolved.runs[0]!.deployment);
}

const full = { kind: 'full', blockSize: 16, window: 0, chunk: 0 };
const sliding = (window: number) => ({ kind: 'sliding', blockSize: 16, window, chunk: 0 });
const chunked = { kind: 'chunked', blockSize: 16, window: 0, chunk: 8192 };

describe('the KV groups of an engine', () => {
  it.each([
    ['llama-3.1-8b', [], [full]],
    // 52 sliding layers in groups of 10 at most, then the 10 that attend to everything.
    ['gemma-3-27b', [], [...Array(6).fill(sliding(1024)), full]],
    ['gpt-oss-120b', [], [sliding(128), full]],
    ['llama-4-scout', ['tensor_parallel_size: 4'], [chunked, chunked, chunked, full]],
    // One latent vector a token, kept for every token.
    ['deepseek-r1', ['tensor_parallel_size: 8'], [full]],
  ])('of %s are those of its KV cache', (model, rest, groups) => {
    expect(options(`model: ${model}`, ...rest).kvGroups).toEqual(groups);
  });

  it('count a draft layer with the layers of its kind', () => {
    // 12 sliding and 13 full layers of gpt-oss-20b: still one group each.
    const speculation = 'speculative_config: { method: eagle3, num_speculative_tokens: 3 }';
    expect(options('model: gpt-oss-20b', speculation).kvGroups).toEqual([sliding(128), full]);
  });
});

it('an engine knows how many stages execute its batches', () => {
  expect(options('model: llama-3.1-8b', 'pipeline_parallel_size: 2').pipelineParallelSize).toBe(2);
});

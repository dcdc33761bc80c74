import { expect, test } from 'vitest';
import { chartKeys, listedVariants, variantKeys, variantsOf } from '../../src/report/variants.ts';
import { run } from './answers.ts';

const of = (variants: Record<string, unknown>[]) =>
  variants.map((variant) => run({}, {}, { variant, title: 'own title' }));
const titles = (variants: Record<string, unknown>[]) => variantsOf(of(variants)).map(({ title }) => title);

test('seeds of one variant are one variant', () => {
  const runs = [run({}, {}, { seed: 1, variant: { x: 1 } }), run({}, {}, { seed: 2, variant: { x: 1 } })];
  expect(variantsOf(runs).map((variant) => variant.runs.length)).toEqual([2]);
});

test('a variant is called by what tells it apart, in short', () => {
  expect(
    titles([
      { 'deployment.gpu': 'h100-sxm', 'deployment.tensor_parallel_size': 4, 'workload.request_rate': 2 },
      { 'deployment.gpu': 'h200-sxm', 'deployment.tensor_parallel_size': 8, 'workload.request_rate': 2 },
    ]),
  ).toEqual(['h100-sxm × TP 4', 'h200-sxm × TP 8']);
  expect(titles([{ 'deployment.max_model_len': '8k' }, { 'deployment.max_model_len': '16k' }])).toEqual([
    'max_model_len 8k',
    'max_model_len 16k',
  ]);
  expect(titles([{ 'deployment.replicas': 1 }, { 'deployment.replicas': 2 }])).toEqual(['1 replica', '2 replicas']);
  expect(titles([{ model: 'Qwen/Qwen3-32B' }, { model: 'meta-llama/Llama-3.1-8B' }])).toEqual([
    'Qwen3-32B',
    'Llama-3.1-8B',
  ]);
});

test('in charts, long keys are left to the caption', () => {
  const variants = variantsOf(
    of([
      { gpu: 'h100-sxm', tensor_parallel_size: 4, max_num_batched_tokens: 2048 },
      { gpu: 'l40s', tensor_parallel_size: 8, max_num_batched_tokens: 8192 },
    ]),
  );
  expect(variants.map(({ chartName }) => chartName)).toEqual(['h100-sxm × TP 4 × 2048', 'l40s × TP 8 × 8192']);
  expect(chartKeys(variants)).toBe('GPU × TP × max_num_batched_tokens');
  const short = variantsOf(of([{ max_model_len: 1 }, { max_model_len: 2 }]));
  expect([short[0]!.chartName, chartKeys(short)]).toEqual(['max_model_len 1', '']);
});

test('without a sweep a run keeps its own title', () => {
  expect(titles([{}])).toEqual(['own title']);
});

test('keys with the same end are told apart by more of it', () => {
  const keys = variantKeys(of([{ 'lengths.input.constant': 1, 'lengths.output.constant': 2 }, {}]));
  expect(keys.map(({ header }) => header)).toEqual(['input.constant', 'output.constant']);
});

test('a list of variants has no list inside', () => {
  const list = (variants: Record<string, unknown>[]) => listedVariants(variantsOf(of(variants)));
  expect(list([{ seqs: 8 }, { seqs: 16 }, { seqs: 32 }])).toBe('seqs 8, 16 and 32');
  expect(list([{ request_rate: 1 }, { request_rate: 2 }])).toBe('1 and 2 requests/s');
  expect(
    list([
      { gpu: 'a', x: 1 },
      { gpu: 'b', x: 2 },
    ]),
  ).toBe('a × x 1; b × x 2');
  const many = Array.from({ length: 9 }, (_, i) => ({ gpu: `gpu-${i}`, tensor_parallel_size: i }));
  expect(list(many)).toMatch(/^gpu-0 × TP 0; .*gpu-5 × TP 5; 3 more$/);
});

test('lists and mappings are called in words, without quotes and brackets', () => {
  const groups = [{ below: 500, thinking_tokens: 100 }, { thinking_tokens: 500 }];
  expect(
    titles([
      { 'workload.budget': { hint: groups } },
      { 'workload.budget': { classifier: 'prompt length' } },
      { 'workload.budget': null },
      { 'workload.budget': groups },
      { 'workload.budget': ['a', 'b'] },
    ]),
  ).toEqual([
    'budget hint below 500 thinking_tokens 100; thinking_tokens 500',
    'budget classifier prompt length',
    'budget none',
    'budget below 500 thinking_tokens 100; thinking_tokens 500',
    'budget a, b',
  ]);
});

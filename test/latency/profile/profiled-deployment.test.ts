import { expect, it } from 'vitest';
import { parseProfileMeta } from '../../../src/latency/profile/profile-meta.ts';
import { checkProfiled, profileNotes } from '../../../src/latency/profile/profiled-deployment.ts';
import { DENSE_FILES, model, options, profile, SKEWED_FILES } from './fixtures.ts';

const of = (meta: string) => ({ ...profile(SKEWED_FILES), meta: parseProfileMeta(meta, 'meta.yaml') });

it.each(['meta-llama/Llama-3.1-8B', 'meta-llama/Meta-Llama-3.1-8B-Instruct', 'llama-3.1-8b'])(
  'takes a profile of %s for Llama 3.1 8B',
  (name) => {
    expect(() => checkProfiled(of(`model: ${name}`), options())).not.toThrow();
  },
);

it('takes a dated release for the model', () => {
  expect(() =>
    checkProfiled(of('model: Qwen/Qwen3-30B-A3B-Instruct-2507'), options({ model: model('qwen3-30b-a3b') })),
  ).not.toThrow();
});

it('refuses the profile of another model and names both', () => {
  expect(() => checkProfiled(of('model: Qwen/Qwen3-32B'), options())).toThrow(
    'profiles/mine: meta.yaml says the profile is of Qwen/Qwen3-32B, but deployment.model is llama-3.1-8b',
  );
});

it('believes the user where the model is read from a config.json, and says so', () => {
  const deployment = options({ modelFile: 'mine/config.json' });
  expect(() => checkProfiled(of('model: Qwen/Qwen3-32B'), deployment)).not.toThrow();
  expect(profileNotes(of('model: Qwen/Qwen3-32B'), deployment)).toContain(
    'the profile is of Qwen/Qwen3-32B, taken to be the model of mine/config.json',
  );
});

it.each([
  ['variant: bf16', { quantization: 'fp8' }, 'the variant is bf16, but the weights of the deployment are fp8'],
  ['variant: fp8', {}, 'the variant is fp8, but the weights of the deployment are bf16'],
  ['variant: bf16', { kvCacheDtype: 'fp8' }, 'KV cache has 16 bits an element, but kv_cache_dtype is fp8 (8 bits)'],
  ['variant: bf16-kvfp8', {}, 'KV cache has 8 bits an element, but kv_cache_dtype is auto (16 bits)'],
  ['tp_degrees: [2, 4]', {}, 'meta.yaml lists tp_degrees 2, 4, but tensor_parallel_size is 1'],
] as const)('refuses %s for %j', (meta, deployment, message) => {
  expect(() => checkProfiled(of(meta), options(deployment))).toThrow(message);
});

it.each([
  ['variant: bf16-kvfp8', { kvCacheDtype: 'fp8_e4m3' }],
  ['variant: fp8-kvfp8', { quantization: 'fp8', kvCacheDtype: 'fp8' }],
  ['variant: my_experiment', { quantization: 'int4' }],
  ['tp_degrees: [1, 2]', {}],
] as const)('takes %s for %j', (meta, deployment) => {
  expect(() => checkProfiled(of(meta), options(deployment))).not.toThrow();
});

it.each([
  ['deepseek-v3', {}, 'cannot hold the latent attention (MLA) of deepseek-v3'],
  ['gemma-3-27b', {}, 'cannot hold layers with sliding windows beside others, as gemma-3-27b has them'],
  ['llama-4-scout', {}, 'cannot hold layers with chunked attention beside others, as llama-4-scout has them'],
  ['llama-3.1-8b', { speculative: true }, 'does not measure drafts'],
  ['mixtral-8x7b', { dataParallelSize: 2, pipelineParallelSize: 2 }, 'together are not modelled'],
])('refuses what the layout has no table for: %s %j', (name, changes, message) => {
  expect(() => checkProfiled(profile(), options({ model: model(name), ...changes }))).toThrow(message);
});

it('tells what the step times rest on', () => {
  const meta = 'model: meta-llama/Llama-3.1-8B\ngpu: NVIDIA L4\nvllm_version: 0.19.0';
  expect(profileNotes(of(meta), options())).toEqual([
    'step times: kernel profile profiles/mine (meta-llama/Llama-3.1-8B, on NVIDIA L4, vLLM 0.19.0)',
    'profiles/mine measures steps of up to 512 tokens and 64 decodes, 16 beside a prefill; larger ones are extrapolated',
  ]);
});

it('tells what the profile does not hold', () => {
  const notes = profileNotes(
    profile(DENSE_FILES),
    options({ cudagraphCaptureSizes: [], model: model('mixtral-8x7b') }),
  );
  expect(notes).toHaveLength(6);
  expect(notes[0]).toContain('it has no meta.yaml');
  expect(notes[2]).toContain('no skew_fit.csv');
  expect(notes[3]).toContain('no skew.csv');
  expect(notes[4]).toContain('chosen evenly');
  expect(notes[5]).toContain('without CUDA graphs');
});

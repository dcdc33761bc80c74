import { expect, it } from 'vitest';
import { parseProfileMeta } from '../../../src/latency/profile/profile-meta.ts';

it('reads what the profile is of and leaves the rest aside', () => {
  const yaml = [
    'model: meta-llama/Llama-3.1-8B',
    'variant: bf16',
    'gpu: NVIDIA GeForce RTX 4090',
    'vllm_version: 0.19.0',
    'cuda_version: "12.8"',
    'tp_degrees: [1, 2]',
    'skew_fit: { enabled: false }',
  ].join('\n');
  expect(parseProfileMeta(yaml, 'meta.yaml')).toEqual({
    model: 'meta-llama/Llama-3.1-8B',
    variant: 'bf16',
    gpu: 'NVIDIA GeForce RTX 4090',
    vllmVersion: '0.19.0',
    tpDegrees: [1, 2],
    pooledSkew: new Map(),
  });
});

it('takes an empty file for one that says nothing', () => {
  expect(parseProfileMeta('', 'meta.yaml')).toMatchObject({ model: null, variant: null, tpDegrees: null });
});

it.each([
  ['model: [', 'p/meta.yaml: not YAML'],
  ['tp_degrees: two', 'p/meta.yaml: tp_degrees'],
])('refuses %j', (yaml, message) => {
  expect(() => parseProfileMeta(yaml, 'p/meta.yaml')).toThrow(message);
});

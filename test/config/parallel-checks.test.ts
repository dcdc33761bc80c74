import { describe, expect, test } from 'vitest';
import { deploymentGpus, serverGpusText } from '../../src/config/deployment-gpus.ts';
import { deploymentOf, errorLines } from './fixtures.ts';

const errors = (...lines: string[]) => errorLines(() => deploymentOf(...lines));

describe('a model spread over GPUs', () => {
  test('takes tensor × pipeline × data parallel GPUs a replica', () => {
    const sizes = ['tensor_parallel_size: 2', 'pipeline_parallel_size: 4', 'data_parallel_size: 3', 'replicas: 5'];
    const deployment = deploymentOf('model: tiny-1b', ...sizes);
    expect(deploymentGpus(deployment)).toBe(2 * 4 * 3 * 5);
    expect(serverGpusText(deployment, 'H100')).toBe('24 × H100 (3 data-parallel engines of 4 stages)');
  });

  test('has room for the layers of a stage instead of all of them', () => {
    const blocks = (...lines: string[]) => deploymentOf('model: tiny-1b', ...lines).engine.num_gpu_blocks;
    // A block of 8 layers is half as large as one of 16, and there are less weights beside it.
    expect(blocks('pipeline_parallel_size: 2')).toBeGreaterThan(2 * blocks());
  });

  test('cannot have more stages than layers', () => {
    expect(errors('model: tiny-1b', 'pipeline_parallel_size: 17')).toEqual([
      'study.yaml:4:27 deployment.pipeline_parallel_size: read 17, but tiny-1b has 16 layers to deal out.',
    ]);
  });

  test('cannot spread experts that it does not have, as vLLM says too', () => {
    expect(errors('model: tiny-1b', 'enable_expert_parallel: true')[0]).toMatch(
      /^study\.yaml:4:27 deployment\.enable_expert_parallel: tiny-1b has no experts/,
    );
  });

  test('has experts as wide as the ranks of all engines allow, unless they stay whole', () => {
    const sizes = ['model: experts', 'tensor_parallel_size: 2', 'data_parallel_size: 64'];
    expect(errors(...sizes)[0]).toMatch(
      /tensor_parallel_size 2 with data_parallel_size 64 does not divide experts .*intermediate size 64\)\. Use one of 1\.$/,
    );
    expect(deploymentOf(...sizes, 'enable_expert_parallel: true').data_parallel_size).toBe(64);
  });

  test.each([
    [
      [
        'model: tiny-1b',
        'pipeline_parallel_size: 2',
        'speculative_config: { method: ngram, num_speculative_tokens: 3 }',
      ],
      /pipeline_parallel_size: speculative decoding in a pipeline is not modelled/,
    ],
    [
      ['model: experts', 'pipeline_parallel_size: 2', 'data_parallel_size: 2'],
      /data_parallel_size: the data-parallel engines of experts wait for each other .* in a pipeline that is not modelled/,
    ],
  ])('is refused by name where a combination is not modelled: %j', (lines, message) => {
    expect(errors(...lines)[0]).toMatch(message);
  });

  test('hears that expert parallelism on one GPU, or routing by one API server, is not what it seems', () => {
    expect(deploymentOf('model: experts', 'enable_expert_parallel: true').notes.no_effect).toEqual([
      'enable_expert_parallel: there is one GPU to hold the experts of a layer',
    ]);
    const { notes } = deploymentOf('model: experts', 'enable_expert_parallel: true', 'data_parallel_size: 2');
    expect(notes.no_effect).toEqual([]);
    expect(notes.not_modelled).toContainEqual(expect.stringMatching(/^several API servers/));
  });
});

describe('a model with sliding windows', () => {
  test('heeds prefix_cache_retention_interval, others do not', () => {
    const noEffect = (model: string) =>
      deploymentOf(`model: ${model}`, 'prefix_cache_retention_interval: 64').notes.no_effect;
    expect(noEffect('windows')).toEqual([]);
    expect(noEffect('tiny-1b')).toEqual(['prefix_cache_retention_interval: tiny-1b has no sliding-window layers']);
  });

  test.each(['--disable-hybrid-kv-cache-manager', '--disable-sliding-window'])('is not simulated with %s', (flag) => {
    expect(errors(`serve: vllm serve windows ${flag}`)).toEqual([
      `study.yaml:3:10 deployment.serve: ${flag} changes how windows keeps its KV cache, which is not modelled; remove it.`,
    ]);
    expect(deploymentOf(`serve: vllm serve tiny-1b ${flag}`).notes.no_effect).toEqual([flag]);
  });
});

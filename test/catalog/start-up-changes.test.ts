import { describe, expect, it } from 'vitest';
import { type MemoryOptions, planStartUp } from '../../src/catalog/memory.ts';
import { changesThatStart } from '../../src/catalog/start-up-changes.ts';
import { catalog, memoryOptions } from './memory-options.ts';

/** Captures few CUDA graphs and serves long requests, unless a test says otherwise. */
const options = (model: string, changes: Partial<MemoryOptions> = {}) =>
  memoryOptions(model, { maxModelLen: 32_768, cudagraphCaptureSizes: [1, 2, 4], ...changes });

const settings = (given: MemoryOptions, gpus: string[] = []) =>
  changesThatStart(given, {
    quantizations: ['int4', 'fp8', 'bf16'],
    onOtherGpus: gpus.map((gpu) => ({ ...given, gpu: catalog.gpu(gpu)! })),
  }).map((change) => change.settings);

describe('changes that let a server start', () => {
  it('are the smallest of each setting, a shorter max_model_len first, then those that need a shorter length too', () => {
    const given = options('llama-3.1-70b', { tensorParallelSize: 2, maxModelLen: 65_536 });
    const [shorter, ...others] = settings(given, ['b200-sxm', 'h200-sxm']);
    expect(Object.keys(shorter!)).toEqual(['max_model_len']);
    expect(others).toEqual([
      { quantization: 'fp8' },
      { tensor_parallel_size: 4 },
      { gpu: 'h200-sxm' },
      { kv_cache_dtype: 'fp8', max_model_len: expect.any(Number) },
    ]);
  });

  it('name the longest max_model_len: it starts, one token more does not', () => {
    for (const model of ['llama-3.1-70b', 'gemma-3-27b', 'llama-4-scout']) {
      const given = options(model, { tensorParallelSize: 8, kvCacheMemoryBytes: 2 ** 28, maxModelLen: 131_072 });
      const longest = settings(given)[0]!.max_model_len as number;
      expect(longest).toBeLessThan(131_072);
      expect(planStartUp({ ...given, maxModelLen: longest }).starts).toBe(true);
      expect(planStartUp({ ...given, maxModelLen: longest + 1 }).starts).toBe(false);
    }
  });

  it('are pairs where no single one is enough', () => {
    const changes = settings(options('llama-3.1-405b'), ['h200-sxm']);
    expect(changes).toContainEqual({ quantization: 'fp8', tensor_parallel_size: 8 });
    for (const change of changes) expect(Object.keys(change)).toHaveLength(2);
  });

  it('start, each of them, with the blocks they are listed with', () => {
    const given = options('llama-3.1-405b', { tensorParallelSize: 4 });
    const changes = changesThatStart(given, { quantizations: ['fp8', 'int4'], onOtherGpus: [] });
    expect(changes.length).toBeGreaterThan(0);
    for (const { settings: change, plan } of changes) {
      const made = planStartUp({
        ...given,
        tensorParallelSize: (change.tensor_parallel_size as number | undefined) ?? given.tensorParallelSize,
        quantization: (change.quantization as 'fp8' | 'int4' | undefined) ?? given.quantization,
        kvCacheDtype: change.kv_cache_dtype === 'fp8' ? 'fp8' : given.kvCacheDtype,
      });
      expect(made).toEqual({ starts: true, plan });
    }
  });

  it('are none of tensor parallelism where the model cannot be cut further', () => {
    const given = options('qwen2.5-7b', {
      tensorParallelSize: 4,
      gpu: catalog.gpu('rtx4090')!,
      kvCacheMemoryBytes: 1e6,
    });
    expect(settings(given).some((change) => 'tensor_parallel_size' in change)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { createCatalog, gpuNamed, kernelsOf, modelNamed } from '../../src/catalog/catalog.ts';
import { customGpu } from '../../src/catalog/gpu.ts';
import { InputError } from '../../src/core/input-error.ts';
import { readJson, repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();

describe('createCatalog', () => {
  it('finds a model by short name, repository or alias, whatever the case', () => {
    const model = catalog.model('llama-3.1-8b');
    expect(model?.hf).toBe('meta-llama/Llama-3.1-8B-Instruct');
    for (const name of ['meta-llama/llama-3.1-8b-instruct', 'meta-llama/Meta-Llama-3.1-8B', 'LLAMA-3.1-8B']) {
      expect(catalog.model(name)).toBe(model);
    }
    expect(catalog.model('gpt-4')).toBeUndefined();
  });

  it('finds a quantised checkpoint as the same model in its precision', () => {
    const model = catalog.model('RedHatAI/DeepSeek-R1-Distill-Llama-70B-FP8-dynamic')!;
    expect(model.id).toBe('r1-distill-llama-70b');
    expect(model.quantization).toBe('fp8');
    expect(catalog.model('Qwen/Qwen3-32B-FP8')!.quantization).toBe('fp8_block');
    expect(catalog.model('r1-distill-llama-70b')!.quantization).toBe('bf16');
  });

  it('finds a GPU by short name or alias', () => {
    expect(catalog.gpu('H100')).toBe(catalog.gpu('h100-sxm'));
    expect(catalog.gpuNames()).toHaveLength(12);
  });

  it('reads kernels only when they are asked for, and once', () => {
    const asked: string[] = [];
    const lazy = createCatalog({
      models: [],
      gpus: readJson('catalog/gpus.json'),
      kernels: (gpuId) => {
        asked.push(gpuId);
        return readJson(`latency/coefficients/${gpuId}.json`);
      },
    });
    expect(asked).toEqual([]);
    expect(lazy.kernels('a100-sxm')).toBe(lazy.kernels('a100-sxm'));
    expect(asked).toEqual(['a100-sxm']);
  });

  it('refuses two models of one name', () => {
    const model = { file: 'a.json', json: readJson('catalog/models/qwen3-8b.json') };
    const twice = () => createCatalog({ models: [model, model], gpus: { gpus: [] }, kernels: () => undefined });
    expect(twice).toThrow(/"qwen3-8b" twice/);
  });
});

describe('names that are not in the catalog', () => {
  it('come with the nearest one and the place', () => {
    expect(() => modelNamed(catalog, 'llama-3.1-8', 'study.yaml:3:9')).toThrow(InputError);
    expect(() => modelNamed(catalog, 'llama-3.1-8', 'study.yaml:3:9')).toThrow(
      /study\.yaml:3:9.*Did you mean "llama-3\.1-8b"/,
    );
    expect(() => gpuNamed(catalog, 'h100-smx', 'study.yaml:4:8')).toThrow(/Did you mean "h100-sxm"/);
  });

  it('know GPUs that no file describes by what they can be simulated with', () => {
    const gpu = customGpu('epyc', 64);
    expect(() => kernelsOf(catalog, gpu, 'study.yaml:4:8')).toThrow(/study.yaml:4:8: epyc .*servesim calibrate/);
    expect(kernelsOf(catalog, catalog.gpu('l40s')!, 'x').gpu).toBe('l40s');
  });
});

describe('the GPUs of the catalog', () => {
  it.each(catalog.gpuNames())(
    '%s sees less memory than the vendor sells and says where its figures come from',
    (id) => {
      const gpu = catalog.gpu(id)!;
      // GDDR and HBM figures of vendors are powers of two or of ten; either way less than 1.08e9 bytes a "GB" remain.
      expect(gpu.usableBytes).toBeGreaterThan(0.9 * gpu.vendorMemoryGb * 1e9);
      expect(gpu.usableBytes).toBeLessThan(gpu.vendorMemoryGb * 1.0737e9);
      expect(gpu.source.length).toBeGreaterThan(10);
      expect(gpu.usableSource.length).toBeGreaterThan(3);
    },
  );

  it.each(catalog.gpuNames().filter((id) => catalog.kernels(id) !== undefined))(
    '%s has kernel times that name their source',
    (id) => {
      const kernels = catalog.kernels(id)!;
      expect(kernels.gpu).toBe(id);
      const sources = [
        ...Object.values(kernels.gemm),
        ...Object.values(kernels.attentionDecode),
        ...Object.values(kernels.attentionPrefill),
      ];
      for (const { source } of sources) expect(source).toMatch(/^github\.com\//);
      expect(Math.abs(kernels.bandwidthTbs / catalog.gpu(id)!.bandwidthTbs - 1)).toBeLessThan(0.01);
    },
  );
});

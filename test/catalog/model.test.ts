import { describe, expect, it } from 'vitest';
import { parameterCounts, parseModel } from '../../src/catalog/model.ts';
import { bytesPerWeight } from '../../src/catalog/quantization.ts';
import { unsupportedReason } from '../../src/catalog/unsupported.ts';
import { weightBytesPerGpu } from '../../src/catalog/weights.ts';
import { InputError } from '../../src/core/input-error.ts';
import { readJson, repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const names = catalog.modelNames();

describe('the models of the catalog', () => {
  it.each(names)('%s has the published number of parameters', (name) => {
    const model = catalog.model(name)!;
    const tolerance = 0.005;
    expect(Math.abs(parameterCounts(model).total / model.publishedParameters! - 1)).toBeLessThan(tolerance);
  });

  // Quantised latent attention is kept split up as well, MXFP4 experts padded; both are checked with the weights.
  const storedAsServed = names
    .map((name) => catalog.model(name)!)
    .filter(
      (model) => model.safetensorsBytes !== null && model.latentAttention === null && model.quantization !== 'mxfp4',
    );
  it.each(storedAsServed.map(({ id }) => id))('%s takes as many bytes as its checkpoint', (name) => {
    const model = catalog.model(name)!;
    expect(Math.abs(weightBytesPerGpu(model, model.quantization, 1) / model.safetensorsBytes! - 1)).toBeLessThan(0.002);
  });

  it('say where their geometry comes from', () => {
    for (const name of names) expect(catalog.model(name)!.source).toContain('Hugging Face');
  });

  it('survive JSON', () => {
    for (const name of names) expect(JSON.parse(JSON.stringify(catalog.model(name)))).toEqual(catalog.model(name));
  });
});

describe('parameterCounts', () => {
  it('counts Llama-3.1-8B part by part', () => {
    expect(parameterCounts(catalog.model('llama-3.1-8b')!)).toEqual({
      attention: 32 * 4096 * (4096 + 2 * 1024 + 4096),
      ffn: 32 * 3 * 4096 * 14336,
      embedding: 128256 * 4096,
      head: 128256 * 4096,
      norms: 65 * 4096,
      total: 8_030_261_248,
    });
  });

  it('counts a tied head once and query, key and value biases where there are any', () => {
    expect(parameterCounts(catalog.model('llama-3.2-1b')!).head).toBe(0);
    const qwen = catalog.model('qwen2.5-7b')!;
    const without = parameterCounts({ ...qwen, attentionBias: 'none' });
    expect(parameterCounts(qwen).total - without.total).toBe(28 * (28 + 8) * 128);
  });
});

describe('weightBytesPerGpu', () => {
  it('is a half on each of two GPUs but for the norms', () => {
    const model = catalog.model('llama-3.1-70b')!;
    const norms = 2 * parameterCounts(model).norms;
    const whole = weightBytesPerGpu(model, 'bf16', 1);
    expect(weightBytesPerGpu(model, 'bf16', 2)).toBe((whole - norms) / 2 + norms);
  });

  it('keeps a copy of one KV head on each rank when there are more ranks than KV heads', () => {
    const model = catalog.model('qwen2.5-7b')!;
    const eight = weightBytesPerGpu({ ...model, heads: 32 }, 'bf16', 8);
    const sharded = weightBytesPerGpu({ ...model, heads: 32, kvHeads: 8 }, 'bf16', 8);
    expect(eight).toBe(sharded);
  });

  it('keeps embedding and head in bf16 when the layers are quantised', () => {
    const model = catalog.model('llama-3.1-8b')!;
    const linear = 32 * (41_943_040 + 176_160_768);
    const rest = weightBytesPerGpu(model, 'bf16', 1) - 2 * linear;
    for (const quantization of ['fp8', 'int4', 'nvfp4'] as const) {
      expect(weightBytesPerGpu(model, quantization, 1)).toBe(Math.ceil(linear * bytesPerWeight(quantization) + rest));
    }
  });
});

describe('unsupportedReason', () => {
  it('is null for every model of the catalog, with experts, windows, sinks and latent attention', () => {
    expect(names.filter((name) => unsupportedReason(catalog.model(name)!) !== null)).toEqual([]);
  });

  it('names what is not modelled', () => {
    const { slidingWindow } = catalog.model('gemma-3-27b')!;
    expect(unsupportedReason({ ...catalog.model('deepseek-r1')!, slidingWindow })).toBe(
      'sliding-window attention over a latent cache of deepseek-r1 is not modelled',
    );
  });
});

describe('parseModel', () => {
  it('says what is wrong and where', () => {
    const good = readJson('catalog/models/llama-3.1-8b.json') as Record<string, unknown>;
    expect(() => parseModel({ ...good, layers: -1 }, 'my.json')).toThrow(InputError);
    expect(() => parseModel({ ...good, layers: -1 }, 'my.json')).toThrow(/my\.json: layers/);
    expect(() => parseModel({ ...good, kv_heads: 5 }, 'my.json')).toThrow(/kv_heads: must divide heads/);
    expect(() => parseModel({ ...good, layer: 3 }, 'my.json')).toThrow(/layer/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KvGroup, kvGroups, kvLayout } from '../../src/catalog/kv-layout.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const layout = (model: string, tp = 1, dtype: 'auto' | 'fp8' = 'auto', blockSize = 16) =>
  kvLayout(catalog.model(model)!, dtype, tp, blockSize);

describe('the KV cache of layers that are all alike', () => {
  it('is one group; a block is its tokens x KV heads x (key + value) x bytes x layers', () => {
    expect(layout('llama-3.1-8b')).toEqual({
      groups: [{ kind: 'full', layers: 32 }],
      blockSize: 16,
      pageBytes: 16 * 8 * 256 * 2,
      bytesPerBlock: 16 * 8 * 256 * 2 * 32,
    });
    expect(layout('llama-3.1-70b', 4, 'fp8', 32).bytesPerBlock).toBe(32 * 2 * 256 * 1 * 80);
  });

  it('shrinks no further than one KV head a rank', () => {
    expect(layout('llama-3.1-70b', 16)).toEqual(layout('llama-3.1-70b', 8));
  });

  it('of MLA holds one latent vector a token on every rank whole', () => {
    const mla = layout('deepseek-r1', 8);
    expect(mla).toMatchObject({ groups: [{ kind: 'mla', layers: 61 }], pageBytes: 16 * (512 + 64) * 2 });
    expect(layout('deepseek-r1', 1)).toEqual(mla);
    expect(layout('deepseek-r1', 8, 'fp8').bytesPerBlock).toBe(mla.bytesPerBlock / 2);
  });

  it('of a model whose layers all slide is one sliding group', () => {
    const model = {
      ...catalog.model('mistral-7b')!,
      slidingWindow: { kind: 'sliding', tokens: 4096, layers: 32, fullFirst: false } as const,
    };
    expect(kvLayout(model, 'auto', 1, 16).groups).toEqual([{ kind: 'sliding', tokens: 4096, layers: 32 }]);
  });
});

describe('the KV cache of layers of two kinds', () => {
  it('has groups as large as the smaller kind, the first kind of the model first', () => {
    // 52 sliding layers in groups of 10 at most make 6 groups; dealt out in turn four get 9 layers and two 8.
    const sliding = (layers: number) => ({ kind: 'sliding', tokens: 1024, layers });
    expect(layout('gemma-3-27b').groups).toEqual([...[9, 9, 9, 9, 8, 8].map(sliding), { kind: 'full', layers: 10 }]);
    expect(layout('gemma-3-27b', 2).bytesPerBlock).toBe(16 * 8 * 256 * 2 * 10);
  });

  it('has one group each where there are as many of one kind as of the other', () => {
    expect(layout('gpt-oss-120b').groups).toEqual([
      { kind: 'sliding', tokens: 128, layers: 18 },
      { kind: 'full', layers: 18 },
    ]);
  });

  it('has three chunked groups and a full one for Llama 4 Scout', () => {
    const chunked = { kind: 'chunked', tokens: 8192, layers: 12 };
    expect(layout('llama-4-scout').groups).toEqual([chunked, chunked, chunked, { kind: 'full', layers: 12 }]);
  });

  it('starts with the full group where the first layer attends to everything', () => {
    const model = catalog.model('gpt-oss-20b')!;
    const fullFirst = { ...model, slidingWindow: { ...model.slidingWindow!, fullFirst: true } };
    expect(kvLayout(fullFirst, 'auto', 1, 16).groups.map(({ kind }) => kind)).toEqual(['full', 'sliding']);
  });
});

describe('groups', () => {
  const full = (layers: number): KvGroup => ({ kind: 'full', layers });
  const sliding = (layers: number): KvGroup => ({ kind: 'sliding', tokens: 128, layers });

  it('are as large as the larger kind where that has less than one and a half times as many layers', () => {
    expect(kvGroups([sliding(12), full(13)])).toEqual([sliding(12), full(13)]);
    expect(kvGroups([sliding(10), full(14)])).toEqual([sliding(10), full(14)]);
    expect(kvGroups([sliding(10), full(15)])).toEqual([sliding(10), full(8), full(7)]);
  });

  it('hold every layer once, and no group is larger than needed', () => {
    const counts = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const groups = kvGroups([sliding(a), full(b)]);
        const layers = (kind: string) =>
          groups.filter((group) => group.kind === kind).reduce((sum, group) => sum + group.layers, 0);
        expect([layers('sliding'), layers('full')]).toEqual([a, b]);
        expect(Math.max(...groups.map((group) => group.layers))).toBeLessThanOrEqual(Math.max(a, b));
        const sizes = groups.filter(({ kind }) => kind === 'sliding').map((group) => group.layers);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type Drafter, drafterWeightBytes } from '../../src/catalog/drafter.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const target = catalog.model('llama-3.1-8b')!;
const layer = (name: 'eagle' | 'eagle3' | 'mtp'): Drafter => ({ kind: 'layer', layer: name, quantization: 'bf16' });

// One layer of Llama-3.1-8B: query, key, value 4096 x 6144, output 4096 x 4096, three of 4096 x 14336, two norms.
const LAYER = 4096 * 6144 + 4096 * 4096 + 3 * 4096 * 14_336 + 2 * 4096;

describe('the weights of a drafter', () => {
  it('are one layer and a matrix that joins two hidden states, for EAGLE and MTP', () => {
    expect(drafterWeightBytes(layer('eagle'), target, 1)).toBe(2 * (LAYER + 2 * 4096 * 4096));
    expect(drafterWeightBytes(layer('mtp'), target, 1)).toBe(2 * (LAYER + 2 * 4096 * 4096));
  });

  it('are three joined states, attention over two, and a head of 32,000 rows for EAGLE-3: 0.42 billion', () => {
    const parameters = LAYER + 4096 * 6144 + 3 * 4096 * 4096 + 32_000 * 4096;
    expect(drafterWeightBytes(layer('eagle3'), target, 1)).toBe(2 * parameters);
    expect(parameters / 1e9).toBeCloseTo(0.42, 2);
  });

  it('are cut by tensor parallelism but for norms and the joining matrix', () => {
    const cut = (LAYER - 2 * 4096) / 2 + 2 * 4096;
    expect(drafterWeightBytes(layer('eagle'), target, 2)).toBe(2 * (cut + 2 * 4096 * 4096));
  });

  it('are nothing for a lookup, and the whole model for a draft model on one rank', () => {
    const model = catalog.model('llama-3.2-1b')!;
    const drafter: Drafter = { kind: 'model', model, quantization: 'bf16', tensorParallelSize: 1 };
    expect(drafterWeightBytes({ kind: 'lookup' }, target, 1)).toBe(0);
    expect(drafterWeightBytes(drafter, target, 4) / model.safetensorsBytes!).toBeCloseTo(1, 2);
  });
});

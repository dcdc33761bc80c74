import { describe, expect, it } from 'vitest';
import { stageMixes } from '../../src/latency/layer-mix.ts';
import { catalog } from './fixtures.ts';

const mixes = (model: string, stages: number) => stageMixes(catalog.model(model)!, stages);

describe('stageMixes', () => {
  it('counts the layers of the whole model on one stage', () => {
    expect(mixes('llama-3.1-8b', 1)).toEqual([{ layers: 32, windowed: 0, withExperts: 0 }]);
    expect(mixes('deepseek-r1', 1)).toEqual([{ layers: 61, windowed: 0, withExperts: 58 }]);
    expect(mixes('gemma-3-27b', 1)).toEqual([{ layers: 62, windowed: 52, withExperts: 0 }]);
  });

  it('gives dense layers to the first stage and every second layer of gpt-oss a window on each', () => {
    expect(mixes('deepseek-r1', 2).map((mix) => mix.withExperts)).toEqual([28, 30]);
    expect(mixes('gpt-oss-120b', 2)).toEqual([
      { layers: 18, windowed: 9, withExperts: 18 },
      { layers: 18, windowed: 9, withExperts: 18 },
    ]);
  });

  it.each(['gemma-3-27b', 'llama-4-scout', 'gpt-oss-20b', 'kimi-k2', 'qwen3-235b-a22b'])(
    'adds up to the whole model of %s however many stages there are',
    (model) => {
      const [whole] = mixes(model, 1);
      for (const stages of [2, 3, 4, 5, 7, 8]) {
        const parts = mixes(model, stages);
        for (const kind of ['layers', 'windowed', 'withExperts'] as const) {
          expect(parts.reduce((sum, mix) => sum + mix[kind], 0)).toBe(whole![kind]);
        }
      }
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kvLayout, stageLayout } from '../../src/catalog/kv-layout.ts';
import { planMemory } from '../../src/catalog/plan-memory.ts';
import { layersByStage, stagesOf } from '../../src/catalog/stages.ts';
import { ONE_ENGINE, weightBytesPerGpu } from '../../src/catalog/weights.ts';
import { catalog, memoryOptions } from './memory-options.ts';

const model = (name: string) => catalog.model(name)!;

describe('layers dealt to stages', () => {
  it('are as many on each, and those left over on the later ones but the last', () => {
    expect(layersByStage(32, 4)).toEqual([8, 8, 8, 8]);
    expect(layersByStage(61, 2)).toEqual([31, 30]);
    expect(layersByStage(62, 4)).toEqual([15, 16, 16, 15]);
    expect(layersByStage(61, 16)).toEqual([3, 3, ...Array(13).fill(4), 3]);
  });

  it('are all there, one after another, and no stage has more than one layer more than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 16 }), (layers, count) => {
        const stages = stagesOf(layers, count);
        expect(stages.map(({ first }) => first)).toEqual([0, ...stages.slice(0, -1).map(({ end }) => end)]);
        expect(stages.at(-1)!.end).toBe(layers);
        const sizes = stages.map(({ first, end }) => end - first);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the weights of a stage', () => {
  const bytes = (name: string, stages: number) => {
    const target = model(name);
    return stagesOf(target.layers, stages).map((stage) => weightBytesPerGpu(target, 'bf16', 1, ONE_ENGINE, stage));
  };
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

  it.each(['llama-3.1-8b', 'mixtral-8x7b', 'deepseek-r1', 'gemma-3-27b'])(
    'of %s add up to those of the model, but for the embedding where the output head is the same matrix',
    (name) => {
      const { tiedEmbeddings, vocab, hidden } = model(name);
      const copy = tiedEmbeddings ? Math.ceil(vocab / 64) * 64 * hidden * 2 : 0;
      expect(sum(bytes(name, 4))).toBe(bytes(name, 1)[0]! + copy);
    },
  );

  it('are the embedding and its layers on the first, the head, its layers and the last norm on the last', () => {
    const [first, middle, last] = bytes('llama-3.1-8b', 4) as [number, number, number, number];
    const { layers, hidden, vocab } = model('llama-3.1-8b');
    expect(layers).toBe(32);
    expect(first - middle).toBe(vocab * hidden * 2);
    expect(middle).toBe(last);
    expect(bytes('llama-3.1-8b', 4)[3]! - middle).toBe((vocab * hidden + hidden) * 2);
  });

  it('of DeepSeek-R1 hold its three dense layers on the first', () => {
    const { hidden, intermediate, moe } = model('deepseek-r1');
    const { experts, intermediate: width, sharedIntermediate, routerBias } = moe!;
    const dense = 3 * hidden * intermediate;
    const sparse = 3 * hidden * (experts * width + sharedIntermediate) + hidden * experts + (routerBias ? experts : 0);
    const vocabulary = 129_280 * hidden;
    // 61 layers in four stages: 15, 15, 16, 15.
    const [first, second] = bytes('deepseek-r1', 4) as [number, number, number, number];
    expect(first - second).toBe(2 * (3 * (dense - sparse) + vocabulary));
  });
});

describe('the KV cache of a stage', () => {
  it('has a share of the layers of every group', () => {
    const whole = kvLayout(model('gemma-3-27b'), 'auto', 1, 16);
    const stages = stagesOf(62, 2).map((stage) => stageLayout(whole, model('gemma-3-27b'), stage));
    // Every sixth layer attends to everything: 5 of 31 layers on each; 26 sliding ones dealt to six groups.
    expect(stages.map(({ groups }) => groups.map(({ layers }) => layers))).toEqual([
      [5, 5, 4, 4, 4, 4, 5],
      [4, 4, 5, 5, 4, 4, 5],
    ]);
    expect(stages.map(({ bytesPerBlock }) => bytesPerBlock / whole.pageBytes)).toEqual([5, 5]);
  });

  it('has blocks of its own layers where all are alike', () => {
    const whole = kvLayout(model('deepseek-r1'), 'auto', 8, 16);
    const [first, second] = stagesOf(61, 2).map((stage) => stageLayout(whole, model('deepseek-r1'), stage));
    expect([first!.bytesPerBlock, second!.bytesPerBlock]).toEqual([31 * whole.pageBytes, 30 * whole.pageBytes]);
  });

  it('keeps every layer in every pipeline', () => {
    const names = catalog.modelNames();
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.integer({ min: 1, max: 8 }), (name, count) => {
        const whole = kvLayout(model(name), 'auto', 1, 16);
        const stages = stagesOf(model(name).layers, count).map((stage) => stageLayout(whole, model(name), stage));
        const layers = whole.groups.map((_, g) => stages.reduce((sum, { groups }) => sum + groups[g]!.layers, 0));
        expect(layers).toEqual(whole.groups.map((group) => group.layers));
      }),
    );
  });
});

describe('the memory of a pipeline', () => {
  it('is that of the stage with the fewest blocks, which all others then have too', () => {
    const llama = { pipelineParallelSize: 2, maxModelLen: 8192 };
    const plan = planMemory(memoryOptions('llama-3.1-8b', llama));
    // The last stage has the sampler and the last norm beside as many layers, so it has less room.
    expect(plan.stage).toBe(1);
    expect(plan.bytesPerBlock).toBe(16 * 16 * 2 * 8 * 128 * 2);
    expect(plan.numGpuBlocks).toBe(Math.floor(plan.kvBytes / plan.bytesPerBlock));
    expect(planMemory(memoryOptions('llama-3.1-70b', { ...llama, pipelineParallelSize: 4 })).maxModelLen).toBe(8192);
    expect(() => planMemory(memoryOptions('llama-3.1-70b', { ...llama, maxModelLen: 131_072 }))).toThrow(
      /weights \(bf16, tensor_parallel_size 1, stage \d of 2\) take 65/,
    );
  });

  it('takes a given number of blocks on every stage', () => {
    const given = { pipelineParallelSize: 2, numGpuBlocksOverride: 1000, maxModelLen: 8192 };
    expect(planMemory(memoryOptions('qwen2.5-7b', given))).toMatchObject({
      numGpuBlocks: 1000,
      bytesPerBlock: 14 * 16 * 2 * 4 * 128 * 2,
      kvBytes: 1000 * 14 * 16 * 2 * 4 * 128 * 2,
    });
  });
});

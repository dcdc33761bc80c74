import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandOf, type MemoryOptions } from '../../src/catalog/memory.ts';
import { planMemory } from '../../src/catalog/plan-memory.ts';
import { InputError } from '../../src/core/input-error.ts';
import { catalog, memoryOptions as options } from './memory-options.ts';

describe('planMemory', () => {
  it('divides what is asked for into weights, reserve and blocks', () => {
    const plan = planMemory(options('llama-3.1-8b'));
    expect(plan.source).toBe('estimated');
    expect(plan.weightBytes + plan.reserveBytes + plan.kvBytes).toBe(Math.ceil(plan.usableBytes * 0.92));
    expect(plan.numGpuBlocks).toBe(Math.floor(plan.kvBytes / (2 * 2 ** 20)));
    expect(plan.maxConcurrency).toBe(plan.numGpuBlocks / 512);
  });

  it('lets an override of the blocks decide everything', () => {
    const plan = planMemory(options('llama-3.1-8b', { numGpuBlocksOverride: 1000, maxModelLen: 15984 }));
    expect(plan).toMatchObject({ source: 'num_gpu_blocks_override', numGpuBlocks: 1000, maxModelLenThatFits: 15984 });
    // 15984 tokens are 999 blocks: all but the null block.
    expect(() => planMemory(options('llama-3.1-8b', { numGpuBlocksOverride: 1000, maxModelLen: 15985 }))).toThrow(
      InputError,
    );
  });

  it('takes the KV memory that is given', () => {
    const plan = planMemory(options('llama-3.1-8b', { kvCacheMemoryBytes: 10 * 2 ** 30 }));
    expect(plan).toMatchObject({ source: 'kv_cache_memory_bytes', numGpuBlocks: 5120, kvBytes: 10 * 2 ** 30 });
  });

  it('cuts max_model_len auto to what fits, and no lower than it must', () => {
    expect(planMemory(options('llama-3.1-8b', { maxModelLen: 'auto' })).maxModelLen).toBe(131072);
    const tight = planMemory(options('llama-3.1-8b', { maxModelLen: 'auto', numGpuBlocksOverride: 11 }));
    expect(tight.maxModelLen).toBe(160);
  });

  it('says what is missing and which single changes would do', () => {
    const tooLong = () => planMemory(options('llama-3.1-70b', { tensorParallelSize: 2, maxModelLen: 65536 }));
    expect(tooLong).toThrow(InputError);
    expect(tooLong).toThrow(/study\.yaml:5:3: one request of max_model_len 65536 needs 10\.00 GiB of KV cache/);
    expect(tooLong).toThrow(/longest max_model_len that fits is \d+\..*fp8 weights, or with tensor_parallel_size 4/);
    const noMemory = () => planMemory(options('llama-3.1-70b'));
    expect(noMemory).toThrow(
      /leaves no memory for KV blocks on h100-sxm.*weights \(bf16, tensor_parallel_size 1\) take 131\./,
    );
  });

  it('says so when no single change would do', () => {
    expect(() => planMemory(options('llama-3.1-405b'))).toThrow(/No single change/);
  });

  it('makes promises about remedies that hold', () => {
    expect(() => planMemory(options('llama-3.1-70b', { tensorParallelSize: 4, maxModelLen: 65536 }))).not.toThrow();
    expect(() =>
      planMemory(options('llama-3.1-70b', { tensorParallelSize: 2, quantization: 'fp8', maxModelLen: 65536 })),
    ).not.toThrow();
  });

  it('refuses a number of ranks that does not divide the model', () => {
    expect(() => planMemory(options('qwen2.5-7b', { tensorParallelSize: 8 }))).toThrow(/Use one of 1, 2, 4\./);
  });

  it('accepts exactly the lengths up to the longest that fits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4000 }), fc.constantFrom(16, 32, 64), (blocks, blockSize) => {
        const given = { numGpuBlocksOverride: blocks, blockSize };
        const longest = (blocks - 1) * blockSize;
        expect(planMemory(options('qwen3-8b', { ...given, maxModelLen: longest })).maxModelLenThatFits).toBe(longest);
        expect(() => planMemory(options('qwen3-8b', { ...given, maxModelLen: longest + 1 }))).toThrow(InputError);
      }),
    );
  });
});

describe('a KV cache that was given', () => {
  it('must fit the GPU beside the weights, whatever the reserve is', () => {
    const given = { numGpuBlocksOverride: 20_000 };
    // 16.06 GB of weights and 20,000 blocks of 2 MiB fit 79 GiB, 40,000 blocks do not.
    expect(planMemory(options('llama-3.1-8b', given)).numGpuBlocks).toBe(20_000);
    expect(() => planMemory(options('llama-3.1-8b', { numGpuBlocksOverride: 40_000 }))).toThrow(
      /weights of 14\.96 GiB and the KV cache of 78\.13 GiB that num_gpu_blocks_override asks for are more than the 79\.11 GiB of h100-sxm/,
    );
    expect(() => planMemory(options('llama-3.1-70b', { kvCacheMemoryBytes: 2 ** 32 }))).toThrow(/are more than/);
  });
});

describe('the KV blocks of a drafter', () => {
  const layer = { kind: 'layer', layer: 'eagle', quantization: 'bf16' } as const;

  it('hold one more layer of the target for a draft layer', () => {
    const { layout } = demandOf(options('llama-3.1-8b', { drafter: layer, kvCacheDtype: 'fp8' }));
    // 33 layers of 8 KV heads of 128, key and value, one byte each.
    expect(layout.bytesPerBlock).toBe(16 * 33 * 2 * 8 * 128);
  });

  it('hold all layers of a draft model', () => {
    const model = catalog.model('llama-3.2-1b')!;
    const drafter = { kind: 'model', model, quantization: 'bf16', tensorParallelSize: 2 } as const;
    const { layout } = demandOf(options('llama-3.1-8b', { drafter, tensorParallelSize: 2 }));
    // 32 layers of 4 heads of 128 and 16 layers of 4 heads of 64 on each of two ranks.
    expect(layout.bytesPerBlock).toBe(16 * 2 * 2 * (32 * 4 * 128 + 16 * 4 * 64));
  });

  it('count a draft layer with the layers of its kind before groups are made', () => {
    // 52 sliding and 10 full layers of gemma-3-27b make groups of 10; with one more full layer groups of 11.
    const sizes = (drafter: MemoryOptions['drafter']) =>
      demandOf(options('gemma-3-27b', { drafter })).layout.groups.map((group) => group.layers);
    expect(Math.max(...sizes(null))).toBe(10);
    expect(Math.max(...sizes(layer))).toBe(11);
  });
});

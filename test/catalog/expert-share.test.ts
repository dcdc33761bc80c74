import { describe, expect, it } from 'vitest';
import { expertShare } from '../../src/catalog/expert-share.ts';
import { planMemory } from '../../src/catalog/plan-memory.ts';
import { dividesInto, weightBytesPerGpu } from '../../src/catalog/weights.ts';
import { catalog, memoryOptions } from './memory-options.ts';

const r1 = catalog.model('deepseek-r1')!;
const ranks = (tp: number, dp: number, expertParallel: boolean) => ({
  tensorParallelSize: tp,
  dataParallelSize: dp,
  expertParallel,
});

// 256 experts of 2048 and a shared one of 2048.
describe('the experts of DeepSeek-R1', () => {
  it('are all on every rank, each cut by the ranks of all engines', () => {
    expect(expertShare(r1.moe!, ranks(8, 1, false))).toEqual({ experts: 256, width: 256, sharedWidth: 256 });
    expect(expertShare(r1.moe!, ranks(1, 8, false))).toEqual({ experts: 256, width: 256, sharedWidth: 2048 });
  });

  it('are spread whole with expert parallelism, the first ranks with one more where it does not come out even', () => {
    expect(expertShare(r1.moe!, ranks(1, 8, true))).toEqual({ experts: 32, width: 2048, sharedWidth: 2048 });
    expect(expertShare(r1.moe!, ranks(8, 1, true))).toEqual({ experts: 32, width: 2048, sharedWidth: 256 });
    expect(expertShare(r1.moe!, ranks(1, 24, true)).experts).toBe(11);
  });

  it('that see every token are whole where the ranks of an engine share its tokens', () => {
    expect(expertShare(r1.moe!, ranks(4, 2, true))).toEqual({ experts: 32, width: 2048, sharedWidth: 2048 });
  });
});

describe('weights on a rank', () => {
  const bytes = (tp: number, dp: number, expertParallel: boolean) =>
    weightBytesPerGpu(r1, 'bf16', tp, { dataParallelSize: dp, expertParallel });

  it('hold an eighth of the routed experts with eight engines, and everything else whole', () => {
    const routed = 58 * 256 * 3 * 7168 * 2048 * 2;
    expect(bytes(1, 1, false) - bytes(1, 8, false)).toBe((routed / 8) * 7);
    expect(bytes(1, 8, true)).toBe(bytes(1, 8, false));
  });

  it('of a model without experts are those of one engine', () => {
    const llama = catalog.model('llama-3.1-8b')!;
    const spread = { dataParallelSize: 4, expertParallel: false };
    expect(weightBytesPerGpu(llama, 'bf16', 2, spread)).toBe(weightBytesPerGpu(llama, 'bf16', 2));
    expect(dividesInto(llama, 2, spread)).toBe(true);
  });

  it('need experts that can be cut so often, or stay whole', () => {
    const mixtral = catalog.model('mixtral-8x7b')!;
    // Experts of 14,336 = 2^11 * 7.
    expect(dividesInto(mixtral, 8, { dataParallelSize: 256, expertParallel: false })).toBe(true);
    expect(dividesInto(mixtral, 8, { dataParallelSize: 512, expertParallel: false })).toBe(false);
    expect(dividesInto(mixtral, 8, { dataParallelSize: 512, expertParallel: true })).toBe(true);
  });
});

describe('memory of a server of several engines', () => {
  it('is that of one engine for a model without experts', () => {
    const plan = (dataParallelSize: number) => planMemory(memoryOptions('llama-3.1-8b', { dataParallelSize }));
    expect(plan(4)).toEqual(plan(1));
  });

  it('holds a model with experts that no single engine could', () => {
    const h200 = { gpu: catalog.gpu('h200-sxm')!, quantization: 'fp8_block', maxModelLen: 4096 } as const;
    const spread = { dataParallelSize: 8, expertParallel: true, maxNumBatchedTokens: 1024 };
    expect(() => planMemory(memoryOptions('deepseek-r1', h200))).toThrow(/would not start/);
    expect(planMemory(memoryOptions('deepseek-r1', { ...h200, ...spread })).maxModelLen).toBe(4096);
  });

  it('gathers the tokens of all engines before the experts', () => {
    const activation = (dataParallelSize: number) =>
      planMemory(memoryOptions('qwen3-30b-a3b', { dataParallelSize, expertParallel: true, maxNumSeqs: 16 })).reserve
        .activationBytes;
    // Hidden 2048, 8 experts a token, width 768: two rows of 2048 for each of them, in bf16.
    expect(activation(4) - activation(2)).toBe(2 * 8192 * 8 * (2048 + 2048) * 2);
  });
});

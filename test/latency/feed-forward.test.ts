import { describe, expect, it } from 'vitest';
import { denseUs, expertLayer, type FeedForwardOptions } from '../../src/latency/feed-forward.ts';
import { gemmUs } from '../../src/latency/gemm.ts';
import { routedExpertsUs } from '../../src/latency/moe.ts';
import { busiestShare } from '../../src/latency/moe-balance.ts';
import { catalog } from './fixtures.ts';

const kernels = catalog.kernels('h200-sxm')!;
const model = catalog.model('deepseek-r1')!;
const table = kernels.moe['fp8_block|power_law_1.01']!;
const options: FeedForwardOptions = {
  ...{ model, kernels, quantization: 'fp8_block', tensorParallelSize: 8, dataParallelSize: 1 },
  ...{ expertParallel: false, moeRouting: 'power_law_1.01' },
};
const layer = (changes: Partial<FeedForwardOptions> = {}) => expertLayer({ ...options, ...changes }, model.moe!);
const routed = (tokens: number, width: number, localExperts: number, share: number) =>
  routedExpertsUs(table, 4.8, { hidden: 7168, width, localExperts, expertsPerToken: 8, share: () => share }, tokens);

describe('expertLayer', () => {
  it('cuts every expert over the tensor-parallel ranks, or deals whole ones to them', () => {
    expect(layer().routed(64)).toBeCloseTo(routed(64, 256, 256, 1), 9);
    const share = busiestShare('power_law_1.01', 64, 8, 256, 8);
    expect(layer({ expertParallel: true }).routed(64)).toBeCloseTo(routed(64, 2048, 32, share), 9);
  });

  it('cuts over tensor- and data-parallel ranks alike', () => {
    const both = { tensorParallelSize: 2, dataParallelSize: 4 };
    expect(layer(both).routed(64)).toBeCloseTo(routed(64, 256, 256, 1), 9);
    const share = busiestShare('power_law_1.01', 64, 8, 256, 8);
    expect(layer({ ...both, expertParallel: true }).routed(64)).toBeCloseTo(routed(64, 2048, 32, share), 9);
  });

  it('has a router in bf16 whatever the experts are', () => {
    expect(layer().router(64)).toBeCloseTo(gemmUs(kernels.gemm.bf16!, 4.8, 64, 256, 7168), 9);
  });

  it('hides shared experts behind the routed ones up to 256 tokens', () => {
    const shared = denseUs(options, 256);
    expect(layer().sharedBeyond(256, 1e6)).toBe(0);
    expect(layer().sharedBeyond(256, 1)).toBeCloseTo(shared(256) - 1, 9);
    expect(layer().sharedBeyond(257, 1e6)).toBeCloseTo(shared(257), 9);
  });

  it('has no shared experts in a model without', () => {
    const mixtral = catalog.model('mixtral-8x7b')!;
    const plain = expertLayer({ ...options, model: mixtral, quantization: 'bf16' }, mixtral.moe!);
    expect(plain.sharedBeyond(300, 0)).toBe(0);
  });
});

describe('denseUs', () => {
  it('is one product for gate and up, and one down', () => {
    const us = (n: number, k: number) => gemmUs(kernels.gemm.fp8_block!, 4.8, 16, n, k);
    expect(denseUs(options, 2304)(16)).toBeCloseTo(us(4608, 7168) + us(7168, 2304), 9);
  });
});

import { describe, expect, it } from 'vitest';
import { moeTable, routedExpertsUs } from '../../src/latency/moe.ts';
import { catalog } from './fixtures.ts';

describe('routedExpertsUs', () => {
  it('is the stated formula, worked out by hand without the grid', () => {
    // h100-sxm, fp8, power law 1.01; Qwen3-30B-A3B's experts cut in two: 128 of 2048 x 384, 8 a token, 64 tokens.
    const table = { ...catalog.kernels('h100-sxm')!.moe['fp8|power_law_1.01']!, grid: null };
    const held = { hidden: 2048, width: 384, localExperts: 128, expertsPerToken: 8, share: () => 1 };
    const active = 128 * (1 - Math.exp((-1.158 * 512) / 128));
    const move = (active * 3 * 2048 * 384 + 512 * (2 * 2048 + 3 * 384) * 2) / (3.35e6 * 1.075);
    const compute = (6 * (512 + active * 4.317) * 2048 * (384 + 399)) / (1979e6 * 0.6554);
    const expected = 27.22 + 0.1575 * active + (move ** 1.08 + compute ** 1.08) ** (1 / 1.08);
    expect(routedExpertsUs(table, 3.35, held, 64)).toBeCloseTo(expected, 9);
  });

  it('with expert parallelism has the rows that its share of them is', () => {
    const table = { ...catalog.kernels('h100-sxm')!.moe['fp8|power_law_1.01']!, grid: null };
    const held = { hidden: 2048, width: 768, localExperts: 64, expertsPerToken: 8 };
    const half = routedExpertsUs(table, 3.35, { ...held, share: () => 0.5 }, 64);
    expect(half).toBeCloseTo(routedExpertsUs(table, 3.35, { ...held, expertsPerToken: 4, share: () => 1 }, 64), 9);
  });
});

describe('moeTable', () => {
  it('is the one of the precision; MXFP4 with 8-bit activations where the GPU has them', () => {
    const on = (gpu: string) => catalog.kernels(gpu)!;
    expect(moeTable(on('h200-sxm'), 'int4', 'balanced')).toBe(on('h200-sxm').moe['int4_wo|balanced']);
    expect(moeTable(on('b200-sxm'), 'mxfp4', 'power_law_1.2')).toBe(on('b200-sxm').moe['mxfp4_w4a8|power_law_1.2']);
    expect(moeTable(on('h100-sxm'), 'mxfp4', 'balanced')).toBe(on('h100-sxm').moe['mxfp4_w4a16|balanced']);
  });

  it('refuses what nobody measured, and names the measured ones', () => {
    expect(() => moeTable(catalog.kernels('a100-sxm')!, 'bf16', 'balanced')).toThrow(
      /bf16 experts and routing balanced on a100-sxm. Measured there: bf16 with routing power_law_1.01/,
    );
    expect(() => moeTable(catalog.kernels('h100-sxm')!, 'nvfp4', 'balanced')).toThrow(/nvfp4 experts/);
  });
});

import { describe, expect, it } from 'vitest';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const on = (gpu: string) => catalog.kernels(gpu)!;

describe('kernelsFor', () => {
  it('replaces bandwidth and peak and keeps launch times and efficiencies', () => {
    const [pcie, sxm] = [on('h100-pcie').gemm.bf16!, on('h100-sxm').gemm.bf16!];
    expect(pcie).toMatchObject({ t0: sxm.t0, ec: sxm.ec, eb: sxm.eb, p: sxm.p, grid: sxm.grid });
    expect(pcie.peakTflops).toBe(756);
    expect(on('h100-pcie').bandwidthTbs).toBe(2);
    // Rows grow with peak over bandwidth: (756 / 2.0) / (989 / 3.35).
    expect(pcie.m0).toBeCloseTo(sxm.m0 * (756 / 2 / (989 / 3.35)), 9);
  });

  it('says so of the whole GPU, with the error where it is known', () => {
    expect(on('h100-pcie').note).toBe('kernel times scaled from h100-sxm by bandwidth and peak rate, not measured');
    expect(on('mi300x').note).toContain('27 % too fast');
    expect(on('h100-sxm').note).toBe('');
  });

  it('leaves what was measured and fills what was not, with a note on each table', () => {
    expect(on('rtx4090').gemm.bf16!.note).toBe('');
    expect(on('rtx4090').attentionDecode.kv_bf16_hd128!.note).toBe('');
    expect(on('rtx4090').attentionDecode.kv_bf16_hd64!.note).toBe(
      'scaled from rtxpro6000 by bandwidth and peak rate, not measured on rtx4090',
    );
    expect(on('rtx4090').gemm.int4_wo!.note).toContain('scaled from l40s');
  });

  it('leaves out tables of units that the GPU has not', () => {
    expect(on('rtx4090').gemm.nvfp4).toBeUndefined();
    expect(Object.keys(on('rtx4090').mlaDecode)).not.toContain('nvfp4|kv_bf16');
    expect(on('rtx5090').gemm.nvfp4!.peakTflops).toBe(1676);
  });

  it('takes communication from GPUs that are joined alike', () => {
    expect(Object.keys(on('h100-pcie').collectives)).toEqual(['pcie_switch', 'pcie_host']);
    expect(on('h100-pcie').collectives.pcie_switch!.note).toContain('as measured between rtxpro6000 GPUs');
    expect(Object.keys(on('a100-pcie').collectives)).toEqual(['pcie_switch']);
    expect(Object.keys(on('gb200').collectives)).toEqual(['nvlink']);
  });
});

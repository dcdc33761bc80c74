import { describe, expect, it } from 'vitest';
import { availableQuantizations, gemmTable } from '../../src/latency/gemm-table.ts';
import { catalog } from './fixtures.ts';

const on = (gpu: string) => catalog.kernels(gpu)!;

describe('gemmTable', () => {
  it('is the table of the same name, weight-only for int8 and int4', () => {
    expect(gemmTable(on('h100-sxm'), 'fp8').coefficients).toBe(on('h100-sxm').gemm.fp8);
    expect(gemmTable(on('h200-sxm'), 'int4').coefficients).toBe(on('h200-sxm').gemm.int4_wo);
    expect(gemmTable(on('h200-sxm'), 'int8').quantizationKernels).toEqual({ attention: 0, feedForward: 0 });
  });

  it('runs FP8 weights on an A100 weight-only and says so', () => {
    const table = gemmTable(on('a100-sxm'), 'fp8');
    expect(table.coefficients).toBe(on('a100-sxm').gemm.int8_wo);
    expect(table.quantizationKernels).toEqual({ attention: 0, feedForward: 0 });
    expect(table.notes[0]).toContain('no FP8 arithmetic');
  });

  it('takes the block-scaled table for FP8 on a B200 and says so', () => {
    const table = gemmTable(on('b200-sxm'), 'fp8');
    expect(table.coefficients).toBe(on('b200-sxm').gemm.fp8_block);
    expect(table.quantizationKernels).toEqual({ attention: 1, feedForward: 0 });
    expect(table.notes).toHaveLength(1);
  });

  it('says that 4-bit weights of the H100 were measured on an H200', () => {
    expect(gemmTable(on('h100-sxm'), 'int4').notes[0]).toContain('H200');
  });

  it('says what was scaled from another GPU, and only where it is used', () => {
    expect(gemmTable(on('rtx4090'), 'fp8').notes[0]).toContain('scaled from rtxpro6000');
    expect(gemmTable(on('b200-sxm'), 'int4').notes[0]).toContain('scaled from h200-sxm');
    expect(gemmTable(on('rtx4090'), 'bf16').notes).toEqual([]);
  });

  it('refuses a precision that nobody measured, and names the measured ones', () => {
    expect(() => gemmTable(on('rtx4090'), 'nvfp4')).toThrow(/bf16, fp8, fp8_block, int8, int4/);
    expect(() => gemmTable(on('h100-sxm'), 'nvfp4')).toThrow(/bf16, fp8, fp8_block, int8, int4/);
    expect(availableQuantizations(on('b200-sxm'))).toEqual(['bf16', 'fp8', 'fp8_block', 'int8', 'int4', 'nvfp4']);
    expect(availableQuantizations(on('a100-sxm'))).toEqual(['bf16', 'fp8', 'fp8_block', 'int8', 'int4']);
  });
});

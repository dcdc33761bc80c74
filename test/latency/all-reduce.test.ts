import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { allReduce } from '../../src/latency/all-reduce.ts';
import { catalog } from './fixtures.ts';

describe('allReduce', () => {
  it('costs nothing on one GPU', () => {
    const one = allReduce(catalog.kernels('h100-sxm')!, 1);
    expect(one.us(1e6)).toBe(0);
    expect(one.notes).toEqual([]);
  });

  it('meets the rows of the table', () => {
    const { us } = allReduce(catalog.kernels('h100-sxm')!, 2);
    // github.com/ai-dynamo/aiconfigurator, vLLM 0.24 custom all-reduce, 2 x H100: 1 MiB in 8.34 us, 2 MiB in 12.38 us.
    expect(us(1048576)).toBeCloseTo(8.34, 9);
    expect(us(2097152)).toBeCloseTo(12.38, 9);
  });

  it('is geometric between two rows and constant below the first', () => {
    const { us } = allReduce(catalog.kernels('h100-sxm')!, 2);
    expect(us(1048576 * Math.SQRT2)).toBeCloseTo(Math.sqrt(8.34 * 12.38), 9);
    expect(us(1)).toBe(4.292);
  });

  it('goes on with the last slope above the last row', () => {
    const { us } = allReduce(catalog.kernels('h100-sxm')!, 2);
    expect(us(2 ** 31) / us(2 ** 30)).toBeCloseTo(us(2 ** 30) / us(2 ** 29), 9);
  });

  it('takes the smaller of both public B200 tables below 1 MiB and vLLM alone from there', () => {
    const kernels = catalog.kernels('b200-sxm')!;
    const { us } = allReduce(kernels, 8);
    const at = (table: { bytes: readonly number[]; us: readonly number[] }, bytes: number) =>
      table.us[table.bytes.indexOf(bytes)]!;
    const vllm = kernels.collectives.nvlink!.allReduce.graph['8']!;
    const other = kernels.collectives.nvlink!.allReduce.alternative!.tables['8']!;
    expect(us(262144)).toBeCloseTo(Math.min(at(vllm, 262144), at(other, 262144)), 9);
    expect(at(other, 262144)).toBeLessThan(at(vllm, 262144));
    expect(us(1048576)).toBeCloseTo(at(vllm, 1048576), 9);
  });

  it('is dearer where the CPU launches it and copies the message first', () => {
    const { us } = allReduce(catalog.kernels('h100-sxm')!, 2);
    // The same table, launched eagerly: 2 x H100, 1 MiB.
    expect(us(1048576, false)).toBe(catalog.kernels('h100-sxm')!.collectives.nvlink!.allReduce.eager['2']!.us[12]);
    expect(us(1048576, false)).toBeGreaterThan(us(1048576, true));
  });

  it('says so where the wiring of the server decides or nobody measured', () => {
    expect(allReduce(catalog.kernels('rtxpro6000')!, 2).notes[0]).toContain('faster of two public servers');
    expect(allReduce(catalog.kernels('l40s')!, 2).notes[0]).toContain('PCIe');
    expect(allReduce(catalog.kernels('l40s')!, 2).notes[0]).toContain('interconnect: pcie_switch, by default');
    const rtx4090 = allReduce(catalog.kernels('rtx4090')!, 2);
    expect(rtx4090.notes[0]).toContain('estimate');
    // 20 us + 2 (n-1)/n * 1 MiB / 16 GB/s
    expect(rtx4090.us(2 ** 20)).toBeCloseTo(20 + 2 ** 20 / 16e3, 1);
  });

  it('refuses a number of ranks that nobody measured, and names the measured ones', () => {
    expect(() => allReduce(catalog.kernels('h100-sxm')!, 16)).toThrow(InputError);
    expect(() => allReduce(catalog.kernels('h100-sxm')!, 16)).toThrow(/1, 2, 4, 8/);
  });
});

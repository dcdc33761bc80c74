import { describe, expect, it } from 'vitest';
import { allGather, exchangeNotes, handOver, reduceScatter } from '../../src/latency/collectives.ts';
import { catalog } from './fixtures.ts';

const on = (gpu: string, hidden = 4096) => ({ kernels: catalog.kernels(gpu)!, interconnect: null, hidden });

describe('allGather and reduceScatter', () => {
  it('cost nothing for one rank', () => {
    expect(allGather(on('h100-sxm'), 1)(100)).toBe(0);
    expect(reduceScatter(on('h100-sxm'), 1)(100)).toBe(0);
  });

  // github.com/ai-dynamo/aiconfigurator, NCCL between 8 H100: 1,048,576 bf16 elements in 19.66 and 16.44 us.
  it('meet the rows of the tables for the tokens of all ranks together', () => {
    expect(allGather(on('h100-sxm'), 8)(256)).toBeCloseTo(19.66, 9);
    expect(reduceScatter(on('h100-sxm'), 8)(256)).toBeCloseTo(16.44, 9);
  });

  it('move whole messages: half a gigabyte takes at least seven eighths of it over NVLink, 450 GB/s', () => {
    const us = allGather(on('h100-sxm'), 8)(2 ** 29 / 8192);
    expect(us).toBeGreaterThan(((7 / 8) * 2 ** 29) / 450e3);
    expect(us).toBeLessThan((1.5 * (7 / 8) * 2 ** 29) / 450e3);
  });

  it('refuse a number of ranks that nobody measured, and a way that nobody did', () => {
    expect(() => allGather(on('h100-sxm'), 16)).toThrow(/no measured all-gather between 16 x h100-sxm \(nvlink\)/);
    expect(() => reduceScatter({ ...on('rtxpro6000'), interconnect: 'pcie_host' }, 4)).toThrow(/Measured there: none/);
  });

  // All-reduce between 2 RTX PRO 6000 of 256 KiB: 11.12 us through a switch, 39 us through the host.
  it('through the host are as much slower than through a switch as the all-reduce is, and say so', () => {
    const kernels = catalog.kernels('rtxpro6000')!;
    const { pcie_switch: bySwitch, pcie_host: byHost } = kernels.collectives;
    const at = (table: { bytes: readonly number[]; us: readonly number[] }) => table.us[table.bytes.indexOf(262_144)]!;
    const ratio = at(byHost!.allReduce.graph['2']!) / at(bySwitch!.allReduce.graph['2']!);
    expect(ratio).toBeGreaterThan(3);
    const host = { ...on('rtxpro6000'), interconnect: 'pcie_host' as const };
    expect(allGather(host, 2)(32)).toBeCloseTo(ratio * allGather(on('rtxpro6000'), 2)(32), 9);
    expect(exchangeNotes(host).join(' ')).toContain('were not measured');
    expect(exchangeNotes(on('rtxpro6000')).join(' ')).not.toContain('were not measured');
  });
});

describe('handOver', () => {
  it('between single GPUs sends hidden states and residual: two tensors, half of a two-rank all-gather', () => {
    expect(handOver(on('h100-sxm'), 1)(64)).toBeCloseTo(allGather(on('h100-sxm'), 2)(4 * 64), 9);
  });

  it('between tensor-parallel stages sends shares, which the receivers gather', () => {
    const pair = allGather(on('h100-sxm'), 2);
    const share = allGather(on('h100-sxm'), 4);
    expect(handOver(on('h100-sxm'), 4)(64)).toBeCloseTo(pair(64) + 2 * share(64), 9);
  });
});

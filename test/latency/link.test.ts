import { describe, expect, it } from 'vitest';
import { allReduce } from '../../src/latency/all-reduce.ts';
import { chooseLink } from '../../src/latency/link.ts';
import { catalog } from './fixtures.ts';

const on = (gpu: string) => catalog.kernels(gpu)!;

describe('chooseLink', () => {
  it('is NVLink where there is one, and asks nothing', () => {
    expect(chooseLink(on('h100-sxm'), null)).toMatchObject({ link: 'nvlink', notes: [] });
    expect(() => chooseLink(on('h100-sxm'), 'pcie_switch')).toThrow(/h100-sxm GPUs are joined by NVLink/);
  });

  it('is the switch by default, or what is configured, and says which', () => {
    expect(chooseLink(on('rtxpro6000'), null)!.notes[0]).toContain('interconnect: pcie_switch, by default');
    const host = chooseLink(on('rtxpro6000'), 'pcie_host')!;
    expect(host.notes[0]).toContain('interconnect: pcie_host, as configured');
  });

  it('is the only measured way where there is one', () => {
    expect(chooseLink(on('rtx4090'), null)!.link).toBe('pcie_host');
    expect(() => chooseLink(on('l40s'), 'pcie_host')).toThrow(
      /through the host between l40s GPUs; measured there: pcie_switch/,
    );
  });

  it('through the host takes 39 instead of 11 us for 256 KiB between two RTX PRO 6000', () => {
    expect(allReduce(on('rtxpro6000'), 2).us(262144)).toBeCloseTo(11.12, 6);
    expect(allReduce(on('rtxpro6000'), 2, 'pcie_host').us(262144)).toBeCloseTo(39.32, 6);
    expect(() => allReduce(on('rtxpro6000'), 4, 'pcie_host')).toThrow(/can be 1, 2 on this GPU/);
  });
});

import { describe, expect, it } from 'vitest';
import { paddingTable } from '../../src/latency/cuda-graph.ts';

describe('paddingTable', () => {
  it('pads a batch to the next captured size', () => {
    expect([...paddingTable([1, 2, 4, 8])]).toEqual([0, 1, 2, 4, 4, 8, 8, 8, 8]);
  });

  it('does not care about the order of the sizes', () => {
    expect([...paddingTable([8, 1, 4, 2])]).toEqual([...paddingTable([1, 2, 4, 8])]);
  });

  it('pads nothing without graphs', () => {
    expect(paddingTable([])).toHaveLength(1);
  });
});

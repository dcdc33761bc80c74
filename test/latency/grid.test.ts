import { describe, expect, it } from 'vitest';
import { gridFactor } from '../../src/latency/grid.ts';

const grid = {
  axes: [
    [0, 1],
    [0, 2],
    [0, 4],
  ] as const,
  values: [0, 0, 0, 0, 0.8, 0.8, 0.8, 1.6],
};

describe('gridFactor', () => {
  it('is 1 without a grid', () => {
    expect(gridFactor(null, 5, 5, 5)).toBe(1);
  });

  it('is exp of the value on a lattice point', () => {
    expect(gridFactor(grid, 1, 0, 0)).toBeCloseTo(Math.exp(0.8), 12);
    expect(gridFactor(grid, 1, 2, 4)).toBeCloseTo(Math.exp(1.6), 12);
  });

  it('is linear between lattice points, in all three axes', () => {
    expect(gridFactor(grid, 0.25, 0, 0)).toBeCloseTo(Math.exp(0.2), 12);
    // The middle of the cube is the mean of its eight corners, 4 / 8.
    expect(gridFactor(grid, 0.5, 1, 2)).toBeCloseTo(Math.exp(0.5), 12);
  });

  it('stays beyond its ends what it is at the end', () => {
    expect(gridFactor(grid, 9, 9, 9)).toBe(gridFactor(grid, 1, 2, 4));
    expect(gridFactor(grid, -9, -9, -9)).toBe(1);
  });
});

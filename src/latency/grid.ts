/**
 * Correction grids: what a fitted formula misses of the measured times, as logarithms on a coarse lattice of three
 * axes. Between lattice points the correction is interpolated linearly in all three, beyond the ends it stays what it
 * is at the end.
 */
import type { CorrectionGrid } from '../catalog/kernels.ts';

/** The factor exp(grid) at the point (x, y, z), each a base-2 logarithm; 1 without a grid. */
export function gridFactor(grid: CorrectionGrid | null, x: number, y: number, z: number): number {
  if (grid === null) return 1;
  const { axes, values } = grid;
  const xs = axes[0];
  const ys = axes[1];
  const zs = axes[2];
  const i = cell(xs, x);
  const j = cell(ys, y);
  const k = cell(zs, z);
  const u = share(xs, i, x);
  const v = share(ys, j, y);
  const w = share(zs, k, z);
  const start = (i * ys.length + j) * zs.length + k;
  const nextX = ys.length * zs.length;
  const low = between(values, start, w) * (1 - v) + between(values, start + zs.length, w) * v;
  const high = between(values, start + nextX, w) * (1 - v) + between(values, start + nextX + zs.length, w) * v;
  return Math.exp(low * (1 - u) + high * u);
}

/** Between a value and the next one, that share of the way. */
function between(values: readonly number[], at: number, share: number): number {
  return values[at]! * (1 - share) + values[at + 1]! * share;
}

/** Index of the lattice interval that holds x; the first or last one if none does. */
function cell(axis: readonly number[], x: number): number {
  let i = 0;
  while (i < axis.length - 2 && x >= axis[i + 1]!) i++;
  return i;
}

/** How far x lies between both ends of interval i, from 0 to 1. */
function share(axis: readonly number[], i: number, x: number): number {
  const position = (x - axis[i]!) / (axis[i + 1]! - axis[i]!);
  return Math.min(1, Math.max(0, position));
}

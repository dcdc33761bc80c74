/**
 * Time of one matrix multiplication (M tokens) x (K) -> (N) on one GPU: a smooth maximum of the time to compute and the
 * time to move weights and activations, plus a start-up time, times a correction grid. Fitted to the public kernel
 * tables that each coefficient file names; M0, N0, K0 stand for tiles that are computed but not filled.
 */
import type { GemmCoefficients } from '../catalog/kernels.ts';
import { gridFactor } from './grid.ts';

/** Microseconds. M, N, K in elements, >= 1; `bandwidthTbs` is the one the coefficients were fitted with. */
export function gemmUs(c: GemmCoefficients, bandwidthTbs: number, m: number, n: number, k: number): number {
  const compute = (2 * (m + c.m0) * (n + c.n0) * (k + c.k0)) / (c.peakTflops * 1e6 * c.ec);
  const bytes = n * k * c.weightBytes + m * k * c.activationBytes + m * n * 2;
  const move = bytes / (bandwidthTbs * 1e6 * c.eb);
  // The larger one is taken out so that no power overflows.
  const larger = Math.max(compute, move);
  const smooth = larger * (1 + (Math.min(compute, move) / larger) ** c.p) ** (1 / c.p);
  const parametric = c.t0 + (c.t1 * k) / 1000 + smooth;
  return parametric * gridFactor(c.grid, Math.log2(m), Math.log2(n), Math.log2(k));
}

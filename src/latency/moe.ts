/**
 * The routed experts of one layer on one rank: two grouped matrix products over the rows that tokens send to its experts.
 * Fitted to the public tables of vLLM's fused kernels (github.com/ai-dynamo/aiconfigurator), which route by a power law
 * or evenly; gating and the products' quantisation are within, the router's matrix is not. With M tokens, k experts a
 * token and E experts, of which a rank holds El, H the hidden size, I the width of an expert on this rank:
 *
 *     rows = M k share      Ea = El (1 - exp(-fr rows / El))                experts that get a row
 *     move = (Ea 3 H I wb + rows (2 H + 3 I) 2) / (bandwidth eb)      compute = 6 (rows + Ea m0) H (I + i0) / (peak ec)
 *     t = t0 + te Ea + (move^p + compute^p)^(1/p)
 *
 * times a grid over (M, El, I). With expert parallelism the busiest rank decides, whose share is in `moe-balance.ts`;
 * else every rank holds a strip of all experts, I = width / ranks, and has all rows.
 */
import type { KernelCoefficients, MoeCoefficients } from '../catalog/kernels.ts';
import type { Quantization } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';
import { gridFactor } from './grid.ts';

/** How tokens spread over experts. */
export type MoeRouting = 'power_law_1.01' | 'power_law_1.2' | 'balanced';

/** What one rank holds of a layer's experts. Sizes in elements. */
export interface RoutedExperts {
  readonly hidden: number;
  /** Of an expert on this rank. */
  readonly width: number;
  readonly localExperts: number;
  readonly expertsPerToken: number;
  /** Share of the rows of a layer that go to this rank; 1 without expert parallelism. */
  share(tokens: number): number;
}

/** Microseconds for that many tokens, those of all ranks that share the experts. */
export function routedExpertsUs(
  c: MoeCoefficients,
  bandwidthTbs: number,
  experts: RoutedExperts,
  tokens: number,
): number {
  const { hidden, width, localExperts } = experts;
  const rows = tokens * experts.expertsPerToken * experts.share(tokens);
  const active = localExperts * (1 - Math.exp((-c.fr * rows) / localExperts));
  const bytes = active * 3 * hidden * width * c.weightBytes + rows * (2 * hidden + 3 * width) * 2;
  const move = bytes / (bandwidthTbs * 1e6 * c.eb);
  const compute = (6 * (rows + active * c.m0) * hidden * (width + c.i0)) / (c.peakTflops * 1e6 * c.ec);
  const larger = Math.max(move, compute);
  const smooth = larger * (1 + (Math.min(move, compute) / larger) ** c.p) ** (1 / c.p);
  const factor = gridFactor(c.grid, Math.log2(tokens), Math.log2(localExperts), Math.log2(width));
  return (c.t0 + c.te * active + smooth) * factor;
}

/** The table for that precision and routing, or an error that names what the GPU has. */
export function moeTable(kernels: KernelCoefficients, quantization: Quantization, routing: MoeRouting) {
  const names = tableNames(quantization);
  for (const name of names) {
    const table = kernels.moe[`${name}|${routing}`];
    if (table !== undefined) return table;
  }
  const measured = Object.keys(kernels.moe).map((name) => name.replace('|', ' with routing '));
  throw new InputError(
    `no measured mixture-of-experts layer with ${quantization} experts and routing ${routing} on ${kernels.gpu}. ` +
      `Measured there: ${measured.length === 0 ? 'none' : measured.join(', ')}.`,
  );
}

/** In order of preference: vLLM multiplies MXFP4 by MXFP8 activations on GPUs that can. */
function tableNames(quantization: Quantization): string[] {
  switch (quantization) {
    case 'mxfp4':
      return ['mxfp4_w4a8', 'mxfp4_w4a16'];
    case 'int4':
    case 'int8':
      return [`${quantization}_wo`];
    case 'bf16':
    case 'fp8':
    case 'fp8_block':
    case 'nvfp4':
      return [quantization];
  }
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeAttention, decodeVariableUs } from '../../src/latency/attention-decode.ts';
import { chunksUs, prefillAttention } from '../../src/latency/attention-prefill.ts';
import { gemmUs } from '../../src/latency/gemm.ts';
import { latentDecode } from '../../src/latency/mla.ts';
import { routedExpertsUs } from '../../src/latency/moe.ts';
import type { RankShape } from '../../src/latency/rank-shape.ts';
import { batch, catalog } from './fixtures.ts';

const MEASURED_GPUS = ['h100-sxm', 'h200-sxm', 'b200-sxm', 'a100-sxm', 'l40s', 'rtxpro6000'];
const vectors = JSON.parse(readFileSync(new URL('test-vectors.json', import.meta.url), 'utf8'));

function rank(heads: number, kvHeads: number, headDim: number): RankShape {
  return { hidden: 1, intermediate: 1, heads, kvHeads, headDim, vocab: 1, ranks: 1 };
}

function gemm(gpu: string, dtype: string, m: number, n: number, k: number): number {
  const kernels = catalog.kernels(gpu)!;
  return gemmUs(kernels.gemm[dtype]!, kernels.bandwidthTbs, m, n, k);
}

function decode(gpu: string, variant: string, size: number, context: number, heads: number, kvHeads: number): number {
  const kernels = catalog.kernels(gpu)!;
  const attention = decodeAttention(
    kernels,
    kernels.attentionDecode[variant]!,
    rank(heads, kvHeads, headDimOf(variant)),
  );
  return attention.constantUs + decodeVariableUs(attention, size, size * context, context);
}

/** Without the correction grid, where asked: the vectors hold the bare formula. */
function prefill(gpu: string, variant: string, tokens: number, heads: number, kvHeads: number, bare = false): number {
  const kernels = catalog.kernels(gpu)!;
  const table = kernels.attentionPrefill[variant]!;
  const attention = prefillAttention(
    kernels,
    bare ? { ...table, grid: null } : table,
    rank(heads, kvHeads, headDimOf(variant)),
    null,
  );
  return attention.constantUs + attention.chunkUs(tokens, 0);
}

function headDimOf(variant: string): number {
  return Number(variant.split('_hd')[1]);
}

// Rows of the public kernel tables of github.com/ai-dynamo/aiconfigurator (Apache-2.0), systems/data/<gpu>, that the
// coefficients were not fitted to; microseconds on the right.
describe('kernel times against measured rows', () => {
  it.each([
    ['h100-sxm', 'bf16', 128, 8192, 1024, 9.029],
    ['h100-sxm', 'bf16', 1, 3584, 51200, 124.1],
    ['h100-sxm', 'bf16', 8192, 6144, 6144, 884.1],
    ['h200-sxm', 'bf16', 1, 3584, 51200, 90.95],
    ['b200-sxm', 'bf16', 3073, 5120, 5120, 104.1],
    ['a100-sxm', 'bf16', 8192, 5120, 3584, 1200],
    ['a100-sxm', 'bf16', 1, 4096, 4096, 24.08],
    ['l40s', 'bf16', 4097, 4096, 2048, 276.7],
    ['rtxpro6000', 'bf16', 16384, 8192, 4096, 2747],
  ] as const)(
    'GEMM on %s (%s, %i x %i x %i) is within the stated nine-tenths error of %d us',
    (gpu, dtype, m, n, k, us) => {
      const { p90 } = catalog.kernels(gpu)!.gemm[dtype]!.error;
      expect(Math.abs(gemm(gpu, dtype, m, n, k) / us - 1)).toBeLessThan(p90);
    },
  );

  it.each([
    ['h100-sxm', 'kv_bf16_hd64', 1, 64, 32, 1, 10.25],
    ['h200-sxm', 'kv_bf16_hd64', 1, 64, 32, 1, 10.19],
    ['a100-sxm', 'kv_bf16_hd128', 16, 4, 48, 1, 13.25],
    ['rtxpro6000', 'kv_bf16_hd64', 1, 64, 32, 1, 8.784],
  ] as const)(
    'decode attention on %s (%s, %i requests of %i tokens) is within it of %d us',
    (gpu, variant, size, context, heads, kvHeads, us) => {
      const { p90 } = catalog.kernels(gpu)!.attentionDecode[variant]!.error;
      expect(Math.abs(decode(gpu, variant, size, context, heads, kvHeads) / us - 1)).toBeLessThan(p90);
    },
  );
});

describe('prefill attention', () => {
  it('of a prompt costs about four times as much when the prompt is twice as long and long', () => {
    const ratio =
      prefill('h100-sxm', 'kv_bf16_hd128', 16384, 32, 8) / prefill('h100-sxm', 'kv_bf16_hd128', 8192, 32, 8);
    expect(ratio).toBeGreaterThan(3.4);
    expect(ratio).toBeLessThan(4.4);
  });

  const chunks = (gpu: string, ...sizes: [number, number][]) => {
    const kernels = catalog.kernels(gpu)!;
    const attention = prefillAttention(kernels, kernels.attentionPrefill.kv_bf16_hd128!, rank(32, 8, 128), null);
    return chunksUs(attention, batch([], sizes), 0, 32, catalog.gpu(gpu)!.smCount);
  };

  it('of a small chunk after a long prefix walks the prefix where the kernel does not split it', () => {
    // 30 ns a KV token: 8192 in the cache and half of the 16 new ones.
    expect(chunks('rtx4090', [16, 8192])).toBeCloseTo(0.03 * 8200, 6);
    // Long chunks are bound by arithmetic: 1.25 * 4 * 32 heads * 128 * area / 165.2 TFLOPS.
    expect(chunks('rtx4090', [2048, 0])).toBeCloseTo((1.25 * 4 * 32 * 128 * 2048 * 1024) / 165.2e6, 6);
    expect(chunks('h100-sxm', [16, 8192])).toBeLessThan(0.01 * 8200);
  });

  it('of several small chunks walks their prefixes at once, until there are more walks than multiprocessors', () => {
    // One walk for each of 32 heads a chunk; the RTX 4090 has 128 multiprocessors.
    expect(chunks('rtx4090', [16, 8192], [16, 4096])).toBeCloseTo(0.03 * 8200, 6);
    const eight = Array.from({ length: 8 }, (): [number, number] => [16, 8192]);
    expect(chunks('rtx4090', ...eight)).toBeCloseTo((0.03 * 8200 * 8 * 32) / 128, 6);
  });

  // Rows of github.com/casys-kaist/LLMServingSim, profiler/perf/RTXPRO6000, Llama-3.1-8B: one chunk after a prefix.
  it.each([
    [16, 4096, 96.7363],
    [16, 16384, 369.397],
    [128, 4096, 97.195],
    [128, 16384, 369.856],
  ])('on an RTX PRO 6000 of %i tokens after %i is within 8 percent of %d us', (tokens, prefix, us) => {
    const constant = catalog.kernels('rtxpro6000')!.attentionPrefill.kv_bf16_hd128!.coefficients[0]!;
    expect(Math.abs((constant + chunks('rtxpro6000', [tokens, prefix])) / us - 1)).toBeLessThan(0.08);
  });
});

describe('decode attention beside a prefill', () => {
  it('costs 1 + 0.28 (query heads per KV head - 1) times as much on FlashAttention-2 GPUs and no more on others', () => {
    const factor = (gpu: string) => {
      const kernels = catalog.kernels(gpu)!;
      return decodeAttention(kernels, kernels.attentionDecode.kv_bf16_hd128!, rank(32, 8, 128)).mixedFactor;
    };
    for (const gpu of ['rtx4090', 'l40s', 'a100-sxm', 'rtxpro6000']) expect(factor(gpu)).toBeCloseTo(1.84, 12);
    for (const gpu of ['h100-sxm', 'h200-sxm', 'b200-sxm']) expect(factor(gpu)).toBe(1);
  });
});

/** Held-out rows with the prediction of the fit, made from the same public tables. */
describe('formulas against the predictions of the fit', () => {
  it.each(MEASURED_GPUS)('GEMM, decode and prefill attention on %s agree to 4 digits', (gpu) => {
    const kernels = catalog.kernels(gpu)!;
    for (const [dtype, m, n, k, , , predicted] of vectors[gpu].gemm.rows) {
      if (kernels.gemm[dtype] === undefined) continue;
      expect(Math.abs(gemm(gpu, dtype, m, n, k) / predicted - 1)).toBeLessThan(1e-4);
    }
    for (const [variant, size, context, window, heads, kvHeads, , predicted] of vectors[gpu].attention_decode.rows) {
      const read = window === 0 ? context : Math.min(context, window);
      expect(Math.abs(decode(gpu, variant, size, read, heads, kvHeads) / predicted - 1)).toBeLessThan(1e-4);
    }
    for (const [variant, size, tokens, heads, kvHeads, , predicted] of vectors[gpu].attention_prefill.rows) {
      if (size !== 1) continue;
      expect(Math.abs(prefill(gpu, variant, tokens, heads, kvHeads, true) / predicted - 1)).toBeLessThan(1e-4);
    }
  });

  it.each(MEASURED_GPUS)('experts and latent attention on %s agree to 4 digits', (gpu) => {
    const kernels = catalog.kernels(gpu)!;
    for (const [variant, tokens, hidden, width, expertsPerToken, experts, ranks, , predicted] of vectors[gpu].moe
      .rows) {
      const held = { hidden, width: width / ranks, localExperts: experts, expertsPerToken, share: () => 1 };
      const us = routedExpertsUs(kernels.moe[variant]!, kernels.bandwidthTbs, held, tokens);
      expect(Math.abs(us / predicted - 1)).toBeLessThan(1e-4);
    }
    for (const [variant, size, context, heads, , predicted] of vectors[gpu].mla_decode?.rows ?? []) {
      const name = variant.replaceAll('bfloat16', 'bf16');
      const { us } = latentDecode(kernels, kernels.mlaDecode[name]!, name.endsWith('fp8') ? 1 : 2, heads);
      expect(Math.abs(us(size, size, size * context, size * context) / predicted - 1)).toBeLessThan(1e-4);
    }
  });

  it.each(MEASURED_GPUS)('half of the measured rows of every kind on %s are within the nine-tenths error', (gpu) => {
    const kernels = catalog.kernels(gpu)!;
    const within = (rows: readonly [predicted: number, measured: number, p90: number][]) => {
      const good = rows.filter(([predicted, measured, p90]) => Math.abs(predicted / measured - 1) < p90);
      expect(good.length).toBeGreaterThanOrEqual(rows.length / 2);
    };
    const { gemm: products, moe, mla_decode: latent } = vectors[gpu];
    const known = products.rows.filter(([dtype]: [string]) => kernels.gemm[dtype] !== undefined);
    within(
      known.map(([dtype, m, n, k, us]: [string, number, number, number, number]) => [
        gemm(gpu, dtype, m, n, k),
        us,
        kernels.gemm[dtype]!.error.p90,
      ]),
    );
    within(moe.rows.map((r: [string, ...number[]]) => [r[8]!, r[7]!, kernels.moe[r[0]]!.error.p90]));
    const latentError = (name: string) => kernels.mlaDecode[name.replaceAll('bfloat16', 'bf16')]!.error.p90;
    within((latent?.rows ?? []).map((r: [string, ...number[]]) => [r[5]!, r[4]!, latentError(r[0])]));
  });
});

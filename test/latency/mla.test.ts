import { describe, expect, it } from 'vitest';
import { gemmUs } from '../../src/latency/gemm.ts';
import { latentAttention, latentDecode, latentPrefill } from '../../src/latency/mla.ts';
import { batch, catalog, decodes, verifying } from './fixtures.ts';

const h100 = catalog.kernels('h100-sxm')!;
const model = catalog.model('deepseek-r1')!;
const attention = (options: object = {}) =>
  latentAttention({ model, kernels: h100, precision: 'fp8_block', kvCacheDtype: 'auto', heads: 16, ...options }, 1);

describe('latent attention', () => {
  it('of decodes is the stated formula, worked out by hand without the grid', () => {
    const table = { ...h100.mlaDecode['fp8_block|kv_bf16']!, grid: null };
    // 16 heads, 32 requests of 4000 tokens; coefficients 90.41, 0.6021, 0.1117, 0.004386, 0.8865, 0.9437, 4.881.
    const move = (32 * 4000 * 576 * 2e-6) / 3.35 / 0.8865;
    const compute = (32 * 4000 * 16 * 1088 * 2) / 989e6 / 0.9437;
    const expected =
      90.41 + 0.6021 * 16 + 0.1117 * 32 + 0.004386 * 32 * 16 + (move ** 4.881 + compute ** 4.881) ** (1 / 4.881);
    expect(latentDecode(h100, table, 2, 16).us(32, 32, 128_000, 128_000)).toBeCloseTo(expected, 9);
  });

  it('of prompts is the stated formula, worked out by hand without the grid', () => {
    const table = { ...h100.mlaPrefill['fp8_block|kv_bf16']!, grid: null };
    const expected = 92.56 + 0.535 * 16 + 7.856 * 10 + 0.4037 * 10 * 16 + (0.9544 * 500_000 * 16 * 320 * 2) / 989e6;
    expect(latentPrefill(h100, table, 16).us(1000, 1000, 500_000)).toBeCloseTo(expected, 9);
  });

  it('of decodes beside a prompt pays launches and weights of the projections once', () => {
    const { batch: us } = attention();
    const constant = 90.41 + 0.6021 * 16;
    const both = us(batch([4000, 4000], [[1000, 0]]), 0);
    expect(both).toBeCloseTo(us(batch([], [[1000, 0]]), 0) + us(decodes(2, 4000), 0) - constant, 6);
  });

  it('of a chunk after a prefix projects the latents of the prefix up', () => {
    const { batch: us } = attention();
    const prefix = gemmUs(h100.gemm.fp8_block!, h100.bandwidthTbs, 8192, 16 * 256, 512);
    expect(us(batch([], [[1000, 8192]]), 0)).toBeGreaterThan(us(batch([], [[1000, 0]]), 0) + prefix);
  });

  it('reads a latent that no rank shares: half the heads take more than half the time', () => {
    const at = (heads: number) => attention({ heads }).batch(decodes(64, 30_000), 0);
    expect(at(8)).toBeGreaterThan(0.8 * at(16));
  });

  it('pays for every query token of requests that verify drafts', () => {
    expect(attention().batch(verifying(8, 4000, 3), 0)).toBeGreaterThan(attention().batch(decodes(8, 4000), 0));
  });

  it('adds the projections where the table is of the kernel alone', () => {
    const a100 = catalog.kernels('a100-sxm')!;
    const { us } = latentDecode(a100, a100.mlaDecode['none|kv_bf16']!, 2, 16);
    const whole = attention({ kernels: a100, precision: 'bf16' }).batch(decodes(8, 4000), 0);
    const product = (n: number, k: number) => gemmUs(a100.gemm.bf16!, a100.bandwidthTbs, 8, n, k);
    const around =
      product(1536 + 512 + 64, 7168) +
      product(16 * 192, 1536) +
      product(16 * 512, 128) +
      product(16 * 128, 512) +
      product(7168, 16 * 128);
    expect(whole).toBeCloseTo(us(8, 8, 32_000, 32_000) + around, 6);
  });

  it('says which precision stands for another, and refuses a cache that nobody measured', () => {
    expect(attention({ precision: 'int4' }).notes[0]).toContain('int4 projections is priced with bf16 ones');
    expect(attention({ precision: 'fp8' }).notes[0]).toContain('fp8 projections is priced with fp8_block ones');
    expect(attention().notes).toEqual([]);
    expect(() => attention({ kernels: { ...h100, mlaDecode: {} } })).toThrow(/no measured multi-head latent attention/);
    const small = { ...model, hidden: 5120 };
    expect(attention({ model: small }).notes[0]).toContain("DeepSeek-V3's sizes");
  });
});

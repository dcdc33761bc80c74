/**
 * Multi-head latent attention (DeepSeek) of one layer. The public tables (github.com/ai-dynamo/aiconfigurator, vLLM
 * 0.24) time the whole attention module: projections down and up, absorbed attention, output projection. So no
 * projection is added; only the A100's table is of the kernel alone, and its projections are priced as matrix products.
 * The cache holds one latent vector of 512 + 64 elements a token, whole on every tensor-parallel rank; a rank has
 * h = heads / ranks. B requests, S the sum of their contexts, T prompt tokens:
 *
 *     decode  = a0 + a1 h + a2 B + a3 B h + (A^p + C^p)^(1/p)        A = S 576 bytes / bandwidth / eff    C = S h 1088 2 / peak / eff
 *     prefill = a0 + a1 h + a2 T/100 + a3 T h/100 + a4 (pairs h 320 2 / peak)
 *
 * each times a grid, over (batch, mean context, h) and (tokens, length, h). A step with both runs the projections once
 * over all tokens and then two kernels (vLLM's MLACommonImpl): it pays a0 + a1 h, launches and weights of the
 * projections, once. A chunk after a cached prefix first projects the prefix's latents up to keys and values
 * (`_compute_prefill_context`): a product (prefix tokens) x 512 -> h (128 + 128), which the tables do not hold.
 *
 * Requests that verify drafts have more rows: what the fit charges by request and by pair is paid for each. No skew of
 * contexts is added: FlashMLA's scheduler deals blocks of keys out evenly.
 */
import type { KernelCoefficients, LatentCoefficients } from '../catalog/kernels.ts';
import type { LatentAttention, Model } from '../catalog/model.ts';
import { bytesPerKvElement, type KvCacheDtype, type Quantization } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';
import type { Attention } from './attention.ts';
import { chunkPairs } from './attention-window.ts';
import type { BatchShape } from './batch-shape.ts';
import { gemmUs } from './gemm.ts';
import { gemmTable } from './gemm-table.ts';
import { gridFactor } from './grid.ts';
import { memoize } from './memo.ts';

/** Multiply-adds a pair of a query and a key costs, absorbed and not. */
const ABSORBED_WIDTH = 1088;
const EXPANDED_WIDTH = 320;

export interface LatentOptions {
  readonly model: Model;
  readonly kernels: KernelCoefficients;
  /** Of the projections. */
  readonly precision: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  /** Query heads on this rank. */
  readonly heads: number;
}

/** Microseconds of one module for requests of `rows` query tokens in all. */
export type LatentDecode = (requests: number, rows: number, contextTokens: number, pairs: number) => number;

/** Decode module of one layer: its constant, and what is beyond it. */
export function latentDecode(
  kernels: KernelCoefficients,
  table: LatentCoefficients,
  kvBytes: number,
  heads: number,
): { readonly constantUs: number; readonly us: LatentDecode } {
  const [a0, perHead, perRow, perRowHead, effBandwidth, effFlops, p] = table.coefficients;
  const constantUs = a0! + perHead! * heads;
  const perContextUs = (576 * kvBytes * 1e-6) / kernels.bandwidthTbs / effBandwidth!;
  const perPairUs = (heads * ABSORBED_WIDTH * 2) / (kernels.bf16Tflops * 1e6) / effFlops!;
  const log2Heads = Math.log2(heads);
  return {
    constantUs,
    us: (requests, rows, contextTokens, pairs) => {
      const move = contextTokens * perContextUs;
      const compute = pairs * perPairUs;
      const larger = Math.max(move, compute);
      const smooth = larger * (1 + (Math.min(move, compute) / larger) ** p!) ** (1 / p!);
      const us = constantUs + perRow! * rows + perRowHead! * rows * heads + smooth;
      return us * gridFactor(table.grid, Math.log2(requests), Math.log2(contextTokens / requests), log2Heads);
    },
  };
}

/** Prefill module of one layer for `tokens` new tokens whose chunks and prefixes have that mean length. */
export function latentPrefill(
  kernels: KernelCoefficients,
  table: LatentCoefficients,
  heads: number,
): { readonly constantUs: number; us(tokens: number, length: number, pairs: number): number } {
  const [a0, perHead, perHundred, perHundredHead, flopsFactor] = table.coefficients;
  const constantUs = a0! + perHead! * heads;
  const perTokenUs = (perHundred! + perHundredHead! * heads) / 100;
  const perPairUs = (flopsFactor! * heads * EXPANDED_WIDTH * 2) / (kernels.bf16Tflops * 1e6);
  const log2Heads = Math.log2(heads);
  return {
    constantUs,
    us: (tokens, length, pairs) =>
      (constantUs + perTokenUs * tokens + perPairUs * pairs) *
      gridFactor(table.grid, Math.log2(tokens), Math.log2(length), log2Heads),
  };
}

/** Latent attention over that many layers, projections included. */
export function latentAttention(options: LatentOptions, layers: number): Attention {
  const { kernels, heads, kvCacheDtype } = options;
  const kvBytes = bytesPerKvElement(kvCacheDtype);
  const decodeTable = latentTable(options, kernels.mlaDecode);
  const prefillTable = latentTable(options, kernels.mlaPrefill);
  const decode = latentDecode(kernels, decodeTable.table, kvBytes, heads);
  const prefill = latentPrefill(kernels, prefillTable.table, heads);
  const products = projections(options);
  const outside = decodeTable.table.wholeModule ? () => 0 : memoize(products.around);
  const decodesUs = (batch: BatchShape, more: number) => {
    const { decodes, decodeContextTokens: context, decodeTokens } = batch;
    const pairs = batch.decodeQueryContextTokens + more * (context + decodeTokens + more * decodes);
    return decode.us(decodes, decodeTokens + more * decodes, context + more * decodes, pairs);
  };
  return {
    batch: (batch, more) => {
      const projected = outside(batch.scheduledTokens + more * batch.scheduledRequests);
      if (batch.chunkTokens.length === 0) return layers * (projected + decodesUs(batch, more));
      const chunks = promptsUs(prefill.us, products.prefix, batch, more);
      const beside = batch.decodes === 0 ? 0 : Math.max(0, decodesUs(batch, more) - decode.constantUs);
      return layers * (projected + chunks + beside);
    },
    decodes: (requests, contextTokens, _longest, count, us) => {
      for (let i = 0; i < count; i++) {
        const context = contextTokens + i * requests;
        us[i] = layers * (outside(requests) + decode.us(requests, requests, context, context));
      }
    },
    decodesAreBatch: true,
    notes: [...new Set([...decodeTable.notes, ...prefillTable.notes, ...geometryNotes(options.model)])],
  };
}

/** All chunks of a batch in one module, and the projection of their prefixes. */
function promptsUs(
  moduleUs: (tokens: number, length: number, pairs: number) => number,
  prefixUs: (tokens: number) => number,
  batch: BatchShape,
  more: number,
): number {
  let tokens = 0;
  let cached = 0;
  let pairs = 0;
  let lengths = 0;
  for (let i = 0; i < batch.chunkTokens.length; i++) {
    const chunk = batch.chunkTokens[i]! + more;
    const before = batch.chunkCachedTokens[i]!;
    tokens += chunk;
    cached += before;
    pairs += chunkPairs(null, chunk, before);
    lengths += chunk * (chunk + before);
  }
  return moduleUs(tokens, lengths / tokens, pairs) + (cached === 0 ? 0 : prefixUs(cached));
}

/** Matrix products of the module, for what a table does not hold. */
function projections({ model, kernels, precision, heads }: LatentOptions) {
  const { coefficients } = gemmTable(kernels, precision);
  const bf16 = gemmTable(kernels, 'bf16').coefficients;
  const { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim } = model.latentAttention!;
  const us = (m: number, n: number, k: number) => gemmUs(coefficients, kernels.bandwidthTbs, m, n, k);
  const absorbedUs = (m: number, n: number, k: number) => gemmUs(bf16, kernels.bandwidthTbs, m, n, k);
  return {
    prefix: (tokens: number) => us(tokens, heads * (qkNopeHeadDim + vHeadDim), kvLoraRank),
    around: (tokens: number) =>
      us(tokens, qLoraRank + kvLoraRank + qkRopeHeadDim, model.hidden) +
      us(tokens, heads * (qkNopeHeadDim + qkRopeHeadDim), qLoraRank === 0 ? model.hidden : qLoraRank) +
      absorbedUs(tokens, heads * kvLoraRank, qkNopeHeadDim) +
      absorbedUs(tokens, heads * vHeadDim, kvLoraRank) +
      us(tokens, model.hidden, heads * vHeadDim),
  };
}

/** The table for the projections' precision, or the next one that stands for it, with a note. */
function latentTable(
  { model, kernels, precision, kvCacheDtype }: LatentOptions,
  tables: Readonly<Record<string, LatentCoefficients>>,
): { table: LatentCoefficients; notes: string[] } {
  const kv = bytesPerKvElement(kvCacheDtype) === 1 ? 'kv_fp8' : 'kv_bf16';
  const blocks = precision === 'fp8' ? ['fp8_block'] : [];
  for (const projection of [precision, ...blocks, 'bf16', 'none']) {
    const table = tables[`${projection}|${kv}`];
    if (table === undefined) continue;
    const exact = projection === precision || projection === 'none';
    const instead = `attention of ${model.id} with ${precision} projections is priced with ${projection} ones`;
    return { table, notes: [exact ? '' : instead, table.note].filter((note) => note !== '') };
  }
  const measured = Object.keys(tables).map((name) => name.replace('|kv_', ' projections and KV cache '));
  throw new InputError(
    `${model.id}: no measured multi-head latent attention with ${precision} projections and ${kv.slice(3)} KV cache on ` +
      `${kernels.gpu}. Measured there: ${measured.length === 0 ? 'none' : measured.join(', ')}.`,
  );
}

/** DeepSeek-V3's module, which the tables were measured on. */
const MEASURED: LatentAttention = {
  qLoraRank: 1536,
  kvLoraRank: 512,
  qkNopeHeadDim: 128,
  qkRopeHeadDim: 64,
  vHeadDim: 128,
};
const MEASURED_HIDDEN = 7168;

function geometryNotes({ id, hidden, latentAttention: mla }: Model): string[] {
  const same = (Object.keys(MEASURED) as (keyof LatentAttention)[]).every((name) => mla![name] === MEASURED[name]);
  if (same && hidden === MEASURED_HIDDEN) return [];
  return [`attention of ${id} is priced with DeepSeek-V3's sizes, on which latent attention was measured`];
}

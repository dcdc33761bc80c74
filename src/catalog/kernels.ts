/**
 * Measured kernel times of one GPU, as fitted coefficients and correction grids. The files are data
 * (`src/latency/coefficients/<gpu>.json`); what the numbers mean is said where they are used, in `src/latency/`. Each
 * carries the public table it was fitted to.
 */
import { z } from 'zod';
import { parseWith } from './parse.ts';

/** A correction in log space over three axes of base-2 logarithms: `values[(i * n1 + j) * n2 + k]`. */
export interface CorrectionGrid {
  readonly axes: readonly [readonly number[], readonly number[], readonly number[]];
  readonly values: readonly number[];
}

/** Half and nine tenths of the held-out rows are off by less than this share. */
export interface FitError {
  readonly p50: number;
  readonly p90: number;
}

/** Matrix multiplication of one precision. Bytes per element, peak in 1e12 operations/s, times in microseconds. */
export interface GemmCoefficients {
  readonly source: string;
  readonly note: string;
  readonly weightBytes: number;
  readonly activationBytes: number;
  readonly peakTflops: number;
  readonly t0: number;
  readonly t1: number;
  readonly ec: number;
  readonly eb: number;
  readonly m0: number;
  readonly n0: number;
  readonly k0: number;
  readonly p: number;
  readonly grid: CorrectionGrid | null;
  readonly error: FitError;
}

/** Attention of one layer; six coefficients whose meaning the attention files state. */
export interface AttentionCoefficients {
  readonly source: string;
  readonly kvBytesPerElement: number;
  readonly coefficients: readonly number[];
  readonly grid: CorrectionGrid | null;
  readonly error: FitError;
}

/** Prefill attention that is not split over the KV length: a serial cost per KV token. */
export interface SerialPrefill {
  readonly source: string;
  readonly t0Us: number;
  readonly nsPerKvToken: number;
  readonly flopsFactor: number;
}

/** All-reduce times by message size, for the rank counts 2, 4, 8. */
export interface AllReduceTable {
  readonly bytes: readonly number[];
  readonly us: readonly number[];
}

export interface AllReduceTables {
  readonly source: string;
  /** By number of ranks; the one in use. */
  readonly tables: Readonly<Record<string, AllReduceTable>>;
  /** Below this size the smaller of `tables` and `alternative` holds, bytes; 0: never. */
  readonly minBelowBytes: number;
  readonly alternative: { readonly source: string; readonly tables: Readonly<Record<string, AllReduceTable>> } | null;
  /** Whether ranks talk over PCIe, where the server's wiring decides. */
  readonly pcie: boolean;
  /** What a reader of a result must know; empty if nothing. */
  readonly note: string;
}

export interface KernelCoefficients {
  readonly gpu: string;
  /** The bandwidth and the bf16 peak the coefficients were fitted with, 1e12 bytes/s and 1e12 operations/s. */
  readonly bandwidthTbs: number;
  readonly bf16Tflops: number;
  readonly l2Mb: number;
  /** By precision: `bf16`, `fp8`, `fp8_block`, `int8_wo`, `int4_wo`, `nvfp4`. */
  readonly gemm: Readonly<Record<string, GemmCoefficients>>;
  /** By variant, `kv_bf16_hd128`. */
  readonly attentionDecode: Readonly<Record<string, AttentionCoefficients>>;
  readonly attentionPrefill: Readonly<Record<string, AttentionCoefficients>>;
  readonly serialPrefill: SerialPrefill | null;
  /** Decode attention beside a prefill takes longer (FlashAttention-2), see `attention-decode.ts`. */
  readonly mixedDecodePenalty: number;
  readonly allReduce: AllReduceTables | null;
  readonly note: string;
}

const numbers = z.array(z.number());
const axes = z.tuple([numbers, numbers, numbers]);
const grid = z
  .strictObject({ axes, values: numbers })
  .refine(
    (g) => g.values.length === g.axes[0].length * g.axes[1].length * g.axes[2].length,
    'a grid must hold one value for each combination of its axes',
  );
const error = z.strictObject({ p50: z.number(), p90: z.number() });
const attention = z.strictObject({
  source: z.string(),
  kvBytesPerElement: z.number(),
  coefficients: numbers.length(6),
  grid: grid.nullable(),
  error,
});
const table = z
  .strictObject({ bytes: numbers.min(2), us: numbers.min(2) })
  .refine((t) => t.bytes.length === t.us.length, 'bytes and us must have the same length');
const tables = z.record(z.string(), table);
const gemm = z.strictObject({
  source: z.string(),
  note: z.string().default(''),
  weightBytes: z.number(),
  activationBytes: z.number(),
  peakTflops: z.number(),
  t0: z.number(),
  t1: z.number(),
  ec: z.number(),
  eb: z.number(),
  m0: z.number(),
  n0: z.number(),
  k0: z.number(),
  p: z.number(),
  grid: grid.nullable(),
  error,
});

const schema: z.ZodType<KernelCoefficients> = z.strictObject({
  gpu: z.string(),
  bandwidthTbs: z.number().positive(),
  bf16Tflops: z.number().positive(),
  l2Mb: z.number().positive(),
  gemm: z.record(z.string(), gemm),
  attentionDecode: z.record(z.string(), attention),
  attentionPrefill: z.record(z.string(), attention),
  serialPrefill: z
    .strictObject({ source: z.string(), t0Us: z.number(), nsPerKvToken: z.number(), flopsFactor: z.number() })
    .nullable(),
  mixedDecodePenalty: z.number().nonnegative(),
  allReduce: z
    .strictObject({
      source: z.string(),
      tables,
      minBelowBytes: z.number().nonnegative(),
      alternative: z.strictObject({ source: z.string(), tables }).nullable(),
      pcie: z.boolean(),
      note: z.string(),
    })
    .nullable(),
  note: z.string(),
});

/** Reads a coefficient file. `where` names it in messages. */
export function parseKernels(json: unknown, where: string): KernelCoefficients {
  return parseWith(schema, json, where);
}

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

/** What every fitted table says about itself. */
export interface FittedTable {
  readonly source: string;
  /** What a reader of a result must know who uses it; empty if nothing. */
  readonly note: string;
  readonly grid: CorrectionGrid | null;
  readonly error: FitError;
}

/** Matrix multiplication of one precision. Bytes per element, peak in 1e12 operations/s, times in microseconds. */
export interface GemmCoefficients extends FittedTable {
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
}

/** Attention of one layer; six coefficients whose meaning the attention files state. */
export interface AttentionCoefficients extends FittedTable {
  readonly kvBytesPerElement: number;
  readonly coefficients: readonly number[];
}

/** Multi-head latent attention of one layer; the coefficients are explained in `mla.ts`. */
export interface LatentCoefficients extends FittedTable {
  /** Times of the whole attention module, projections included, or of the attention kernel alone. */
  readonly wholeModule: boolean;
  readonly coefficients: readonly number[];
}

/** The routed experts of one layer, for one precision and one law of routing; see `moe.ts`. */
export interface MoeCoefficients extends FittedTable {
  readonly weightBytes: number;
  readonly peakTflops: number;
  readonly t0: number;
  readonly te: number;
  readonly eb: number;
  readonly ec: number;
  readonly m0: number;
  readonly fr: number;
  readonly i0: number;
  readonly p: number;
}

/** Prefill attention is not split over the KV length: one multiprocessor walks it, this long a token. */
export interface PrefillFloor {
  readonly source: string;
  readonly nsPerKvToken: number;
}

/** Times by message size. */
export interface MessageTable {
  readonly bytes: readonly number[];
  readonly us: readonly number[];
}

/** By number of ranks: "2", "4", "8". */
export type MessageTables = Readonly<Record<string, MessageTable>>;

export interface AllReduceTables {
  readonly source: string;
  /** Launched by a CUDA graph. */
  readonly graph: MessageTables;
  /** Launched by the CPU, which also copies the message into a shared buffer; empty where not measured. */
  readonly eager: MessageTables;
  /** Below this size the smaller of `graph` and `alternative` holds, bytes; 0: never. */
  readonly minBelowBytes: number;
  readonly alternative: { readonly source: string; readonly tables: MessageTables } | null;
}

/** NCCL's collectives; the size of a message is that of the whole, all ranks' parts together. */
export interface NcclTables {
  readonly source: string;
  readonly allGather: MessageTables;
  readonly reduceScatter: MessageTables;
}

/** How the GPUs of a server reach each other. */
export const LINKS = ['nvlink', 'pcie_switch', 'pcie_host'] as const;
export type Link = (typeof LINKS)[number];

/** Communication over one kind of link. */
export interface Collectives {
  readonly allReduce: AllReduceTables;
  readonly nccl: NcclTables | null;
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
  /** Tables that stand for others, with the reason. */
  readonly gemmSubstitutes: Readonly<Record<string, { readonly table: string; readonly note: string }>>;
  /** By variant, `kv_bf16_hd128`. */
  readonly attentionDecode: Readonly<Record<string, AttentionCoefficients>>;
  readonly attentionPrefill: Readonly<Record<string, AttentionCoefficients>>;
  readonly prefillFloor: PrefillFloor | null;
  /** Decode attention beside a prefill takes longer (FlashAttention-2), see `attention-decode.ts`. */
  readonly mixedDecodePenalty: number;
  /** By precision of projections and of the cache: `fp8_block|kv_bf16`. */
  readonly mlaDecode: Readonly<Record<string, LatentCoefficients>>;
  readonly mlaPrefill: Readonly<Record<string, LatentCoefficients>>;
  /** By precision and routing: `fp8|power_law_1.01`. */
  readonly moe: Readonly<Record<string, MoeCoefficients>>;
  readonly collectives: Readonly<Partial<Record<Link, Collectives>>>;
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
const fitted = {
  source: z.string(),
  note: z.string().default(''),
  grid: grid.nullable(),
  error: z.strictObject({ p50: z.number(), p90: z.number() }),
};
const gemm = z.strictObject({
  ...fitted,
  weightBytes: z.number(),
  activationBytes: z.number(),
  peakTflops: z.number(),
  ...{ t0: z.number(), t1: z.number(), ec: z.number(), eb: z.number() },
  ...{ m0: z.number(), n0: z.number(), k0: z.number(), p: z.number() },
});
const attention = z.strictObject({ ...fitted, kvBytesPerElement: z.number(), coefficients: numbers.length(6) });
const latent = (coefficients: number) =>
  z.strictObject({ ...fitted, wholeModule: z.boolean(), coefficients: numbers.length(coefficients) });
const moe = z.strictObject({
  ...fitted,
  weightBytes: z.number(),
  peakTflops: z.number(),
  ...{ t0: z.number(), te: z.number(), eb: z.number(), ec: z.number() },
  ...{ m0: z.number(), fr: z.number(), i0: z.number(), p: z.number() },
});
const table = z
  .strictObject({ bytes: numbers.min(2), us: numbers.min(2) })
  .refine((t) => t.bytes.length === t.us.length, 'bytes and us must have the same length');
const tables = z.record(z.string(), table);
const collectives = z.strictObject({
  allReduce: z.strictObject({
    source: z.string(),
    graph: tables,
    eager: tables,
    minBelowBytes: z.number().nonnegative(),
    alternative: z.strictObject({ source: z.string(), tables }).nullable(),
  }),
  nccl: z.strictObject({ source: z.string(), allGather: tables, reduceScatter: tables }).nullable(),
  note: z.string(),
});

const schema: z.ZodType<KernelCoefficients> = z.strictObject({
  gpu: z.string(),
  bandwidthTbs: z.number().positive(),
  bf16Tflops: z.number().positive(),
  l2Mb: z.number().positive(),
  gemm: z.record(z.string(), gemm),
  gemmSubstitutes: z.record(z.string(), z.strictObject({ table: z.string(), note: z.string() })),
  attentionDecode: z.record(z.string(), attention),
  attentionPrefill: z.record(z.string(), attention),
  prefillFloor: z.strictObject({ source: z.string(), nsPerKvToken: z.number() }).nullable(),
  mixedDecodePenalty: z.number().nonnegative(),
  mlaDecode: z.record(z.string(), latent(7)),
  mlaPrefill: z.record(z.string(), latent(5)),
  moe: z.record(z.string(), moe),
  collectives: z.partialRecord(z.enum(LINKS), collectives),
  note: z.string(),
});

/** Reads a coefficient file. `where` names it in messages. */
export function parseKernels(json: unknown, where: string): KernelCoefficients {
  return parseWith(schema, json, where);
}

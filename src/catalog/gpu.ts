/**
 * A GPU by its data sheet: memory, bandwidth, dense peak rates. Kernel times are not derived from these but measured
 * (see `kernels.ts`); the peaks serve the memory plan, the report and the names in messages.
 */
import { z } from 'zod';
import { parseWith } from './parse.ts';

export const ARCHITECTURES = ['ampere', 'ada', 'hopper', 'blackwell', 'blackwell_rtx', 'cdna3'] as const;
/**
 * `blackwell` is the data-center part (sm_100), `blackwell_rtx` the workstation and consumer one (sm_120), `other` what
 * a study describes itself.
 */
export type Architecture = (typeof ARCHITECTURES)[number] | 'other';

/** GPUs whose kernel times stand for missing ones, by name; see `scaled-kernels.ts`. */
export interface ScaledFrom {
  /** For each table the first of these that has it. */
  readonly kernels: readonly string[];
  /** For communication, the first that has it. */
  readonly collectives: string | null;
  /** How far off that is, where known; empty if not. */
  readonly note: string;
}

export interface Gpu {
  /** Short name, e.g. `h100-sxm`. */
  readonly id: string;
  readonly name: string;
  /** Other names people use. */
  readonly aliases: readonly string[];
  readonly architecture: Architecture;
  /** Memory by the data sheet, in 1e9 bytes. */
  readonly vendorMemoryGb: number;
  /** Memory that a process sees on the empty device, bytes; vLLM's `total` in its memory check. */
  readonly usableBytes: number;
  /** Where that figure comes from and how sure it is. */
  readonly usableSource: string;
  /** Memory bandwidth, 1e12 bytes/s. */
  readonly bandwidthTbs: number;
  /** Dense peak rates, 1e12 operations/s; null: no such units. */
  readonly tflops: {
    readonly bf16: number;
    readonly fp8: number | null;
    readonly int8: number | null;
    readonly fp4: number | null;
  };
  /** How GPUs of a server are joined, and the rate of one direction in 1e9 bytes/s. */
  readonly link: { readonly type: string; readonly gbsPerDirection: number };
  /** Streaming multiprocessors (compute units on AMD). */
  readonly smCount: number;
  readonly l2Mb: number;
  readonly powerW: number;
  /** null: no other GPU's kernel times stand for those that were not measured here. */
  readonly scaledFrom: ScaledFrom | null;
  readonly source: string;
  readonly note: string;
}

const gpuSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  aliases: z.array(z.string()).default([]),
  architecture: z.enum(ARCHITECTURES),
  vendor_memory_gb: z.number().positive(),
  usable_memory_gib: z.number().positive(),
  usable_memory_source: z.string(),
  bandwidth_tbs: z.number().positive(),
  tflops_dense: z.strictObject({
    bf16: z.number().positive(),
    fp8: z.number().positive().nullable(),
    int8: z.number().positive().nullable(),
    fp4: z.number().positive().nullable(),
  }),
  link: z.strictObject({ type: z.string(), gbs_per_direction: z.number().positive() }),
  sm_count: z.int().positive(),
  l2_mb: z.number().positive(),
  power_w: z.number().positive(),
  scaled_from: z
    .strictObject({
      kernels: z.array(z.string()),
      collectives: z.string().nullable().default(null),
      note: z.string().default(''),
    })
    .nullable()
    .default(null),
  source: z.string(),
  note: z.string().default(''),
});

/** Reads a list of GPUs (snake_case). `where` names the file in messages. */
export function parseGpus(json: unknown, where: string): Gpu[] {
  return parseWith(z.strictObject({ gpus: z.array(gpuSchema) }), json, where).gpus.map((gpu) => ({
    id: gpu.id,
    name: gpu.name,
    aliases: gpu.aliases,
    architecture: gpu.architecture,
    vendorMemoryGb: gpu.vendor_memory_gb,
    usableBytes: Math.floor(gpu.usable_memory_gib * 2 ** 30),
    usableSource: gpu.usable_memory_source,
    bandwidthTbs: gpu.bandwidth_tbs,
    tflops: gpu.tflops_dense,
    link: { type: gpu.link.type, gbsPerDirection: gpu.link.gbs_per_direction },
    smCount: gpu.sm_count,
    l2Mb: gpu.l2_mb,
    powerW: gpu.power_w,
    scaledFrom: gpu.scaled_from,
    source: gpu.source,
    note: gpu.note,
  }));
}

/**
 * Hardware that no data file knows, known by its memory alone: peaks and rates are 0, because nothing may be derived from
 * them. Its step times are measured (`latency.calibration`, `latency.profile`).
 */
export function customGpu(name: string, memoryGib: number): Gpu {
  return {
    id: name,
    name,
    aliases: [],
    architecture: 'other',
    vendorMemoryGb: (memoryGib * 2 ** 30) / 1e9,
    usableBytes: Math.floor(memoryGib * 2 ** 30),
    usableSource: 'given in the study (memory_gib)',
    bandwidthTbs: 0,
    tflops: { bf16: 0, fp8: null, int8: null, fp4: null },
    link: { type: 'not given', gbsPerDirection: 0 },
    smCount: 0,
    l2Mb: 0,
    powerW: 0,
    scaledFrom: null,
    source: 'the study',
    note: '',
  };
}

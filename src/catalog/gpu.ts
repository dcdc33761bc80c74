/**
 * A GPU by its data sheet: memory, bandwidth, dense peak rates. Kernel times are not derived from these but measured
 * (see `kernels.ts`); the peaks serve the memory plan, the report and the names in messages.
 */
import { z } from 'zod';
import { parseWith } from './parse.ts';

export const ARCHITECTURES = ['ampere', 'ada', 'hopper', 'blackwell', 'blackwell_rtx', 'cdna3'] as const;
/** `blackwell` is the data-center part (sm_100), `blackwell_rtx` the workstation and consumer one (sm_120). */
export type Architecture = (typeof ARCHITECTURES)[number];

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
    source: gpu.source,
    note: gpu.note,
  }));
}

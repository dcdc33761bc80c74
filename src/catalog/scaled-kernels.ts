/**
 * Kernel times where nobody measured a GPU, or not every kernel of it: those of a GPU of the same kind (`scaled_from` in
 * gpus.json), with the bandwidth and the peak rate of the new one. Launch times and efficiencies stay. `m0`, the rows
 * that a matrix product computes but does not fill, is the batch at which it turns from bandwidth to arithmetic as much
 * as it is a tile, so it grows with the ratio of peak to bandwidth. Checked where both GPUs were measured: Llama-3.1-8B
 * served on an RTX 4090 comes out within 1 % from the RTX PRO 6000's tables with it, and 23 % too slow without
 * (public run of github.com/casys-kaist/LLMServingSim). Every result names what is scaled.
 */
import type { Gpu } from './gpu.ts';
import type { Collectives, FittedTable, KernelCoefficients, Link } from './kernels.ts';

/** Measured kernel times of a GPU by name; undefined where nobody published any. */
export type MeasuredKernels = (gpuId: string) => KernelCoefficients | undefined;

/** The kernel times of `gpu`, measured ones first, then scaled ones; undefined if there are none of either. */
export function kernelsFor(gpu: Gpu, measured: MeasuredKernels): KernelCoefficients | undefined {
  const own = measured(gpu.id);
  if (gpu.scaledFrom === null) return own;
  const siblings = gpu.scaledFrom.kernels.flatMap((id) => measured(id) ?? []);
  const first = own ?? siblings[0];
  if (first === undefined) return undefined;
  const base = own ?? wholeGpu(gpu, first, measured);
  return siblings.filter((sibling) => sibling !== first).reduce((filled, other) => fill(gpu, filled, other), base);
}

/** All tables of a sibling. */
function wholeGpu(gpu: Gpu, sibling: KernelCoefficients, measured: MeasuredKernels): KernelCoefficients {
  const { collectives: from, note } = gpu.scaledFrom!;
  const target = { bandwidthTbs: gpu.bandwidthTbs, bf16Tflops: gpu.tflops.bf16 };
  const far = note === '' ? '' : `; ${note}`;
  return {
    ...sibling,
    ...scaledTables(gpu, target, sibling, ''),
    ...target,
    gpu: gpu.id,
    l2Mb: gpu.l2Mb,
    collectives: from === null ? {} : borrowed(measured(from)?.collectives ?? {}, from),
    note: `kernel times scaled from ${sibling.gpu} by bandwidth and peak rate, not measured${far}`,
  };
}

/** What `base` has not, from a sibling. */
function fill(gpu: Gpu, base: KernelCoefficients, sibling: KernelCoefficients): KernelCoefficients {
  const note = `scaled from ${sibling.gpu} by bandwidth and peak rate, not measured on ${gpu.id}`;
  const scaled = scaledTables(gpu, base, sibling, note);
  return {
    ...base,
    gemm: { ...scaled.gemm, ...base.gemm },
    attentionDecode: { ...scaled.attentionDecode, ...base.attentionDecode },
    attentionPrefill: { ...scaled.attentionPrefill, ...base.attentionPrefill },
    mlaDecode: { ...scaled.mlaDecode, ...base.mlaDecode },
    mlaPrefill: { ...scaled.mlaPrefill, ...base.mlaPrefill },
    moe: { ...scaled.moe, ...base.moe },
  };
}

interface Rates {
  readonly bandwidthTbs: number;
  readonly bf16Tflops: number;
}

type Tables = Pick<
  KernelCoefficients,
  'gemm' | 'attentionDecode' | 'attentionPrefill' | 'mlaDecode' | 'mlaPrefill' | 'moe'
>;

/** The tables that the new GPU has the units for; `note` is added to each. */
function scaledTables(gpu: Gpu, target: Rates, sibling: KernelCoefficients, note: string): Tables {
  const scale = <T extends FittedTable & { readonly peakTflops: number; readonly m0: number }>(
    tables: Readonly<Record<string, T>>,
  ) =>
    mapTables(tables, gpu, note, (table, name) => {
      const peakTflops = peakOf(gpu, target, precisionOf(name)) ?? 0;
      const balance = peakTflops / target.bandwidthTbs / (table.peakTflops / sibling.bandwidthTbs);
      return { ...table, peakTflops, m0: table.m0 * balance };
    });
  const keep = <T extends FittedTable>(tables: Readonly<Record<string, T>>) =>
    mapTables(tables, gpu, note, (table) => table);
  return {
    gemm: scale(sibling.gemm),
    moe: scale(sibling.moe),
    attentionDecode: keep(sibling.attentionDecode),
    attentionPrefill: keep(sibling.attentionPrefill),
    mlaDecode: keep(sibling.mlaDecode),
    mlaPrefill: keep(sibling.mlaPrefill),
  };
}

function mapTables<T extends FittedTable>(
  tables: Readonly<Record<string, T>>,
  gpu: Gpu,
  note: string,
  change: (table: T, name: string) => T,
): Record<string, T> {
  const usable = Object.entries(tables).filter(([name]) => peakOf(gpu, null, precisionOf(name)) !== null);
  return Object.fromEntries(
    usable.map(([name, table]) => {
      const changed = change(table, name);
      return [name, { ...changed, note: [changed.note, note].filter((text) => text !== '').join('; ') }];
    }),
  );
}

/** `fp8_block` of `fp8_block|kv_bf16` and `fp8_block|balanced`. */
function precisionOf(name: string): string {
  return name.split('|')[0]!;
}

/** The peak rate that a table of that precision computes at; null if the GPU has no such units. */
function peakOf(gpu: Gpu, target: Rates | null, precision: string): number | null {
  switch (precision) {
    case 'fp8':
    case 'fp8_block':
    case 'mxfp4_w4a8':
      return gpu.tflops.fp8;
    case 'nvfp4':
      return gpu.tflops.fp4;
    default:
      return target?.bf16Tflops ?? gpu.tflops.bf16;
  }
}

function borrowed(collectives: KernelCoefficients['collectives'], from: string): KernelCoefficients['collectives'] {
  const entries = Object.entries(collectives) as [Link, Collectives][];
  return Object.fromEntries(
    entries.map(([link, tables]) => {
      const note = `communication as measured between ${from} GPUs`;
      return [link, { ...tables, note: tables.note === '' ? note : `${note}; ${tables.note}` }];
    }),
  );
}

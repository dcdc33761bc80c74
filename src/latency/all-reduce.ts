/**
 * Sum over the tensor-parallel ranks after the attention and after the feed-forward part of each layer: vLLM's custom
 * all-reduce, measured by message size and interpolated linearly in the logarithms. Two tables of the B200 disagree
 * between 256 and 512 KB; the smaller time holds there, as measured serving shows.
 */
import type { AllReduceTable, KernelCoefficients } from '../catalog/kernels.ts';
import { InputError } from '../core/input-error.ts';

export interface AllReduce {
  /** Microseconds for a message of that many bytes on each rank. */
  us(bytes: number): number;
  /** What a reader must know about the tables. */
  readonly notes: readonly string[];
}

/** The all-reduce between `ranks` GPUs of one server; 0 for one rank. */
export function allReduce(kernels: KernelCoefficients, ranks: number): AllReduce {
  if (ranks === 1) return { us: () => 0, notes: [] };
  const measured = kernels.allReduce;
  const table = measured?.tables[String(ranks)];
  if (measured === null || table === undefined) {
    const sizes = measured === null ? [] : Object.keys(measured.tables);
    throw new InputError(
      `no measured all-reduce between ${ranks} x ${kernels.gpu}. ` +
        `tensor_parallel_size can be ${['1', ...sizes].join(', ')} on this GPU.`,
    );
  }
  const other = measured.alternative?.tables[String(ranks)];
  return {
    us: (bytes) => {
      const time = interpolate(table, bytes);
      if (other === undefined || bytes >= measured.minBelowBytes) return time;
      return Math.min(time, interpolate(other, bytes));
    },
    notes: measured.note === '' ? [] : [measured.note],
  };
}

/** Linear in log-log between two rows; constant below the first row, with the last slope above the last. */
function interpolate({ bytes, us }: AllReduceTable, size: number): number {
  if (size <= bytes[0]!) return us[0]!;
  let i = 0;
  while (i < bytes.length - 2 && size > bytes[i + 1]!) i++;
  const slope = Math.log(us[i + 1]! / us[i]!) / Math.log(bytes[i + 1]! / bytes[i]!);
  return us[i]! * (size / bytes[i]!) ** slope;
}

/**
 * Sum over the tensor-parallel ranks after the attention and after the feed-forward part of each layer: vLLM's custom
 * all-reduce, measured by message size and interpolated linearly in the logarithms. Within a CUDA graph it reads the
 * tensors in place. A step beyond the largest graph, or without graphs, launches it from the CPU and copies the message
 * into a shared buffer first; that was measured too, and is used for those steps where it was. Two tables of the B200
 * disagree between 256 and 512 KB; the smaller time holds there, as measured serving shows.
 */
import type { AllReduceTables, KernelCoefficients } from '../catalog/kernels.ts';
import { InputError } from '../core/input-error.ts';
import { chooseLink, type Interconnect } from './link.ts';
import { messageUs } from './message-table.ts';

export interface AllReduce {
  /** Microseconds for a message of that many bytes on each rank, launched by a CUDA graph (the default) or not. */
  us(bytes: number, inGraph?: boolean): number;
  /** What a reader must know about the tables. */
  readonly notes: readonly string[];
}

/** The all-reduce between `ranks` GPUs of one server; 0 for one rank. */
export function allReduce(
  kernels: KernelCoefficients,
  ranks: number,
  interconnect: Interconnect | null = null,
): AllReduce {
  const link = chooseLink(kernels, interconnect);
  if (ranks === 1) return { us: () => 0, notes: [] };
  const tables = link?.collectives.allReduce;
  const graph = tables?.graph[String(ranks)];
  if (link === null || tables === undefined || graph === undefined) {
    throw new InputError(
      `no measured all-reduce between ${ranks} x ${kernels.gpu}${link === null ? '' : ` (${link.link})`}. ` +
        `tensor_parallel_size can be ${['1', ...Object.keys(tables?.graph ?? {})].join(', ')} on this GPU.`,
    );
  }
  const eager = tables.eager[String(ranks)] ?? graph;
  return {
    us: (bytes, inGraph = true) => (inGraph ? graphUs(tables, ranks, bytes) : messageUs(eager, bytes)),
    notes: link.notes,
  };
}

function graphUs(tables: AllReduceTables, ranks: number, bytes: number): number {
  const us = messageUs(tables.graph[String(ranks)]!, bytes);
  const other = tables.alternative?.tables[String(ranks)];
  return other === undefined || bytes >= tables.minBelowBytes ? us : Math.min(us, messageUs(other, bytes));
}

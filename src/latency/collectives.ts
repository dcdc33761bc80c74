/**
 * NCCL's all-gather and reduce-scatter, measured by message size and interpolated linearly in the logarithms
 * (github.com/ai-dynamo/aiconfigurator, nccl-tests). The size is that of the whole message, all ranks' parts together:
 * gathering T tokens of all data-parallel ranks moves T * hidden * 2 bytes in bf16.
 *
 * A pipeline stage hands its hidden states and its residual on, each T * hidden * 2 bytes: every tensor-parallel rank
 * sends its share and the receivers gather them (vLLM's `send_tensor_dict` with an `all_gather_group`). No point-to-point
 * table is public; a rank of a two-rank all-gather receives half of the message, so that time is used for twice the
 * bytes.
 */
import type { KernelCoefficients, MessageTables } from '../catalog/kernels.ts';
import { InputError } from '../core/input-error.ts';
import { chooseLink, type Interconnect } from './link.ts';
import { messageUs } from './message-table.ts';

const BF16_BYTES = 2;
/** Hidden states and residual. */
const HANDED_TENSORS = 2;

export interface Communication {
  readonly kernels: KernelCoefficients;
  readonly interconnect: Interconnect | null;
  readonly hidden: number;
}

/** Microseconds of bringing together that many tokens in all, or of summing and dealing them out again. */
export type TokenExchange = (tokens: number) => number;

/** The all-gather of hidden states over `ranks`; 0 for one rank. */
export function allGather(on: Communication, ranks: number): TokenExchange {
  return exchange(on, ranks, 'allGather');
}

/** The reduce-scatter of hidden states over `ranks`; 0 for one rank. */
export function reduceScatter(on: Communication, ranks: number): TokenExchange {
  return exchange(on, ranks, 'reduceScatter');
}

/** Handing a step's tokens from one pipeline stage to the next. */
export function handOver(on: Communication, tensorParallelSize: number): TokenExchange {
  const pair = allGather(on, 2);
  const share = allGather(on, tensorParallelSize);
  return (tokens) => pair((2 * HANDED_TENSORS * tokens) / tensorParallelSize) + HANDED_TENSORS * share(tokens);
}

function exchange(on: Communication, ranks: number, kind: 'allGather' | 'reduceScatter'): TokenExchange {
  if (ranks === 1) return () => 0;
  const link = chooseLink(on.kernels, on.interconnect);
  const tables: MessageTables = link?.collectives.nccl?.[kind] ?? {};
  const table = tables[String(ranks)];
  const derived = table === undefined && link?.link === 'pcie_host' ? throughHost(on.kernels, kind, ranks) : null;
  if (derived !== null) return (tokens) => derived(tokens * on.hidden * BF16_BYTES);
  if (table === undefined) {
    const name = kind === 'allGather' ? 'all-gather' : 'reduce-scatter';
    const measured = Object.keys(tables);
    throw new InputError(
      `no measured ${name} between ${ranks} x ${on.kernels.gpu}${link === null ? '' : ` (${link.link})`}. ` +
        `Measured there: ${measured.length === 0 ? 'none' : `between ${measured.join(', ')} GPUs`}.`,
    );
  }
  return (tokens) => messageUs(table, tokens * on.hidden * BF16_BYTES);
}

/**
 * Microseconds of a message through the host where NCCL was measured through a switch only: as much slower as the
 * all-reduce of that size and number of ranks, which was measured both ways; the same links carry both. null: it was not.
 */
function throughHost(
  { collectives }: KernelCoefficients,
  kind: 'allGather' | 'reduceScatter',
  ranks: number,
): ((bytes: number) => number) | null {
  const measured = collectives.pcie_switch?.nccl?.[kind][String(ranks)];
  const bySwitch = collectives.pcie_switch?.allReduce.graph[String(ranks)];
  const byHost = collectives.pcie_host?.allReduce.graph[String(ranks)];
  if (measured === undefined || bySwitch === undefined || byHost === undefined) return null;
  return (bytes) => (messageUs(measured, bytes) * messageUs(byHost, bytes)) / messageUs(bySwitch, bytes);
}

/** What a reader must know of the exchanges between ranks or stages. */
export function exchangeNotes({ kernels, interconnect }: Omit<Communication, 'hidden'>): readonly string[] {
  const link = chooseLink(kernels, interconnect);
  if (link === null) return [];
  if (link.link !== 'pcie_host' || link.collectives.nccl !== null) return link.notes;
  return [
    ...link.notes,
    'all-gather and reduce-scatter through the host were not measured: they are taken to be as much slower than ' +
      'through a switch as the all-reduce is',
  ];
}

/**
 * What a kernel profile does not hold: the time that ranks spend passing data to each other. It is taken from the
 * published tables of the GPU, where it has them.
 */
import { type ExpertRanks, sharesTokens } from '../../catalog/expert-share.ts';
import type { KernelCoefficients } from '../../catalog/kernels.ts';
import type { Model } from '../../catalog/model.ts';
import { InputError } from '../../core/input-error.ts';
import { allReduce } from '../all-reduce.ts';
import { allGather, type Communication, exchangeNotes, handOver, reduceScatter } from '../collectives.ts';
import type { Interconnect } from '../link.ts';
import { memoize } from '../memo.ts';

/** Microseconds of communication, by the tokens that it carries. Without such ranks, 0. */
export interface ProfileLinks {
  /** Summing the hidden states of all tensor-parallel ranks, within a CUDA graph or not. */
  allReduceUs(tokens: number, inGraph: boolean): number;
  /** How often a layer with experts does so: after the attention, and after the experts unless ranks share tokens. */
  readonly reducesBesideExperts: 1 | 2;
  /**
   * Bringing the tokens of all data-parallel ranks together before the experts and dealing their sums out after; where
   * tensor-parallel ranks share the tokens of a layer, their `own` too.
   */
  exchangeUs(allTokens: number, own: number): number;
  /** Passing a step's tokens from one pipeline stage to the next. */
  handOverUs(tokens: number): number;
  /** Where the times are from; empty without communication. */
  readonly notes: readonly string[];
}

export interface LinkedRanks extends ExpertRanks {
  readonly gpu: string;
  /** Published kernels of the GPU; null: there are none. */
  readonly kernels: KernelCoefficients | null;
  readonly interconnect: Interconnect | null;
  readonly model: Model;
  readonly pipelineParallelSize: number;
}

const SILENT: ProfileLinks = {
  ...{ allReduceUs: () => 0, exchangeUs: () => 0, handOverUs: () => 0 },
  ...{ reducesBesideExperts: 2, notes: [] },
};

/** The communication of a deployment, or an InputError that says which table is missing. */
export function profileLinks(ranks: LinkedRanks): ProfileLinks {
  const { kernels, interconnect, tensorParallelSize, pipelineParallelSize } = ranks;
  const { hidden, moe } = ranks.model;
  // Ranks of a dense model never wait for each other.
  const dataRanks = moe === null ? 1 : ranks.dataParallelSize;
  if (tensorParallelSize * pipelineParallelSize * dataRanks === 1) return SILENT;
  if (kernels === null) {
    throw new InputError(
      `latency.profile holds no communication, and nobody published that of ${ranks.gpu}; there ` +
        'tensor_parallel_size and pipeline_parallel_size can only be 1, and data_parallel_size for a model with experts.',
    );
  }
  const on = { kernels, interconnect, hidden };
  const reduce = allReduce(kernels, tensorParallelSize, interconnect);
  return {
    allReduceUs: (tokens, inGraph) => reduce.us(tokens * hidden * 2, inGraph),
    reducesBesideExperts: moe !== null && sharesTokens(ranks) ? 1 : 2,
    exchangeUs: dataRanks === 1 ? () => 0 : exchangeBetween(on, ranks),
    handOverUs: pipelineParallelSize === 1 ? () => 0 : memoize(handOver(on, tensorParallelSize)),
    notes: [
      `communication is not in a kernel profile; published times of ${kernels.gpu} are used`,
      ...exchangeNotes({ kernels, interconnect }),
    ],
  };
}

function exchangeBetween(on: Communication, ranks: LinkedRanks): ProfileLinks['exchangeUs'] {
  const { tensorParallelSize, dataParallelSize } = ranks;
  const sharing = sharesTokens(ranks);
  const between = sharing ? tensorParallelSize * dataParallelSize : dataParallelSize;
  const gather = allGather(on, between);
  const scatter = reduceScatter(on, between);
  const gatherResults = sharing ? allGather(on, tensorParallelSize) : () => 0;
  return (allTokens, own) => gather(allTokens) + scatter(allTokens) + gatherResults(own);
}

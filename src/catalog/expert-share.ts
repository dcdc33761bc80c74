/**
 * Which part of a layer's experts one GPU holds (vLLM 0.33: `FusedMoEParallelConfig.make`, `determine_expert_map`). The
 * tensor- and data-parallel ranks of a server share the experts: each holds a strip of all of them, or, with expert
 * parallelism, some of them whole, the first ranks one more where they do not come out even. Experts that see every token
 * are cut by tensor parallelism alone, or whole on every rank where the ranks also share the tokens of a layer
 * (`ParallelConfig.use_sequence_parallel_moe`).
 */
import type { Experts } from './model.ts';

/** Over what the experts of a layer are spread. */
export interface ExpertRanks {
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly expertParallel: boolean;
}

export interface ExpertShare {
  /** Routed experts on the rank with most of them. */
  readonly experts: number;
  /** Width of the part of a routed expert that a rank holds. */
  readonly width: number;
  /** Width of the part of the experts that see every token; 0 without any. */
  readonly sharedWidth: number;
}

/** What one rank holds of a layer's experts. */
export function expertShare(moe: Experts, ranks: ExpertRanks): ExpertShare {
  const { tensorParallelSize: tp, dataParallelSize: dp, expertParallel } = ranks;
  return {
    experts: expertParallel ? Math.ceil(moe.experts / (tp * dp)) : moe.experts,
    width: expertParallel ? moe.intermediate : moe.intermediate / (tp * dp),
    sharedWidth: sharesTokens(ranks) ? moe.sharedIntermediate : moe.sharedIntermediate / tp,
  };
}

/** The tensor-parallel ranks of an engine compute each a part of its tokens in layers with experts. */
export function sharesTokens({ tensorParallelSize, dataParallelSize, expertParallel }: ExpertRanks): boolean {
  return expertParallel && tensorParallelSize > 1 && dataParallelSize > 1;
}

/** The part of a layer that one tensor-parallel rank computes. */
import type { Model } from '../catalog/model.ts';
import { kvHeadsPerRank } from '../catalog/weights.ts';

/** Sizes in elements, of one rank unless the name says otherwise. */
export interface RankShape {
  /** Not cut. */
  readonly hidden: number;
  /** Of a dense feed-forward layer. */
  readonly intermediate: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Not cut. */
  readonly vocab: number;
  readonly ranks: number;
}

/** The shape of one rank. */
export function rankShape(model: Model, tensorParallelSize: number): RankShape {
  return {
    hidden: model.hidden,
    intermediate: model.intermediate / tensorParallelSize,
    heads: model.heads / tensorParallelSize,
    kvHeads: kvHeadsPerRank(model, tensorParallelSize),
    headDim: model.headDim,
    vocab: model.vocab,
    ranks: tensorParallelSize,
  };
}

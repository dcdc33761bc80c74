/**
 * How a model's layers are dealt to the stages of a pipeline (vLLM 0.33: `get_pp_indices`): as evenly as whole layers
 * allow; of those left over each goes to one of the later stages, the last excepted, counting backwards. The embedding is
 * on the first stage, the output head on the last.
 */
import type { Model } from './model.ts';

/** One stage of a pipeline. */
export interface Stage {
  /** From 0. */
  readonly index: number;
  /** Stages in all. */
  readonly of: number;
  /** Its layers are those from `first` to before `end`, counted from 0. */
  readonly first: number;
  readonly end: number;
}

/** Layers of each stage, first to last. */
export function layersByStage(layers: number, stages: number): number[] {
  const counts = new Array<number>(stages).fill(Math.floor(layers / stages));
  const left = layers % stages;
  for (let i = 0; i < left; i++) counts[stages - 2 - i]! += 1;
  return counts;
}

/** The stages of a pipeline of `stages` stages. */
export function stagesOf(layers: number, stages: number): Stage[] {
  let end = 0;
  return layersByStage(layers, stages).map((count, index) => {
    end += count;
    return { index, of: stages, first: end - count, end };
  });
}

/** The whole model on one stage. */
export function wholeModel(model: Model): Stage {
  return { index: 0, of: 1, first: 0, end: model.layers };
}

export function isFirst(stage: Stage): boolean {
  return stage.index === 0;
}

export function isLast(stage: Stage): boolean {
  return stage.index === stage.of - 1;
}

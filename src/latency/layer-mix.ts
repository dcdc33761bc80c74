/**
 * How many layers of each kind a stretch of a model holds. The first layers of some models with experts have a dense
 * feed-forward part. Layers that attend to everything lie at equal distances: every sixth of Gemma 3, every second of
 * gpt-oss, every fourth of Llama 4.
 */
import type { Model } from '../catalog/model.ts';
import { type Stage, stagesOf } from '../catalog/stages.ts';

/** Numbers of layers. */
export interface LayerMix {
  readonly layers: number;
  /** Of these, with a sliding window or chunked attention. */
  readonly windowed: number;
  /** Of these, with routed experts. */
  readonly withExperts: number;
}

/** The mix of one pipeline stage. */
export function stageMix(model: Model, { first, end }: Stage): LayerMix {
  const layers = end - first;
  const full = fullLayersBefore(model, end) - fullLayersBefore(model, first);
  const dense = model.moe === null ? layers : Math.max(0, Math.min(end, model.moe.denseLayers) - first);
  return { layers, windowed: layers - full, withExperts: layers - dense };
}

/** The mix of every stage of a pipeline, first to last. */
export function stageMixes(model: Model, stages: number): LayerMix[] {
  return stagesOf(model.layers, stages).map((stage) => stageMix(model, stage));
}

/** Of the first `count` layers, those that attend to everything. */
function fullLayersBefore({ layers, slidingWindow }: Model, count: number): number {
  if (slidingWindow === null) return count;
  const full = layers - slidingWindow.layers;
  if (full === 0 || count === layers) return full;
  const period = Math.floor(layers / full);
  const before = slidingWindow.fullFirst ? Math.ceil(count / period) : Math.floor(count / period);
  return Math.min(full, before);
}

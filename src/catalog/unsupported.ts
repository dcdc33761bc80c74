/**
 * Models that the step-time model does not cover although the catalog can describe them. Dense layers and experts,
 * grouped-query and latent attention, sliding windows, chunked attention and attention sinks are covered; what is
 * missing for one GPU is said when its kernel times are looked up.
 */
import type { Model } from './model.ts';

/** Why this model cannot be simulated, as a sentence; null if it can. */
export function unsupportedReason(model: Model): string | null {
  if (model.latentAttention !== null && model.slidingWindow !== null) {
    return `sliding-window attention over a latent cache of ${model.id} is not modelled`;
  }
  return null;
}

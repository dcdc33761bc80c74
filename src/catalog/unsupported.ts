/**
 * What the engine and the step-time model cover: dense decoders with grouped-query attention over the whole context.
 * Everything else in the catalog is recognised, so that it can be refused by name instead of being simulated wrongly.
 */
import type { Model } from './model.ts';

/** Why this model cannot be simulated, as a sentence; null if it can. */
export function unsupportedReason(model: Model): string | null {
  if (model.latentAttention !== null) return `multi-head latent attention (MLA) of ${model.id} is not modelled`;
  if (model.moe !== null) return `mixture-of-experts layers of ${model.id} are not modelled`;
  if (model.slidingWindow !== null) {
    const { layers, tokens } = model.slidingWindow;
    return `sliding-window attention of ${model.id} (${layers} of ${model.layers} layers, ${tokens} tokens) is not modelled`;
  }
  if (model.attentionSinks) return `attention sinks of ${model.id} are not modelled`;
  return null;
}

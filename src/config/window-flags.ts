/** Flags that change nothing for most models, but how layers with a window keep their KV cache. */
import type { Model } from '../catalog/model.ts';

const KEEPS_ALL = '--disable-hybrid-kv-cache-manager';
const NO_WINDOW = '--disable-sliding-window';

/** Layers of two kinds share the cache as if all attended to everything. */
export function keepsEveryLayerWhole(flags: readonly string[], { slidingWindow, layers }: Model): boolean {
  return hasFlag(flags, KEEPS_ALL) && slidingWindow !== null && slidingWindow.layers < layers;
}

/** The flag among these that the simulation does not follow for this model; null: none. */
export function unfollowedWindowFlag(flags: readonly string[], model: Model): string | null {
  if (keepsEveryLayerWhole(flags, model)) return KEEPS_ALL;
  return model.slidingWindow !== null && hasFlag(flags, NO_WINDOW) ? NO_WINDOW : null;
}

function hasFlag(flags: readonly string[], name: string): boolean {
  return flags.some((flag) => flag.replaceAll('_', '-') === name);
}

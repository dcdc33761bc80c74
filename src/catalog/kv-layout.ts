/**
 * How vLLM 0.33 lays out the KV cache of one worker (`kv_cache_planning.py`, `kv_cache_interface.py`): layers of one
 * kind share a group and so a block table, every group draws from one pool, and one block id stands for `blockSize`
 * tokens in all layers of one group. With several kinds the groups are made about equally large, so that little of a
 * block is empty.
 */
import { InputError } from '../core/input-error.ts';
import type { Model } from './model.ts';
import { bytesPerKvElement, type KvCacheDtype } from './quantization.ts';
import type { Stage } from './stages.ts';
import { kvHeadsPerRank } from './weights.ts';

/**
 * What the layers of a group attend to: everything (`full`; `mla`: everything, as one latent vector), the last `tokens`
 * tokens (`sliding`), or the tokens since the last multiple of `tokens` (`chunked`).
 */
export type KvKind =
  | { readonly kind: 'full' | 'mla' }
  | { readonly kind: 'sliding' | 'chunked'; readonly tokens: number };

export type KvGroup = KvKind & { readonly layers: number };

export interface KvLayout {
  /** In vLLM's order. */
  readonly groups: readonly KvGroup[];
  /** Tokens of a block. */
  readonly blockSize: number;
  /** Bytes of a block in one layer on one worker. */
  readonly pageBytes: number;
  /** Bytes of a block id on one worker, over the layers of the widest group. */
  readonly bytesPerBlock: number;
}

/**
 * Where the largest kind has fewer than this many times the layers of the smallest, groups are as large as the largest.
 */
const NEARLY_ALIKE = 1.5;

/** The layout of a model's KV cache on one worker of `tensorParallelSize`. */
export function kvLayout(
  model: Model,
  kvCacheDtype: KvCacheDtype,
  tensorParallelSize: number,
  blockSize: number,
): KvLayout {
  const groups = kvGroups(layersByKind(model));
  const elementsPerToken = kvElementsPerToken(model, tensorParallelSize);
  const pageBytes = blockSize * elementsPerToken * bytesPerKvElement(kvCacheDtype);
  return { groups, blockSize, pageBytes, bytesPerBlock: pageBytes * Math.max(...groups.map(({ layers }) => layers)) };
}

/**
 * Of a layout the part that one stage of a pipeline keeps (`_project_kv_cache_groups_to_worker`): of every group the
 * layers that the stage computes. A block id stands for the layers of the group that has most of them there.
 */
export function stageLayout(layout: KvLayout, model: Model, stage: Stage): KvLayout {
  if (stage.of === 1) return layout;
  const layers = layout.groups.map(() => 0);
  const dealt = { limited: 0, full: 0 };
  const groupsOf = {
    limited: layout.groups.flatMap(({ kind }, g) => (isLimited(kind) ? [g] : [])),
    full: layout.groups.flatMap(({ kind }, g) => (isLimited(kind) ? [] : [g])),
  };
  for (let layer = 0; layer < stage.end; layer++) {
    const kind = looksBackOnlySoFar(model, layer) ? 'limited' : 'full';
    const group = groupsOf[kind][dealt[kind]++ % groupsOf[kind].length]!;
    if (layer >= stage.first) layers[group]!++;
  }
  const groups = layout.groups.map((group, g) => ({ ...group, layers: layers[g]! }));
  return { ...layout, groups, bytesPerBlock: layout.pageBytes * Math.max(...layers) };
}

function isLimited(kind: KvKind['kind']): boolean {
  return kind === 'sliding' || kind === 'chunked';
}

/** Layers that attend to everything are taken to stand at equal distances, as they do in every model of the catalog. */
function looksBackOnlySoFar({ layers, slidingWindow }: Model, layer: number): boolean {
  if (slidingWindow === null) return false;
  const full = layers - slidingWindow.layers;
  if (full === 0) return true;
  const distance = Math.floor(layers / full);
  // The layers that attend to everything begin, or end, each stretch of that many layers.
  const isBorder = (slidingWindow.fullFirst ? layer : layer + 1) % distance === 0;
  return !isBorder || Math.floor(layer / distance) >= full;
}

/** Splits kinds of layers, each with its number, into groups of about the same number of layers. */
export function kvGroups(kinds: readonly KvGroup[]): KvGroup[] {
  const counts = kinds.map(({ layers }) => layers);
  const fewest = Math.min(...counts);
  const most = Math.max(...counts);
  const size = most < NEARLY_ALIKE * fewest ? most : fewest;
  return kinds.flatMap((kind) => {
    const groups = Math.ceil(kind.layers / size);
    // Layers are dealt out in turn, so the first groups have one more where they do not come out even.
    return Array.from({ length: groups }, (_, i) => ({ ...kind, layers: Math.ceil((kind.layers - i) / groups) }));
  });
}

/** Kinds in the order of their first layer. */
function layersByKind(model: Model): KvGroup[] {
  const { layers, latentAttention, slidingWindow } = model;
  if (latentAttention !== null && slidingWindow !== null) {
    throw new InputError(`${model.id}: latent attention (MLA) with a sliding window is not modelled.`);
  }
  if (latentAttention !== null) return [{ kind: 'mla', layers }];
  if (slidingWindow === null) return [{ kind: 'full', layers }];
  const { kind, tokens, layers: limited, fullFirst } = slidingWindow;
  const kinds: KvGroup[] = [
    { kind, tokens, layers: limited },
    { kind: 'full', layers: layers - limited },
  ];
  return (fullFirst ? kinds.reverse() : kinds).filter((group) => group.layers > 0);
}

/** Elements that a token takes in one layer on one worker; a latent vector is on every worker whole. */
function kvElementsPerToken(model: Model, tensorParallelSize: number): number {
  const { latentAttention, headDim } = model;
  if (latentAttention !== null) return latentAttention.kvLoraRank + latentAttention.qkRopeHeadDim;
  return 2 * kvHeadsPerRank(model, tensorParallelSize) * headDim;
}

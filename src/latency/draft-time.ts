/**
 * What proposing drafts adds to a step (vLLM 0.33: the proposers under v1/spec_decode). A drafter with layers runs once
 * over the tokens of the step, to bring its own KV cache up to date and propose the first draft, then once for each
 * further draft over one token of every scheduled request. Every forward ends in the drafter's output head and takes
 * the likeliest token. A separate draft model reads one token more of each request than the target, because its input
 * is not shifted. All forwards are padded to the CUDA graphs of the target. The lookup of n-grams runs on the CPU while
 * the GPU is busy and is taken to cost nothing.
 */
import { type Drafter, type DraftLayer, draftLayerShape } from '../catalog/drafter.ts';
import type { Model } from '../catalog/model.ts';
import { InputError } from '../core/input-error.ts';
import type { BatchShape } from './batch-shape.ts';
import { createForward, type Forward, type ForwardOptions } from './forward.ts';
import { gemmUs } from './gemm.ts';
import { gemmTable } from './gemm-table.ts';
import { memoize } from './memo.ts';
import { linearPrecision } from './precision.ts';
import { argmaxUs } from './sampler.ts';

/** How drafts are made in a deployment. */
export interface Drafting {
  readonly drafter: Drafter;
  /** Drafts a step, >= 1. */
  readonly draftTokens: number;
}

export interface DraftTime {
  /** Microseconds of proposing in a step, unrounded. */
  us(batch: BatchShape): number;
  readonly notes: readonly string[];
}

/** The time of proposing; `target` describes the deployment without its drafter. */
export function createDraftTime(target: ForwardOptions, { drafter, draftTokens }: Drafting): DraftTime {
  switch (drafter.kind) {
    case 'lookup':
      return { us: () => 0, notes: [] };
    case 'model': {
      const { model, quantization, tensorParallelSize } = drafter;
      refuseOtherWindow(model, target.model);
      const forward = createForward({ ...target, model, quantization, tensorParallelSize });
      return draftTime(target, forward, { draftTokens, moreTokens: 1, firstJoin: () => 0, laterJoin: () => 0 });
    }
    case 'layer':
      return layerDraftTime(target, drafter.layer, drafter.quantization, draftTokens);
  }
}

interface DraftPasses {
  readonly draftTokens: number;
  /** Tokens that the first forward reads beyond those of the target, for each request. */
  readonly moreTokens: 0 | 1;
  /** Microseconds of joining hidden states, in the first forward and in each later one, by padded tokens. */
  firstJoin(tokens: number): number;
  laterJoin(tokens: number): number;
}

function layerDraftTime(
  target: ForwardOptions,
  layer: DraftLayer,
  quantization: ForwardOptions['quantization'],
  draftTokens: number,
): DraftTime {
  const { joined, joinsAlways, attentionInputs, vocab } = draftLayerShape(layer, target.model);
  const { hidden } = target.model;
  const forward = createForward({
    ...target,
    model: draftLayerModel(target.model, vocab),
    quantization,
    attentionInputs,
  });
  const { coefficients } = gemmTable(target.kernels, linearPrecision(target.model, quantization));
  const join = memoize((tokens) => gemmUs(coefficients, target.kernels.bandwidthTbs, tokens, hidden, joined * hidden));
  return draftTime(target, forward, {
    draftTokens,
    moreTokens: 0,
    firstJoin: join,
    laterJoin: joinsAlways ? join : () => 0,
  });
}

/** One layer like the target's later ones, which attends to everything. */
function draftLayerModel(target: Model, vocab: number): Model {
  const moe = target.moe === null ? null : { ...target.moe, denseLayers: 0 };
  return { ...target, layers: 1, vocab, moe, slidingWindow: null };
}

/** A batch counts what the target's windows leave of each context. */
function refuseOtherWindow(drafter: Model, target: Model): void {
  const own = drafter.slidingWindow;
  if (own === null) return;
  if (own.kind === target.slidingWindow?.kind && own.tokens === target.slidingWindow.tokens) return;
  throw new InputError(
    `speculative_config: the draft model ${drafter.id} has windows of ${own.tokens} tokens that the target ` +
      `${target.id} has not; that is not modelled. Use a draft model without sliding-window attention.`,
  );
}

function draftTime(target: ForwardOptions, forward: Forward, passes: DraftPasses): DraftTime {
  const { draftTokens, moreTokens } = passes;
  /** Attention of the passes after the first. */
  const laterUs = new Float64Array(draftTokens - 1);
  const head = memoize((rows) => forward.lmHead(rows) + argmaxUs(target.kernels, forward.shape, rows));
  return {
    us: (batch) => {
      const requests = batch.scheduledRequests;
      const tokens = forward.pad(batch.scheduledTokens + moreTokens * requests);
      const first = forward.byTokens(tokens) + passes.firstJoin(tokens) + forward.attention.batch(batch, moreTokens);
      if (batch.proposes === 0) return first;
      const rows = forward.pad(requests);
      const later = forward.byTokens(rows) + passes.laterJoin(rows);
      let us = first + draftTokens * head(requests) + (draftTokens - 1) * later;
      const contextTokens = contextOf(batch) + (moreTokens + 1) * requests;
      const longest = longestOf(batch) + moreTokens + 1;
      forward.attention.decodes(requests, contextTokens, longest, laterUs.length, laterUs);
      for (let i = 0; i < laterUs.length; i++) us += laterUs[i]!;
      return us;
    },
    notes: forward.notes,
  };
}

/** Tokens in the cache after the step, over all requests. */
function contextOf(batch: BatchShape): number {
  let tokens = batch.decodeContextTokens;
  for (let i = 0; i < batch.chunkTokens.length; i++) tokens += batch.chunkTokens[i]! + batch.chunkCachedTokens[i]!;
  return tokens;
}

/** The longest of them. */
function longestOf(batch: BatchShape): number {
  let longest = batch.decodeMaxContextTokens;
  for (let i = 0; i < batch.chunkTokens.length; i++)
    longest = Math.max(longest, batch.chunkTokens[i]! + batch.chunkCachedTokens[i]!);
  return longest;
}

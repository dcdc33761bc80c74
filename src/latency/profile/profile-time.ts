/**
 * How long the GPU computes in one engine step, from a user's own kernel profile instead of fitted coefficients:
 *
 *     step = embedding + layers * (norms + projections + feed-forward or experts + 2 all-reduces)(padded tokens)
 *          + final norm + layers * attention + (output head + sampler)(rows)
 *
 * All layers of the step are measured, the small ones too, so nothing is added for them. For decodes only it is a
 * function of the integers of the batch's shape.
 *
 * Data-parallel ranks of a model with experts wait for each other in every layer: a step lasts as long as the slowest
 * rank without its experts, plus experts that see the tokens of all ranks, plus passing these around. Where every rank
 * fits a CUDA graph all are padded to the largest, else none is. A rank without work computes one dummy token, without
 * attention and logits.
 */
import type { Model } from '../../catalog/model.ts';
import type { BatchShape } from '../batch-shape.ts';
import { paddingTable } from '../cuda-graph.ts';
import type { KernelTime } from '../kernel-time.ts';
import { stageMixes } from '../layer-mix.ts';
import { memoize } from '../memo.ts';
import type { KernelProfile } from './kernel-profile.ts';
import { type ProfileAttention, profileAttention } from './profile-attention.ts';
import { type ProfileExperts, profileExperts } from './profile-experts.ts';
import { type ProfileLayers, profileLayers } from './profile-layers.ts';
import type { ProfileLinks } from './profile-links.ts';
import { checkProfiled, type ProfiledDeployment, profileNotes } from './profiled-deployment.ts';

export interface ProfileTimeOptions extends ProfiledDeployment {
  readonly links: ProfileLinks;
}

export interface ProfileTime extends KernelTime {
  /** Whether the step lies outside of what was measured, so that its time is held or extrapolated. */
  outsideGrid(shape: BatchShape): boolean;
}

/** Builds the step times of one deployment from a profile, or says why the profile cannot give them. */
export function createProfileTime(profile: KernelProfile, options: ProfileTimeOptions): ProfileTime {
  checkProfiled(profile, options);
  const { model, dataParallelSize, pipelineParallelSize } = options;
  const parts = partsOf(profile, options);
  const stages = stagesOf(model, pipelineParallelSize);
  const common = {
    outsideGrid: (shape: BatchShape) => outsideGrid(parts, shape, dataParallelSize),
    notes: [...profileNotes(profile, options), ...options.links.notes],
  };
  if (parts.experts !== null && dataParallelSize > 1) {
    const lockStepUs = (shapes: readonly (BatchShape | null)[]) => ranksUs(parts, stages[0]!, shapes);
    const idleRanks = Array.from({ length: dataParallelSize - 1 }, () => null);
    const us = (shape: BatchShape) => lockStepUs([shape, ...idleRanks]);
    return { us, stagesUs: (shape) => [us(shape)], lockStepUs, ...common };
  }
  const us = (shape: BatchShape) => {
    let sum = 0;
    for (const stage of stages) sum += stageUs(parts, stage, shape);
    return sum;
  };
  return {
    us,
    stagesUs: (shape) => stages.map((stage) => stageUs(parts, stage, shape)),
    lockStepUs: (shapes) => Math.max(...shapes.map((shape) => (shape === null ? 0 : us(shape)))),
    ...common,
  };
}

interface Stage {
  readonly layers: number;
  /** Of these, with experts. */
  readonly withExperts: number;
  /** Holds the embedding. */
  readonly first: boolean;
  /** Holds the output head and the sampler. */
  readonly last: boolean;
}

function stagesOf(model: Model, count: number): Stage[] {
  return stageMixes(model, count).map(({ layers, withExperts }, index) => {
    return { layers, withExperts, first: index === 0, last: index === count - 1 };
  });
}

interface Parts {
  readonly layers: ProfileLayers;
  readonly attention: ProfileAttention;
  readonly experts: ProfileExperts | null;
  readonly links: ProfileLinks;
  /** One all-reduce by (padded) tokens, remembered. */
  readonly reduceUs: (tokens: number) => number;
  /** Tokens that a batch costs as much as; nothing is padded beyond the table. */
  readonly padding: Int32Array;
}

function partsOf(profile: KernelProfile, options: ProfileTimeOptions): Parts {
  const { model, links } = options;
  const padding = paddingTable(options.cudagraphCaptureSizes);
  return {
    layers: profileLayers(profile, model),
    attention: profileAttention(profile),
    experts: profileExperts(profile, model, options),
    reduceUs: memoize((tokens) => links.allReduceUs(tokens, tokens < padding.length)),
    ...{ links, padding },
  };
}

/** One engine's batch in one stage. */
function stageUs(parts: Parts, stage: Stage, shape: BatchShape): number {
  const { experts, layers, links } = parts;
  const tokens = paddedTokens(parts, shape.scheduledTokens);
  let us = besideExpertsUs(parts, stage, tokens) + stage.layers * parts.attention.us(shape);
  if (experts !== null) us += stage.withExperts * experts.us(tokens, shape.scheduledTokens);
  if (!stage.first) us += links.handOverUs(tokens);
  return stage.last ? us + layers.head(shape.scheduledRequests) : us;
}

/** One step of all data-parallel ranks; null for one without work. */
function ranksUs(parts: Parts, whole: Stage, shapes: readonly (BatchShape | null)[]): number {
  const { experts, layers, attention, links } = parts;
  let most = 1;
  for (const shape of shapes) if (shape !== null) most = Math.max(most, shape.scheduledTokens);
  const together = most < parts.padding.length ? parts.padding[most]! : null;
  let slowestUs = 0;
  let tokens = 0;
  let padded = 0;
  for (const shape of shapes) {
    const own = shape?.scheduledTokens ?? 1;
    const aloneUs = shape === null ? 0 : whole.layers * attention.us(shape) + layers.head(shape.scheduledRequests);
    slowestUs = Math.max(slowestUs, besideExpertsUs(parts, whole, together ?? own) + aloneUs);
    tokens += own;
    padded += together ?? own;
  }
  const layerUs = experts!.us(padded, tokens) + links.exchangeUs(padded, together ?? most);
  return slowestUs + whole.withExperts * layerUs;
}

/** What depends on the tokens of one engine alone. */
function besideExpertsUs({ layers, links, reduceUs }: Parts, stage: Stage, tokens: number): number {
  const dense = stage.layers - stage.withExperts;
  const reduces = 2 * dense + links.reducesBesideExperts * stage.withExperts;
  let us = stage.layers * layers.perLayer(tokens) + reduces * reduceUs(tokens);
  if (dense > 0) us += dense * layers.feedForward(tokens);
  if (stage.first) us += layers.embedding(tokens);
  return stage.last ? us + layers.finalNorm(tokens) : us;
}

function paddedTokens({ padding }: Parts, tokens: number): number {
  return tokens < padding.length ? padding[tokens]! : tokens;
}

function outsideGrid(parts: Parts, shape: BatchShape, dataParallelSize: number): boolean {
  const { layers, attention, experts } = parts;
  const padded = paddedTokens(parts, shape.scheduledTokens);
  return (
    layers.outside(padded, shape.scheduledRequests) ||
    attention.outside(shape) ||
    // The other ranks are not known here; they are taken to be as busy.
    (experts?.outside(padded * dataParallelSize) ?? false)
  );
}

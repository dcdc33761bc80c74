/**
 * What a kernel profile says about the layers called for every token of a step (`dense.csv`) and those called for every
 * row of logits (`per_sequence.csv`).
 */
import type { Model } from '../../catalog/model.ts';
import { InputError } from '../../core/input-error.ts';
import { memoize } from '../memo.ts';
import type { KernelProfile } from './kernel-profile.ts';
import { lastKnot, type MeasuredTable, timeAt } from './measured-table.ts';

/** Microseconds by tokens (CUDA-graph padding included) or by rows of logits. Remembered. */
export interface ProfileLayers {
  /** Norms, projections and rotary embedding of one layer. */
  perLayer(tokens: number): number;
  /** The feed-forward part of a layer without experts. */
  feedForward(tokens: number): number;
  /** Once a step, before the first layer. */
  embedding(tokens: number): number;
  /** Once a step, after the last layer. */
  finalNorm(tokens: number): number;
  /** Output head and sampler. */
  head(rows: number): number;
  /** Whether a step lies beyond what was measured. */
  outside(tokens: number, rows: number): boolean;
}

/** The layers of `model`, or an InputError that names one that the profile lacks or the model has not. */
export function profileLayers(profile: KernelProfile, model: Model): ProfileLayers {
  const attention = ['qkv_proj', 'rotary_emb', 'o_proj', ...(model.qkNorm ? ['qk_norm'] : [])];
  const hasDense = model.moe === null || model.moe.denseLayers > 0;
  const feedForward = hasDense ? ['gate_up_proj', 'act_fn', 'down_proj'] : [];
  const once = ['embedding', 'final_layernorm'];
  const rows = ['lm_head', 'sampler'];
  checkLayers(profile, 'dense.csv', profile.dense, [...once, 'layernorm', ...attention, ...feedForward], model);
  checkLayers(profile, 'per_sequence.csv', profile.perSequence, rows, model);
  const dense = (name: string) => profile.dense.get(name)!;
  const norms = Array.from({ length: model.normsPerLayer }, () => dense('layernorm'));
  const lastTokens = Math.min(...[...profile.dense.values()].map(lastKnot));
  const lastRows = Math.min(...[...profile.perSequence.values()].map(lastKnot));
  return {
    perLayer: sumOf([...norms, ...attention.map(dense)]),
    feedForward: sumOf(feedForward.map(dense)),
    embedding: sumOf([dense('embedding')]),
    finalNorm: sumOf([dense('final_layernorm')]),
    head: sumOf(rows.map((name) => profile.perSequence.get(name)!)),
    outside: (tokens, rows) => tokens > lastTokens || rows > lastRows,
  };
}

function sumOf(tables: readonly MeasuredTable[]): (count: number) => number {
  return memoize((count) => tables.reduce((us, table) => us + timeAt(table, count), 0));
}

function checkLayers(
  profile: KernelProfile,
  file: string,
  measured: ReadonlyMap<string, MeasuredTable>,
  expected: readonly string[],
  model: Model,
): void {
  const missing = expected.filter((layer) => !measured.has(layer));
  const foreign = [...measured.keys()].filter((layer) => !expected.includes(layer));
  if (missing.length + foreign.length === 0) return;
  const wrong = [
    ...(missing.length > 0 ? [`does not measure ${missing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`measures ${foreign.join(', ')}, which is no part of that model here`] : []),
  ];
  throw new InputError(
    `${profile.where}: ${file} ${wrong.join(' and ')}; expected, for ${model.id}: ${expected.join(', ')}.`,
  );
}

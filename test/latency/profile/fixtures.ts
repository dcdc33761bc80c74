/** A kernel profile whose times follow laws that linear interpolation reproduces, so that steps can be added up by hand. */
import type { Model } from '../../../src/catalog/model.ts';
import { type KernelProfile, type ProfileFiles, parseProfile } from '../../../src/latency/profile/kernel-profile.ts';
import type { ProfileLinks } from '../../../src/latency/profile/profile-links.ts';
import type { ProfileTimeOptions } from '../../../src/latency/profile/profile-time.ts';
import { repositoryCatalog } from '../../catalog/repository-catalog.ts';

/** One call of each layer, whatever the tokens: digits tell how often each is called. */
export const DENSE: Readonly<Record<string, number>> = {
  layernorm: 1,
  qkv_proj: 10,
  rotary_emb: 100,
  o_proj: 1_000,
  gate_up_proj: 10_000,
  act_fn: 100_000,
  down_proj: 1_000_000,
  embedding: 3,
  final_layernorm: 5,
};
export const DENSE_LAYER_US = 1_111_112;

/** Rows of logits: 7 + rows for the head, 11 for the sampler. */
export const headUs = (rows: number) => 18 + rows;
/** Decodes alone. */
export const decodeUs = (n: number, context: number) => 2 * n + 0.01 * n * context;
/** A chunk alone. */
export const chunkUs = (tokens: number, cached: number) => 0.1 * tokens + 0.001 * tokens * cached;
/** What decodes add to a chunk. */
export const addedUs = (n: number, context: number) => 3 * n + 0.02 * n * context;
/** One block of experts. */
export const expertsUs = (tokens: number, active: number) => 20 + tokens + 5 * active;

const TOKENS = [1, 8, 64, 512];
const REQUESTS = [1, 4, 16, 64];
const BESIDE = [1, 4, 16];
const CONTEXTS = [16, 128, 1024];
const CHUNKS = [16, 128, 512];
const CACHED = [0, 128, 1024];

const csv = (header: string, rows: readonly (readonly (string | number)[])[]) =>
  [header, ...rows.map((row) => row.join(','))].join('\n');

export const DENSE_CSV = csv(
  'layer,tokens,time_us',
  Object.entries(DENSE).flatMap(([layer, us]) => TOKENS.map((tokens) => [layer, tokens, us])),
);

export const PER_SEQUENCE_CSV = csv('layer,sequences,time_us', [
  ...TOKENS.map((rows) => ['lm_head', rows, 7 + rows]),
  ...TOKENS.map((rows) => ['sampler', rows, 11]),
]);

export const ATTENTION_CSV = csv('prefill_chunk,kv_prefill,n_decode,kv_decode,time_us', [
  ...REQUESTS.flatMap((n) => CONTEXTS.map((context) => [0, 0, n, context, decodeUs(n, context)])),
  ...CHUNKS.flatMap((tokens) =>
    CACHED.flatMap((cached) => [
      [tokens, cached, 0, 0, chunkUs(tokens, cached)],
      ...BESIDE.flatMap((n) =>
        CONTEXTS.map((context) => [tokens, cached, n, context, chunkUs(tokens, cached) + addedUs(n, context)]),
      ),
    ]),
  ),
]);

export const MOE_CSV = csv(
  'tokens,activated_experts,time_us',
  [1, 64, 1024].flatMap((tokens) => [8, 128].map((active) => [tokens, active, expertsUs(tokens, active)])),
);

/** alpha 0.2 up to 16 requests and 0.5 beyond, whatever the contexts. */
export const SKEW_FIT_CSV = csv('pc,n_label,skew_rate_label,kv_big_label,kp_label,alpha,n_samples', [
  [0, 'n<=16', 'sr<=40%', 'kvB<=1k', 'kp=0', 0.2, 4],
  [0, 'n<=64', 'sr<=40%', 'kvB<=1k', 'kp=0', 0.5, 4],
  [16, 'n<=16', 'sr<=40%', 'kvB<=1k', 'kp=0', 0.9, 4],
]);

const SKEW_HEADER = 'regime,n,nb,ratio,skew,pc,kp,kvs,kv_big,kv_mean,t_mean_us,t_max_us,t_skew_us,alpha';

/** Beside a chunk: spans 10 and 20 with rises 1 and 8, so alpha = (10 * 1 + 20 * 8) / (100 + 400) = 0.34. */
export const SKEW_CSV = csv(SKEW_HEADER, [
  ['pure', 2, 1, 0.5, 4, 0, 0, 128, 512, 320, 100, 200, 190, 0.9],
  ['mixed', 2, 1, 0.5, 4, 16, 0, 128, 512, 320, 100, 110, 101, 0.1],
  ['mixed', 2, 1, 0.5, 4, 16, 0, 128, 512, 320, 100, 120, 108, 0.4],
  ['mixed', 2, 1, 0.5, 4, 16, 0, 128, 512, 320, 100, '', '', ''],
]);
export const MIXED_ALPHA = 0.34;

export const DENSE_FILES: ProfileFiles = {
  'tp1/dense.csv': DENSE_CSV,
  'tp1/per_sequence.csv': PER_SEQUENCE_CSV,
  'tp1/attention.csv': ATTENTION_CSV,
};

export const SKEWED_FILES: ProfileFiles = {
  ...DENSE_FILES,
  'tp1/skew_fit.csv': SKEW_FIT_CSV,
  'tp1/skew.csv': SKEW_CSV,
};

/** Layers of a model with experts: no dense feed-forward part, a norm of queries and keys. */
export const MOE_FILES: ProfileFiles = {
  ...DENSE_FILES,
  'tp1/dense.csv': DENSE_CSV.split('\n')
    .filter((line) => !/^(act_fn|down_proj),/.test(line))
    .map((line) => line.replace('gate_up_proj', 'qk_norm'))
    .join('\n'),
  'tp1/moe.csv': MOE_CSV,
};
export const MOE_LAYER_US = 11_112;

export function profile(files: ProfileFiles = DENSE_FILES): KernelProfile {
  return parseProfile(files, 'profiles/mine', 1);
}

const catalog = repositoryCatalog();

export function model(name: string): Model {
  const found = catalog.model(name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

export const NO_LINKS: ProfileLinks = {
  allReduceUs: () => 0,
  reducesBesideExperts: 2,
  exchangeUs: () => 0,
  handOverUs: () => 0,
  notes: [],
};

export function options(changes: Partial<ProfileTimeOptions> = {}): ProfileTimeOptions {
  return {
    model: model('llama-3.1-8b'),
    modelFile: null,
    quantization: 'bf16',
    kvCacheDtype: 'auto',
    tensorParallelSize: 1,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    expertParallel: false,
    speculative: false,
    cudagraphCaptureSizes: [1, 2, 4, 8, 16, 32, 64],
    links: NO_LINKS,
    ...changes,
  };
}

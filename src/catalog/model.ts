/**
 * A language model as far as its cost depends on it: the geometry of its layers, counted from the public `config.json`
 * on Hugging Face. Weights themselves never matter; their number, by part, follows from the geometry and is checked
 * against the published parameter counts in the tests.
 */
import { z } from 'zod';
import { parseWith } from './parse.ts';
import { QUANTIZATIONS, type Quantization } from './quantization.ts';

/** Multi-head latent attention: keys and values are stored as one latent vector per token and layer. */
export interface LatentAttention {
  /** 0: queries are projected at once. */
  readonly qLoraRank: number;
  readonly kvLoraRank: number;
  readonly qkNopeHeadDim: number;
  readonly qkRopeHeadDim: number;
  readonly vHeadDim: number;
}

/** Mixture-of-experts layers: all but the first `denseLayers`. */
export interface Experts {
  readonly experts: number;
  readonly expertsPerToken: number;
  /** Width of one routed expert. */
  readonly intermediate: number;
  /** Width of the experts that see every token, together; 0 without any. */
  readonly sharedIntermediate: number;
  readonly denseLayers: number;
  readonly expertBias: boolean;
  readonly routerBias: boolean;
}

/** Layers that look back only so far. */
export interface SlidingWindow {
  /** Over the last `tokens` tokens, or only within chunks of that length. */
  readonly kind: 'sliding' | 'chunked';
  readonly tokens: number;
  readonly layers: number;
  /** The first layer is one of those that attend to everything. */
  readonly fullFirst: boolean;
}

/** Plain data: a model can go through JSON and back. Sizes in elements unless the name says otherwise. */
export interface Model {
  /** Short name, e.g. `llama-3.1-8b`. */
  readonly id: string;
  /** Usual Hugging Face repository. */
  readonly hf: string;
  /** Other Hugging Face repositories of the same geometry and precision. */
  readonly aliases: readonly string[];
  /** Hugging Face repositories of the same geometry in another precision. */
  readonly quantizedAliases: Readonly<Partial<Record<Quantization, readonly string[]>>>;
  readonly layers: number;
  readonly hidden: number;
  /** Width of the dense feed-forward layer. */
  readonly intermediate: number;
  /** Query heads. */
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocab: number;
  /** Longest sequence by the model's own configuration, tokens; vLLM's default `max_model_len`. */
  readonly maxModelLen: number;
  /** The output head is the embedding, stored once. */
  readonly tiedEmbeddings: boolean;
  /** Which attention projections have biases. */
  readonly attentionBias: 'none' | 'qkv' | 'all';
  /** Learned scales normalise each query and key head. */
  readonly qkNorm: boolean;
  /** One learned sink logit a query head. */
  readonly attentionSinks: boolean;
  readonly normsPerLayer: number;
  readonly latentAttention: LatentAttention | null;
  readonly moe: Experts | null;
  readonly slidingWindow: SlidingWindow | null;
  /** Parameters of a vision encoder that is loaded too, in bf16; 0 without one, or where unknown. */
  readonly visionParameters: number;
  /** Precision of the linear layers in the published checkpoint. */
  readonly quantization: Quantization;
  /** Total by the publisher, for checking; null where none is published. */
  readonly publishedParameters: number | null;
  /** Size of the checkpoint's safetensors files, bytes; null where unknown. */
  readonly safetensorsBytes: number | null;
  /** Where the geometry was read. */
  readonly source: string;
  /** What a reader should know; empty if nothing. */
  readonly note: string;
  /** Of a model that was never released: who says so, and what of it is assumed. Null: it can be downloaded. */
  readonly provisional: string | null;
}

/** Number of parameters by part; the parts add up to `total`. */
export interface ParameterCounts {
  readonly attention: number;
  /** Feed-forward layers: dense, routed and shared experts, routers. */
  readonly ffn: number;
  readonly embedding: number;
  /** 0 where the embedding serves as output head. */
  readonly head: number;
  readonly norms: number;
  readonly total: number;
}

const count = z.int().positive();

const modelSchema = z
  .strictObject({
    id: z.string().min(1),
    hf: z.string().min(1),
    aliases: z.array(z.string()).default([]),
    quantized_aliases: z.partialRecord(z.enum(QUANTIZATIONS), z.array(z.string())).default({}),
    layers: count,
    hidden: count,
    intermediate: z.int().nonnegative(),
    heads: count,
    kv_heads: count,
    head_dim: count,
    vocab: count,
    max_model_len: count,
    tied_embeddings: z.boolean().default(false),
    attention_bias: z.enum(['none', 'qkv', 'all']).default('none'),
    qk_norm: z.boolean().default(false),
    attention_sinks: z.boolean().default(false),
    norms_per_layer: count.default(2),
    latent_attention: z
      .strictObject({
        q_lora_rank: z.int().nonnegative(),
        kv_lora_rank: count,
        qk_nope_head_dim: count,
        qk_rope_head_dim: count,
        v_head_dim: count,
      })
      .nullable()
      .default(null),
    moe: z
      .strictObject({
        experts: count,
        experts_per_token: count,
        intermediate: count,
        shared_intermediate: z.int().nonnegative().default(0),
        dense_layers: z.int().nonnegative().default(0),
        expert_bias: z.boolean().default(false),
        router_bias: z.boolean().default(false),
      })
      .nullable()
      .default(null),
    sliding_window: z
      .strictObject({
        kind: z.enum(['sliding', 'chunked']).default('sliding'),
        tokens: count,
        layers: count,
        full_first: z.boolean().default(false),
      })
      .nullable()
      .default(null),
    vision_parameters: z.int().nonnegative().default(0),
    quantization: z.enum(QUANTIZATIONS).default('bf16'),
    published_parameters: z.number().positive().nullable().default(null),
    safetensors_bytes: z.number().positive().nullable().default(null),
    source: z.string(),
    note: z.string().default(''),
    provisional: z.string().min(1).nullable().default(null),
  })
  .refine((m) => m.heads % m.kv_heads === 0, { path: ['kv_heads'], message: 'must divide heads' });

/** Reads a model file (snake_case, one object). `where` names it in messages. */
export function parseModel(json: unknown, where: string): Model {
  const m = parseWith(modelSchema, json, where);
  return {
    id: m.id,
    hf: m.hf,
    aliases: m.aliases,
    quantizedAliases: m.quantized_aliases,
    layers: m.layers,
    hidden: m.hidden,
    intermediate: m.intermediate,
    heads: m.heads,
    kvHeads: m.kv_heads,
    headDim: m.head_dim,
    vocab: m.vocab,
    maxModelLen: m.max_model_len,
    tiedEmbeddings: m.tied_embeddings,
    attentionBias: m.attention_bias,
    qkNorm: m.qk_norm,
    attentionSinks: m.attention_sinks,
    normsPerLayer: m.norms_per_layer,
    latentAttention: m.latent_attention && latentAttention(m.latent_attention),
    moe: m.moe && experts(m.moe),
    slidingWindow: m.sliding_window && slidingWindow(m.sliding_window),
    visionParameters: m.vision_parameters,
    quantization: m.quantization,
    publishedParameters: m.published_parameters,
    safetensorsBytes: m.safetensors_bytes,
    source: m.source,
    note: m.note,
    provisional: m.provisional,
  };
}

type ModelFile = z.infer<typeof modelSchema>;

function latentAttention(json: NonNullable<ModelFile['latent_attention']>): LatentAttention {
  return {
    qLoraRank: json.q_lora_rank,
    kvLoraRank: json.kv_lora_rank,
    qkNopeHeadDim: json.qk_nope_head_dim,
    qkRopeHeadDim: json.qk_rope_head_dim,
    vHeadDim: json.v_head_dim,
  };
}

function slidingWindow(json: NonNullable<ModelFile['sliding_window']>): SlidingWindow {
  return { kind: json.kind, tokens: json.tokens, layers: json.layers, fullFirst: json.full_first };
}

function experts(json: NonNullable<ModelFile['moe']>): Experts {
  return {
    experts: json.experts,
    expertsPerToken: json.experts_per_token,
    intermediate: json.intermediate,
    sharedIntermediate: json.shared_intermediate,
    denseLayers: json.dense_layers,
    expertBias: json.expert_bias,
    routerBias: json.router_bias,
  };
}

/** Counts a model's parameters, without any multi-token-prediction layer or vision tower. */
export function parameterCounts(model: Model): ParameterCounts {
  const attention = model.layers * attentionParameters(model);
  const ffn = feedForwardParameters(model);
  const embedding = model.vocab * model.hidden;
  const head = model.tiedEmbeddings ? 0 : embedding;
  const norms = (model.layers * model.normsPerLayer + 1) * model.hidden;
  return { attention, ffn, embedding, head, norms, total: attention + ffn + embedding + head + norms };
}

function attentionParameters(model: Model): number {
  const { hidden, heads, kvHeads, headDim, latentAttention: mla } = model;
  if (mla !== null) {
    const queryInputs = mla.qLoraRank === 0 ? hidden : mla.qLoraRank;
    const query = hidden * mla.qLoraRank + queryInputs * heads * (mla.qkNopeHeadDim + mla.qkRopeHeadDim);
    const latent = hidden * (mla.kvLoraRank + mla.qkRopeHeadDim);
    const keysAndValues = mla.kvLoraRank * heads * (mla.qkNopeHeadDim + mla.vHeadDim);
    return query + latent + keysAndValues + heads * mla.vHeadDim * hidden + mla.qLoraRank + mla.kvLoraRank;
  }
  const qkv = (heads + 2 * kvHeads) * headDim;
  const qkvBias = model.attentionBias === 'none' ? 0 : qkv;
  const outputBias = model.attentionBias === 'all' ? hidden : 0;
  const perHead = (model.qkNorm ? 2 * headDim : 0) + (model.attentionSinks ? heads : 0);
  return hidden * qkv + heads * headDim * hidden + qkvBias + outputBias + perHead;
}

function feedForwardParameters(model: Model): number {
  const { hidden, intermediate, layers, moe } = model;
  const dense = 3 * hidden * intermediate;
  if (moe === null) return layers * dense;
  const expert = 3 * hidden * moe.intermediate + (moe.expertBias ? 2 * moe.intermediate + hidden : 0);
  const router = hidden * moe.experts + (moe.routerBias ? moe.experts : 0);
  const sparse = moe.experts * expert + 3 * hidden * moe.sharedIntermediate + router;
  return moe.denseLayers * dense + (layers - moe.denseLayers) * sparse;
}

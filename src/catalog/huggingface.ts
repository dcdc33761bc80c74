/**
 * A Hugging Face `config.json` → model, for a model that the catalog does not hold. Reads the architectures whose
 * layers are built like Llama's (grouped-query attention, gated feed-forward), and recognises mixture-of-experts, MLA
 * and sliding windows, so that they can be refused by name.
 */
import { z } from 'zod';
import { didYouMean, InputError } from '../core/input-error.ts';
import type { Experts, LatentAttention, Model, SlidingWindow } from './model.ts';
import { parseWith } from './parse.ts';
import type { Quantization } from './quantization.ts';
import { quantizationOfConfig } from './quantization-config.ts';

/** What an architecture adds to Llama's layer. */
interface Layer {
  readonly attentionBias?: Model['attentionBias'];
  readonly qkNorm?: boolean;
  readonly attentionSinks?: boolean;
  readonly normsPerLayer?: number;
  readonly tied?: boolean;
  /** Every layer slides if the file has a window (elsewhere a pattern of layers says which). */
  readonly allLayersSlide?: boolean;
  /** Experts and router have biases. */
  readonly expertBias?: boolean;
  /** One expert as wide as the routed ones sees every token, without the file saying so. */
  readonly sharedExpert?: boolean;
  /** Layers from one that attends to everything to the next, where the file does not say. */
  readonly slidingPattern?: number;
}

const ARCHITECTURES: Readonly<Record<string, Layer>> = {
  LlamaForCausalLM: {},
  MistralForCausalLM: { allLayersSlide: true },
  Phi3ForCausalLM: { allLayersSlide: true },
  Qwen2ForCausalLM: { attentionBias: 'qkv' },
  Qwen3ForCausalLM: { qkNorm: true },
  GemmaForCausalLM: { tied: true },
  Gemma2ForCausalLM: { tied: true, normsPerLayer: 4, slidingPattern: 2 },
  Gemma3ForCausalLM: { tied: true, normsPerLayer: 4, qkNorm: true, slidingPattern: 6 },
  Gemma3ForConditionalGeneration: { tied: true, normsPerLayer: 4, qkNorm: true, slidingPattern: 6 },
  MixtralForCausalLM: { allLayersSlide: true },
  Qwen2MoeForCausalLM: { attentionBias: 'qkv' },
  Qwen3MoeForCausalLM: { qkNorm: true },
  GptOssForCausalLM: { attentionBias: 'all', attentionSinks: true, slidingPattern: 2, expertBias: true },
  Llama4ForCausalLM: { slidingPattern: 4, sharedExpert: true },
  Llama4ForConditionalGeneration: { slidingPattern: 4, sharedExpert: true },
  DeepseekV2ForCausalLM: {},
  DeepseekV3ForCausalLM: {},
};

const count = z.int().positive();
const optionalCount = count.nullish();

const configSchema = z.looseObject({
  hidden_size: count,
  intermediate_size: z.int().nonnegative(),
  intermediate_size_mlp: optionalCount,
  interleave_moe_layer_step: optionalCount,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: optionalCount,
  head_dim: optionalCount,
  vocab_size: count,
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  sliding_window: z.int().nonnegative().nullish(),
  use_sliding_window: z.boolean().nullish(),
  attention_chunk_size: optionalCount,
  layer_types: z.array(z.string()).nullish(),
  rope_scaling: z.looseObject({}).nullish(),
  rope_parameters: z.looseObject({}).nullish(),
  num_local_experts: optionalCount,
  num_experts: optionalCount,
  n_routed_experts: optionalCount,
  num_experts_per_tok: optionalCount,
  moe_intermediate_size: optionalCount,
  n_shared_experts: z.int().nonnegative().nullish(),
  shared_expert_intermediate_size: z.int().nonnegative().nullish(),
  first_k_dense_replace: z.int().nonnegative().nullish(),
  kv_lora_rank: optionalCount,
  q_lora_rank: optionalCount,
  qk_nope_head_dim: optionalCount,
  qk_rope_head_dim: optionalCount,
  v_head_dim: optionalCount,
});
type Config = z.infer<typeof configSchema>;

const fileSchema = z.looseObject({
  architectures: z.array(z.string()).min(1),
  _name_or_path: z.string().nullish(),
  text_config: z.looseObject({}).nullish(),
  quantization_config: z.looseObject({}).nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});

/** Reads a `config.json`. `where` names it in messages, and the model if the file does not. */
export function modelFromHuggingFaceConfig(json: unknown, where: string): Model {
  const file = parseWith(fileSchema, json, where);
  const architecture = file.architectures[0]!;
  const layer = ARCHITECTURES[architecture];
  if (layer === undefined) {
    const known = Object.keys(ARCHITECTURES);
    throw new InputError(
      `${where}: the architecture ${architecture} is not modelled.${didYouMean(architecture, known)} ` +
        `Known: ${known.join(', ')}.`,
    );
  }
  const config = parseWith(configSchema, file.text_config ?? json, where);
  const quantization = quantizationOfConfig(file.quantization_config ?? null, where);
  const tied = config.tie_word_embeddings ?? file.tie_word_embeddings ?? layer.tied ?? false;
  return assemble(file._name_or_path || nameOf(where), architecture, layer, config, quantization, tied);
}

function assemble(
  name: string,
  architecture: string,
  layer: Layer,
  config: Config,
  quantization: Quantization,
  tied: boolean,
): Model {
  const latentAttention = latentAttentionOf(config);
  return {
    id: name.split('/').at(-1)!.toLowerCase(),
    hf: name,
    aliases: [],
    quantizedAliases: {},
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    intermediate: config.intermediate_size_mlp ?? config.intermediate_size,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headDim: config.head_dim ?? Math.floor(config.hidden_size / config.num_attention_heads),
    vocab: config.vocab_size,
    maxModelLen: maxModelLenOf(config),
    tiedEmbeddings: tied,
    attentionBias: layer.attentionBias ?? (config.attention_bias === true && latentAttention === null ? 'all' : 'none'),
    qkNorm: layer.qkNorm ?? false,
    attentionSinks: layer.attentionSinks ?? false,
    normsPerLayer: layer.normsPerLayer ?? 2,
    latentAttention,
    moe: expertsOf(config, layer),
    slidingWindow: slidingWindowOf(config, layer),
    visionParameters: 0,
    quantization,
    publishedParameters: null,
    safetensorsBytes: null,
    source: `config.json (${architecture})`,
    note: '',
    provisional: null,
  };
}

/** The model's own length as vLLM derives it: some ways of stretching rotary embeddings multiply it. */
function maxModelLenOf(config: Config): number {
  const rope = config.rope_parameters ?? config.rope_scaling ?? {};
  const type = rope.rope_type ?? rope.type;
  const factor = typeof rope.factor === 'number' ? rope.factor : 1;
  const original = rope.original_max_position_embeddings;
  switch (type) {
    case 'yarn':
      return Math.floor((typeof original === 'number' ? original : config.max_position_embeddings) * factor);
    case 'linear':
    case 'dynamic':
      return Math.floor(config.max_position_embeddings * factor);
    default:
      return config.max_position_embeddings;
  }
}

function expertsOf(config: Config, layer: Layer): Experts | null {
  const experts = config.num_local_experts ?? config.num_experts ?? config.n_routed_experts;
  if (experts == null) return null;
  const intermediate = config.moe_intermediate_size ?? config.intermediate_size;
  return {
    experts,
    expertsPerToken: config.num_experts_per_tok ?? 1,
    intermediate,
    sharedIntermediate:
      config.shared_expert_intermediate_size ??
      (config.n_shared_experts ?? (layer.sharedExpert === true ? 1 : 0)) * intermediate,
    denseLayers: denseLayersOf(config),
    expertBias: layer.expertBias ?? false,
    routerBias: layer.expertBias ?? false,
  };
}

function denseLayersOf(config: Config): number {
  const step = config.interleave_moe_layer_step ?? 1;
  return config.first_k_dense_replace ?? config.num_hidden_layers - Math.floor(config.num_hidden_layers / step);
}

function latentAttentionOf(config: Config): LatentAttention | null {
  if (config.kv_lora_rank == null) return null;
  return {
    qLoraRank: config.q_lora_rank ?? 0,
    kvLoraRank: config.kv_lora_rank,
    qkNopeHeadDim: config.qk_nope_head_dim ?? 128,
    qkRopeHeadDim: config.qk_rope_head_dim ?? 64,
    vHeadDim: config.v_head_dim ?? 128,
  };
}

function slidingWindowOf(config: Config, layer: Layer): SlidingWindow | null {
  const tokens = config.sliding_window ?? config.attention_chunk_size;
  if (!tokens || config.use_sliding_window === false) return null;
  const all = config.num_hidden_layers;
  const kind = config.sliding_window ? 'sliding' : 'chunked';
  if (config.layer_types != null) {
    const layers = config.layer_types.filter((type) => type !== 'full_attention').length;
    return layers === 0 ? null : { kind, tokens, layers, fullFirst: config.layer_types[0] === 'full_attention' };
  }
  if (layer.slidingPattern !== undefined) {
    return { kind, tokens, layers: all - Math.floor(all / layer.slidingPattern), fullFirst: false };
  }
  // A window as long as the model never cuts anything off.
  if (tokens >= config.max_position_embeddings) return null;
  return layer.allLayersSlide === true || config.use_sliding_window === true
    ? { kind, tokens, layers: all, fullFirst: false }
    : null;
}

/** The folder of `…/name/config.json`, or the file's own name. */
function nameOf(where: string): string {
  const parts = where.split(/[/\\]/).filter((part) => part !== '' && part !== 'config.json');
  return parts.at(-1) ?? 'model';
}

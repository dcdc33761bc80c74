import { describe, expect, it } from 'vitest';
import { modelFromHuggingFaceConfig } from '../../src/catalog/huggingface.ts';
import type { Model } from '../../src/catalog/model.ts';
import { unsupportedReason } from '../../src/catalog/unsupported.ts';
import { InputError } from '../../src/core/input-error.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();

const LLAMA_8B = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
  max_position_embeddings: 131072,
  rope_scaling: { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192 },
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};

/** Geometry alone, without names and provenance. */
function geometry(model: Model): Partial<Model> {
  const { id, hf, aliases, quantizedAliases, publishedParameters, safetensorsBytes, source, note, ...rest } = model;
  return rest;
}

describe('modelFromHuggingFaceConfig', () => {
  it('reads Llama as the catalog has it', () => {
    const model = modelFromHuggingFaceConfig(LLAMA_8B, 'my-models/my-llama/config.json');
    expect(geometry(model)).toEqual(geometry(catalog.model('llama-3.1-8b')!));
    expect(model.id).toBe('my-llama');
    expect(unsupportedReason(model)).toBeNull();
  });

  it('reads Qwen2 with biases, and a window that is switched off as none', () => {
    const config = {
      architectures: ['Qwen2ForCausalLM'],
      hidden_size: 3584,
      intermediate_size: 18944,
      num_hidden_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      vocab_size: 152064,
      max_position_embeddings: 32768,
      sliding_window: 131072,
      use_sliding_window: false,
      tie_word_embeddings: false,
    };
    expect(geometry(modelFromHuggingFaceConfig(config, 'config.json'))).toEqual(geometry(catalog.model('qwen2.5-7b')!));
  });

  it('reads Qwen3 with norms of heads and a head size of its own', () => {
    const config = {
      architectures: ['Qwen3ForCausalLM'],
      hidden_size: 5120,
      intermediate_size: 25600,
      num_hidden_layers: 64,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      head_dim: 128,
      vocab_size: 151936,
      max_position_embeddings: 40960,
      sliding_window: null,
    };
    expect(geometry(modelFromHuggingFaceConfig(config, 'config.json'))).toEqual(geometry(catalog.model('qwen3-32b')!));
  });

  it('lengthens the context with YaRN as vLLM does, from the original length', () => {
    const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32768 };
    const model = modelFromHuggingFaceConfig({ ...LLAMA_8B, max_position_embeddings: 40960, rope_scaling: yarn }, 'x');
    expect(model.maxModelLen).toBe(131072);
  });

  it('recognises sliding windows, experts and MLA', () => {
    const mistral = {
      ...LLAMA_8B,
      architectures: ['MistralForCausalLM'],
      sliding_window: 4096,
      max_position_embeddings: 32768,
    };
    expect(modelFromHuggingFaceConfig(mistral, 'x').slidingWindow?.tokens).toBe(4096);
    const mixtral = {
      ...LLAMA_8B,
      architectures: ['MixtralForCausalLM'],
      num_local_experts: 8,
      num_experts_per_tok: 2,
    };
    expect(modelFromHuggingFaceConfig(mixtral, 'x').moe?.experts).toBe(8);
    const deepseek = {
      ...LLAMA_8B,
      architectures: ['DeepseekV3ForCausalLM'],
      kv_lora_rank: 512,
      n_routed_experts: 256,
    };
    expect(modelFromHuggingFaceConfig(deepseek, 'x').latentAttention?.kvLoraRank).toBe(512);
    const gemma3 = {
      architectures: ['Gemma3ForConditionalGeneration'],
      text_config: { ...LLAMA_8B, sliding_window: 1024 },
    };
    expect(modelFromHuggingFaceConfig(gemma3, 'x').slidingWindow).toEqual({
      kind: 'sliding',
      tokens: 1024,
      layers: 27,
      fullFirst: false,
    });
  });

  it('reads which layers come first, chunked attention, and what gpt-oss and Llama 4 do not say', () => {
    const slides = { ...LLAMA_8B, architectures: ['Qwen3ForCausalLM'], sliding_window: 4096 };
    const types = ['full_attention', ...Array(31).fill('sliding_attention')];
    expect(modelFromHuggingFaceConfig({ ...slides, layer_types: types }, 'x').slidingWindow).toEqual({
      kind: 'sliding',
      tokens: 4096,
      layers: 31,
      fullFirst: true,
    });
    const oss = { ...LLAMA_8B, architectures: ['GptOssForCausalLM'], num_local_experts: 32, sliding_window: 128 };
    expect(modelFromHuggingFaceConfig(oss, 'x').moe).toMatchObject({ expertBias: true, routerBias: true });
    const llama4 = {
      ...LLAMA_8B,
      num_local_experts: 128,
      intermediate_size: 8192,
      intermediate_size_mlp: 16_384,
      interleave_moe_layer_step: 2,
      attention_chunk_size: 8192,
    };
    const model = modelFromHuggingFaceConfig({ architectures: ['Llama4ForCausalLM'], text_config: llama4 }, 'x');
    expect(model.slidingWindow).toEqual({ kind: 'chunked', tokens: 8192, layers: 24, fullFirst: false });
    expect(model).toMatchObject({ intermediate: 16_384, moe: { sharedIntermediate: 8192, denseLayers: 16 } });
  });

  it('reads the precision of a quantised checkpoint', () => {
    const fp8 = { ...LLAMA_8B, quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } };
    expect(modelFromHuggingFaceConfig(fp8, 'x').quantization).toBe('fp8_block');
  });

  it('says what is missing, and names an architecture that it does not know', () => {
    const { hidden_size, ...without } = LLAMA_8B;
    expect(() => modelFromHuggingFaceConfig(without, 'my/config.json')).toThrow(/my\/config\.json: hidden_size/);
    const unknown = { ...LLAMA_8B, architectures: ['LlamaForCausalML'] };
    expect(() => modelFromHuggingFaceConfig(unknown, 'x')).toThrow(InputError);
    expect(() => modelFromHuggingFaceConfig(unknown, 'x')).toThrow(
      /LlamaForCausalML is not modelled\. Did you mean "LlamaForCausalLM"/,
    );
  });
});

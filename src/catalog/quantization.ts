/**
 * Precision of the weights and of the KV cache: how many bytes an element takes, and how each GPU computes with it.
 * Embedding and output head stay in bf16, as in the usual quantised checkpoints (vLLM's `ignore: ["lm_head"]`).
 */
import { didYouMean, InputError } from '../core/input-error.ts';

/**
 * Precision of the linear layers. `fp8`: per tensor or channel, activations too; `fp8_block`: 128 x 128 blocks
 * (DeepSeek's checkpoints); `int8`, `int4`: weights only, activations in bf16 (GPTQ, AWQ); `nvfp4`: 4 bits in groups
 * of 16, activations too; `mxfp4`: 4 bits in groups of 32.
 */
export const QUANTIZATIONS = ['bf16', 'fp8', 'fp8_block', 'int8', 'int4', 'nvfp4', 'mxfp4'] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

/** vLLM's names that are modelled; `auto` is the model's own precision, bf16 for every model here. */
export const KV_CACHE_DTYPES = ['auto', 'bfloat16', 'float16', 'fp8', 'fp8_e4m3', 'fp8_e5m2'] as const;
export type KvCacheDtype = (typeof KV_CACHE_DTYPES)[number];

/** vLLM accepts these too; nothing here knows their speed. */
const UNMODELLED_KV_CACHE_DTYPES = [
  'fp8_inc',
  'fp8_ds_mla',
  'nvfp4_ds_mla',
  'nvfp4',
  'nvfp4_4over6',
  'fp8_per_token_head',
  'int8_per_token_head',
  'int4_per_token_head',
];

/** Bytes a weight of a linear layer takes, its scales included. */
export function bytesPerWeight(quantization: Quantization): number {
  switch (quantization) {
    case 'bf16':
      return 2;
    case 'fp8':
    case 'int8':
      return 1;
    case 'fp8_block':
      return 1 + 4 / (128 * 128);
    case 'int4':
      // Groups of 128 with a 16-bit scale and a 4-bit zero point, as AWQ stores them.
      return 0.5 + 2.5 / 128;
    case 'nvfp4':
      return 0.5 + 1 / 16;
    case 'mxfp4':
      return 0.5 + 1 / 32;
  }
}

/** Bytes an element of a key or value takes in the cache. */
export function bytesPerKvElement(dtype: KvCacheDtype): 1 | 2 {
  switch (dtype) {
    case 'auto':
    case 'bfloat16':
    case 'float16':
      return 2;
    case 'fp8':
    case 'fp8_e4m3':
    case 'fp8_e5m2':
      return 1;
  }
}

/** Reads a `--kv-cache-dtype`. */
export function parseKvCacheDtype(name: string, where: string): KvCacheDtype {
  const known = KV_CACHE_DTYPES.find((dtype) => dtype === name);
  if (known !== undefined) return known;
  const expected = `Expected one of ${KV_CACHE_DTYPES.join(', ')}.`;
  if (UNMODELLED_KV_CACHE_DTYPES.includes(name) || /^(turboquant|octave|ultraquant)/.test(name)) {
    throw new InputError(`${where}: the KV cache dtype "${name}" of vLLM is not modelled. ${expected}`);
  }
  throw new InputError(`${where}: unknown KV cache dtype "${name}". ${expected}${didYouMean(name, KV_CACHE_DTYPES)}`);
}

/**
 * What vLLM's `--quantization` means for a checkpoint of precision `checkpoint`: `fp8` quantises a bf16 checkpoint while
 * loading it; the names of file formats say how to read a checkpoint that is quantised already.
 */
export function quantizationOfMethod(method: string, checkpoint: Quantization, where: string): Quantization {
  const quantization = methodMeaning(method, checkpoint);
  if (quantization === undefined) {
    throw new InputError(
      `${where}: the quantization "${method}" is not modelled. Expected fp8, awq, awq_marlin, gptq, gptq_marlin, ` +
        `modelopt_fp4, compressed-tensors or one of ${QUANTIZATIONS.join(', ')}.${didYouMean(method, QUANTIZATIONS)}`,
    );
  }
  if (checkpoint !== 'bf16' && quantization !== checkpoint) {
    throw new InputError(
      `${where}: the quantization "${method}" does not match the checkpoint, whose weights are ${checkpoint}. ` +
        'Leave it out: vLLM reads the precision from the checkpoint.',
    );
  }
  return quantization;
}

function methodMeaning(method: string, checkpoint: Quantization): Quantization | undefined {
  switch (method) {
    case 'fp8':
      return checkpoint === 'fp8_block' ? 'fp8_block' : 'fp8';
    case 'awq':
    case 'awq_marlin':
    case 'auto_awq':
      return 'int4';
    case 'gptq':
    case 'gptq_marlin':
    case 'auto_gptq':
      return checkpoint === 'int8' ? 'int8' : 'int4';
    case 'modelopt_fp4':
    case 'modelopt_nvfp4':
      return 'nvfp4';
    case 'compressed-tensors':
    case 'modelopt':
      return checkpoint;
    default:
      return QUANTIZATIONS.find((quantization) => quantization === method);
  }
}

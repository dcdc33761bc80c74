/**
 * The `quantization_config` of a Hugging Face `config.json` → precision of the linear layers. Understands the formats of
 * the usual checkpoints: fp8, compressed-tensors, ModelOpt, AWQ, GPTQ, MXFP4.
 */
import { InputError } from '../core/input-error.ts';
import { QUANTIZATIONS, type Quantization } from './quantization.ts';

type Json = Readonly<Record<string, unknown>>;

/** The precision of the checkpoint; `bf16` without a quantization_config. */
export function quantizationOfConfig(config: Json | null, where: string): Quantization {
  if (config === null) return 'bf16';
  const method = String(config.quant_method ?? config.quant_algo ?? '').toLowerCase();
  const found = quantizationOf(method, config);
  if (found !== null) return found;
  throw new InputError(
    `${where}: the quantization_config (quant_method "${method}") is not modelled. ` +
      `Modelled: ${QUANTIZATIONS.join(', ')}, that is fp8, compressed-tensors, modelopt, awq, gptq and mxfp4 checkpoints ` +
      'with 8-bit floating-point weights and activations, or with 4- or 8-bit weights only.',
  );
}

function quantizationOf(method: string, config: Json): Quantization | null {
  switch (method) {
    case 'fp8':
    case 'fbgemm_fp8':
      return config.weight_block_size == null ? 'fp8' : 'fp8_block';
    case 'awq':
      return Number(config.bits ?? 4) === 4 ? 'int4' : null;
    case 'gptq':
      return weightsOnly(Number(config.bits));
    case 'mxfp4':
      return 'mxfp4';
    case 'modelopt':
    case 'modelopt_fp4':
      return ofModelOpt(config);
    case 'compressed-tensors':
      return ofCompressedTensors(config);
    default:
      return null;
  }
}

function weightsOnly(bits: number): Quantization | null {
  if (bits === 4) return 'int4';
  return bits === 8 ? 'int8' : null;
}

function ofModelOpt(config: Json): Quantization | null {
  const inner = isObject(config.quantization) ? config.quantization : config;
  switch (String(inner.quant_algo ?? '').toUpperCase()) {
    case 'FP8':
      return 'fp8';
    case 'NVFP4':
      return 'nvfp4';
    default:
      return null;
  }
}

/** One group of layers with one scheme, as the usual recipes write them. */
function ofCompressedTensors(config: Json): Quantization | null {
  const groups = isObject(config.config_groups) ? Object.values(config.config_groups) : [];
  const group = groups[0];
  if (groups.length !== 1 || !isObject(group) || !isObject(group.weights)) return null;
  const { num_bits: bits, type, strategy } = group.weights;
  const activations = isObject(group.input_activations);
  if (type === 'float') {
    if (bits === 8) return strategy === 'block' ? 'fp8_block' : 'fp8';
    return bits === 4 && activations ? 'nvfp4' : null;
  }
  return activations ? null : weightsOnly(Number(bits));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

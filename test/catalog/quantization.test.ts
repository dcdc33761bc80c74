import { describe, expect, it } from 'vitest';
import {
  bytesPerKvElement,
  bytesPerWeight,
  parseKvCacheDtype,
  quantizationOfMethod,
} from '../../src/catalog/quantization.ts';
import { quantizationOfConfig } from '../../src/catalog/quantization-config.ts';
import { InputError } from '../../src/core/input-error.ts';

describe('bytesPerWeight', () => {
  it('holds the scales', () => {
    expect(bytesPerWeight('fp8_block')).toBe(1 + 4 / 16384);
    expect(bytesPerWeight('int4')).toBe(0.51953125);
    expect(bytesPerWeight('nvfp4')).toBe(0.5625);
    expect(bytesPerWeight('mxfp4')).toBe(0.53125);
  });
});

describe('parseKvCacheDtype', () => {
  it('knows two bytes from one', () => {
    expect(bytesPerKvElement(parseKvCacheDtype('auto', 'x'))).toBe(2);
    expect(bytesPerKvElement(parseKvCacheDtype('fp8_e5m2', 'x'))).toBe(1);
  });

  it('tells a name of vLLM that is not modelled from one that nobody knows', () => {
    expect(() => parseKvCacheDtype('nvfp4', '--kv-cache-dtype')).toThrow(/"nvfp4" of vLLM is not modelled/);
    expect(() => parseKvCacheDtype('fp9', '--kv-cache-dtype')).toThrow(
      /unknown KV cache dtype "fp9".*Did you mean "fp8"/,
    );
  });
});

describe('quantizationOfMethod', () => {
  it('quantises a bf16 checkpoint, and reads a quantised one as it is', () => {
    expect(quantizationOfMethod('fp8', 'bf16', 'x')).toBe('fp8');
    expect(quantizationOfMethod('fp8', 'fp8_block', 'x')).toBe('fp8_block');
    expect(quantizationOfMethod('awq_marlin', 'bf16', 'x')).toBe('int4');
    expect(quantizationOfMethod('gptq', 'int8', 'x')).toBe('int8');
    expect(quantizationOfMethod('compressed-tensors', 'fp8', 'x')).toBe('fp8');
    expect(() => quantizationOfMethod('bitsandbytes', 'bf16', '--quantization')).toThrow(InputError);
  });

  it('refuses to read a checkpoint as something else than it is, as vLLM does', () => {
    expect(() => quantizationOfMethod('fp8', 'int4', '--quantization')).toThrow(/whose weights are int4/);
  });
});

describe('quantizationOfConfig', () => {
  const compressed = (weights: object, activations: object | null) => ({
    quant_method: 'compressed-tensors',
    config_groups: { group_0: { weights, input_activations: activations } },
  });

  it.each([
    [null, 'bf16'],
    [{ quant_method: 'fp8' }, 'fp8'],
    [{ quant_method: 'fp8', weight_block_size: [128, 128] }, 'fp8_block'],
    [{ quant_method: 'awq', bits: 4 }, 'int4'],
    [{ quant_method: 'gptq', bits: 8 }, 'int8'],
    [{ quant_method: 'mxfp4' }, 'mxfp4'],
    [{ quant_method: 'modelopt', quantization: { quant_algo: 'NVFP4' } }, 'nvfp4'],
    [compressed({ num_bits: 8, type: 'float', strategy: 'channel' }, { num_bits: 8 }), 'fp8'],
    [compressed({ num_bits: 8, type: 'float', strategy: 'block' }, { num_bits: 8 }), 'fp8_block'],
    [compressed({ num_bits: 4, type: 'int', strategy: 'group' }, null), 'int4'],
  ] as const)('reads %j as %s', (config, quantization) => {
    expect(quantizationOfConfig(config, 'config.json')).toBe(quantization);
  });

  it('refuses 8-bit integer activations and formats it does not know, by name', () => {
    const w8a8 = compressed({ num_bits: 8, type: 'int', strategy: 'channel' }, { num_bits: 8 });
    expect(() => quantizationOfConfig(w8a8, 'config.json')).toThrow(/compressed-tensors/);
    expect(() => quantizationOfConfig({ quant_method: 'bitsandbytes' }, 'config.json')).toThrow(/bitsandbytes/);
  });
});

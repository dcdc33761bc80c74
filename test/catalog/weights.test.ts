import { describe, expect, it } from 'vitest';
import { dividesInto, weightBytesPerGpu } from '../../src/catalog/weights.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const catalog = repositoryCatalog();
const model = (name: string) => catalog.model(name)!;
const GIB = 2 ** 30;

describe('weights on one GPU', () => {
  it.each(['mixtral-8x7b', 'qwen3-30b-a3b', 'qwen3-235b-a22b', 'gemma-3-27b', 'llama-4-scout', 'kimi-k2'])(
    'of %s are those of its checkpoint',
    (name) => {
      const { quantization, safetensorsBytes } = model(name);
      const ratio = weightBytesPerGpu(model(name), quantization, 1) / safetensorsBytes!;
      // Kimi K2: a copy of the keys' and values' matrix in bf16 is not in the checkpoint.
      expect(Math.abs(ratio - 1)).toBeLessThan(0.002);
    },
  );

  // "Model loading took": github.com/vllm-project/vllm/issues/17469 (4 GPUs, bf16), issues/33155 (H100, vLLM 0.14.1).
  it.each([
    { name: 'qwen3-30b-a3b', tp: 4, gib: 14.2474 },
    { name: 'gpt-oss-120b', tp: 1, gib: 64.38 },
  ])('of $name at tensor_parallel_size $tp are the $gib GiB that a server printed', ({ name, tp, gib }) => {
    const bytes = weightBytesPerGpu(model(name), model(name).quantization, tp);
    expect(Math.abs(bytes / GIB / gib - 1)).toBeLessThan(0.005);
  });

  it('hold every expert cut by its width, and routers and norms whole', () => {
    const mixtral = model('mixtral-8x7b');
    const whole = 32 * 4096 * 8 + (32 * 2 + 1) * 4096;
    const rest = weightBytesPerGpu(mixtral, 'bf16', 1) / 2 - whole;
    expect(weightBytesPerGpu(mixtral, 'bf16', 8)).toBe((rest / 8 + whole) * 2);
  });

  it('hold the projections into the latent space whole, and a second bf16 copy of what decoding multiplies by', () => {
    const r1 = model('deepseek-r1');
    const [one, two] = [1, 2].map((tp) => weightBytesPerGpu(r1, 'bf16', tp) / 2) as [number, number];
    const down = 61 * (7168 * (1536 + 512 + 64) + 1536 + 512);
    const routers = 58 * (7168 * 256 + 256);
    const norms = (61 * 2 + 1) * 7168;
    expect(2 * two - one).toBe(down + routers + norms);
    const block = 1 + 4 / 128 ** 2;
    const keysAndValues = 61 * 512 * 128 * 256;
    const bf16 = routers + norms + 61 * (1536 + 512) + 2 * 129_280 * 7168;
    expect(weightBytesPerGpu(r1, 'fp8_block', 1)).toBe(Math.ceil((one - bf16) * block + (bf16 + keysAndValues) * 2));
  });

  it('of an MXFP4 model with experts are bf16 in its attention', () => {
    const oss = model('gpt-oss-20b');
    const thinner = { ...oss, heads: oss.heads / 2, attentionSinks: false };
    const attention = 24 * (2 * 2880 * 32 * 64 + 32 * 64 + 64);
    const difference = weightBytesPerGpu(oss, 'mxfp4', 1) - weightBytesPerGpu(thinner, 'mxfp4', 1);
    expect(difference).toBe(attention * 2);
  });

  it('are cut into ranks that divide heads and every width', () => {
    const ranks = (name: string) => [1, 2, 4, 8, 16, 32].filter((tp) => dividesInto(model(name), tp));
    expect(ranks('gpt-oss-120b')).toEqual([1, 2, 4, 8, 16, 32]);
    // 40 query heads.
    expect(ranks('llama-4-scout')).toEqual([1, 2, 4, 8]);
    // Experts of 768.
    expect(
      dividesInto({ ...model('qwen3-30b-a3b'), moe: { ...model('qwen3-30b-a3b').moe!, intermediate: 770 } }, 4),
    ).toBe(false);
  });
});

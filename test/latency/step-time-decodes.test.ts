import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batch, kernelTime, type Setup, stepTime } from './fixtures.ts';

/** Layers that see all of their context: grouped and latent attention, dense and with experts, in several precisions. */
const SETUPS: Setup[] = [
  { model: 'llama-3.1-8b', gpu: 'h100-sxm' },
  { model: 'llama-3.1-8b', gpu: 'rtx4090', cudagraphCaptureSizes: [] },
  { model: 'llama-3.1-8b', gpu: 'h100-sxm', kvCacheDtype: 'fp8', cudagraphCaptureSizes: [1, 2, 4, 8] },
  { model: 'llama-3.1-70b', gpu: 'h200-sxm', tensorParallelSize: 4, quantization: 'fp8' },
  { model: 'qwen3-32b', gpu: 'b200-sxm', tensorParallelSize: 2 },
  { model: 'qwen3-30b-a3b', gpu: 'h100-sxm', tensorParallelSize: 2 },
  { model: 'mixtral-8x7b', gpu: 'a100-sxm', tensorParallelSize: 4 },
  { model: 'deepseek-v3', gpu: 'h200-sxm', tensorParallelSize: 8, quantization: 'fp8' },
  // These know no shorter way and take the long one.
  { model: 'llama-3.1-70b', gpu: 'h100-sxm', tensorParallelSize: 2, pipelineParallelSize: 2 },
  { model: 'qwen3-30b-a3b', gpu: 'h100-sxm', dataParallelSize: 2, expertParallel: true },
];

const name = ({ model, gpu, tensorParallelSize, quantization }: Setup) =>
  [model, gpu, tensorParallelSize ?? 1, quantization ?? 'bf16'].join(' ');

describe('many steps of decodes at once', () => {
  it.each(SETUPS.map((setup) => [name(setup), setup] as const))(
    'last as long as each alone, to the bit: %s',
    (_, setup) => {
      const time = stepTime(setup);
      const kernels = kernelTime(setup);
      const contexts = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 300, size: 'max' });
      fc.assert(
        fc.property(contexts, fc.integer({ min: 1, max: 40 }), (contexts, count) => {
          const durationsUs = new Float64Array(count + 1);
          time.decodesUs(batch(contexts, []), count, durationsUs);
          const later = (steps: number) =>
            batch(
              contexts.map((context) => context + steps),
              [],
            );
          const alone = Array.from({ length: count }, (_, i) => time.durationUs(later(i)));
          expect([...durationsUs]).toEqual([...alone, 0]);
          const kernelsUs = kernels.decodes?.(contexts.length) ?? null;
          const us = new Float64Array(2);
          const last = later(count);
          kernelsUs?.(last.decodeContextTokens, last.decodeMaxContextTokens, 1, us);
          if (kernelsUs !== null) expect([...us]).toEqual([kernels.us(last), 0]);
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(SETUPS.slice(0, 8).map((setup) => [name(setup), setup] as const))(
    'are known from the sum of the contexts and the longest alone: %s',
    (_, setup) => {
      expect(kernelTime(setup).decodes?.(8)).toBeTypeOf('function');
    },
  );

  it.each([
    ['layers with a window', { model: 'gpt-oss-20b', gpu: 'h100-sxm' }],
    ['layers with chunks', { model: 'llama-4-scout', gpu: 'h100-sxm', tensorParallelSize: 4 }],
    ['a pipeline', { model: 'llama-3.1-8b', gpu: 'h100-sxm', pipelineParallelSize: 2 }],
    [
      'a drafter',
      { model: 'llama-3.1-8b', gpu: 'h100-sxm', drafting: { drafter: { kind: 'lookup' }, draftTokens: 3 } },
    ],
  ] satisfies [string, Setup][])('are not with %s', (_, setup) => {
    expect(kernelTime(setup).decodes?.(8) ?? null).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { allGather, handOver, reduceScatter } from '../../src/latency/collectives.ts';
import { batch, CAPTURE_SIZES, catalog, decodes, kernelTime, type Setup } from './fixtures.ts';

const QWEN: Setup = { model: 'qwen3-30b-a3b', gpu: 'h100-sxm' };
const shapes = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 }),
    fc.array(fc.tuple(fc.integer({ min: 2, max: 4096 }), fc.nat(8000)), { maxLength: 2 }),
  )
  .filter(([contexts, chunks]) => contexts.length + chunks.length > 0)
  .map(([contexts, chunks]): BatchShape => batch(contexts, chunks));

describe('every model of the catalog', () => {
  it.each(catalog.modelNames())('%s has finite, positive parts that add up, on a server of eight H200', (name) => {
    const { quantization } = catalog.model(name)!;
    const time = kernelTime({ model: name, gpu: 'h200-sxm', tensorParallelSize: 4, quantization });
    for (const shape of [decodes(1, 10), decodes(64, 3000), batch([500, 9000], [[2048, 0]]), batch([], [[16, 9000]])]) {
      const parts = Object.values(time.parts(shape));
      expect(parts.every((part) => Number.isFinite(part) && part >= 0)).toBe(true);
      expect(time.us(shape)).toBeCloseTo(
        parts.reduce((sum, part) => sum + part, 0),
        6,
      );
    }
  });

  it.each(catalog.gpuNames())('Llama-3.1-8B runs on %s', (gpu) => {
    const us = kernelTime({ model: 'llama-3.1-8b', gpu }).us(decodes(16, 1000));
    // At least the weights have to be read, at most at a third of the bandwidth.
    const reading = 16e9 / (catalog.gpu(gpu)!.bandwidthTbs * 1e6);
    expect(us).toBeGreaterThan(0.95 * reading);
    expect(us).toBeLessThan(3 * reading);
  });
});

describe('layers with a window', () => {
  const window = { kind: 'sliding', tokens: 128 } as const;
  const time = kernelTime({ model: 'gpt-oss-120b', gpu: 'h100-sxm', quantization: 'mxfp4', tensorParallelSize: 2 });
  const attention = (context: number) =>
    time.parts(
      batch(
        Array.from({ length: 32 }, () => context),
        [],
        window,
      ),
    ).attention;

  it('cost the same for every context beyond it, so that half of gpt-oss grows with it', () => {
    const full = kernelTime({ model: 'gpt-oss-120b', gpu: 'h100-sxm', quantization: 'mxfp4', tensorParallelSize: 2 });
    const everything = (context: number) => full.parts(decodes(32, context)).attention;
    expect(attention(9000) - attention(5000)).toBeCloseTo((everything(9000) - everything(5000)) / 2, 6);
  });
});

describe('pipeline parallelism', () => {
  it('deals the layers to stages whose times add up to the step', () => {
    const time = kernelTime({
      model: 'llama-3.1-70b',
      gpu: 'h100-sxm',
      tensorParallelSize: 2,
      pipelineParallelSize: 4,
    });
    fc.assert(
      fc.property(shapes, (shape) => {
        const stages = time.stagesUs(shape);
        expect(stages).toHaveLength(4);
        expect(time.us(shape)).toBeCloseTo(
          stages.reduce((sum, us) => sum + us, 0),
          6,
        );
        const parts = Object.values(time.parts(shape));
        expect(time.us(shape)).toBeCloseTo(
          parts.reduce((sum, part) => sum + part, 0),
          6,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('costs the hand-overs more than one stage does', () => {
    const setup: Setup = { model: 'llama-3.1-70b', gpu: 'h100-sxm', tensorParallelSize: 2 };
    const kernels = catalog.kernels('h100-sxm')!;
    const handed = handOver({ kernels, interconnect: null, hidden: 8192 }, 2)(32);
    const one = kernelTime(setup).us(decodes(32, 1000));
    expect(kernelTime({ ...setup, pipelineParallelSize: 4 }).us(decodes(32, 1000))).toBeCloseTo(one + 3 * handed, 6);
  });

  it('has one stage otherwise', () => {
    const time = kernelTime(QWEN);
    expect(time.stagesUs(decodes(8, 100))).toEqual([time.us(decodes(8, 100))]);
  });
});

describe('data-parallel ranks of a model with experts', () => {
  const setup: Setup = { ...QWEN, dataParallelSize: 4, expertParallel: true };
  const time = kernelTime(setup);

  it('gather the tokens of all, run the experts over them and scatter the sums', () => {
    const on = { kernels: catalog.kernels('h100-sxm')!, interconnect: null, hidden: 2048 };
    const exchange = allGather(on, 4)(4 * 32) + reduceScatter(on, 4)(4 * 32);
    const parts = kernelTime({ ...setup, dataParallelSize: 1, expertParallel: false }).parts(decodes(32, 1000));
    const alone = parts.gemm + parts.attention + parts.smallKernels + parts.lmHead + parts.sampler;
    const experts = time.parts(decodes(128, 1000)).experts;
    const same = Array.from({ length: 4 }, () => decodes(32, 1000));
    expect(time.lockStepUs(same)).toBeCloseTo(alone + experts + 48 * exchange, 6);
  });

  it('wait for the slowest, whichever it is', () => {
    const slow = decodes(32, 30_000);
    const quick = decodes(32, 100);
    expect(time.lockStepUs([slow, quick, quick, quick])).toBe(time.lockStepUs([quick, quick, slow, quick]));
    expect(time.lockStepUs([slow, quick, quick, quick])).toBeGreaterThan(time.lockStepUs([quick, quick, quick, quick]));
  });

  it('are padded to the largest count if all fit a CUDA graph, else not at all', () => {
    const with64 = [decodes(64, 100), decodes(3, 100), null, null];
    const padded = [decodes(64, 100), decodes(64, 100), null, null];
    expect(time.lockStepUs(with64)).toBe(time.lockStepUs(padded));
    const prompt = batch([], [[2000, 0]]);
    const largest = CAPTURE_SIZES.at(-1)!;
    expect(largest).toBeLessThan(2000);
    expect(time.lockStepUs([prompt, decodes(3, 100), null, null])).toBeLessThan(
      time.lockStepUs([prompt, decodes(500, 100), null, null]),
    );
  });

  it('run a dummy step where they have no work', () => {
    expect(time.us(decodes(8, 100))).toBe(time.lockStepUs([decodes(8, 100), null, null, null]));
    expect(time.lockStepUs([null, null, null, null])).toBeGreaterThan(0);
  });

  it('share the tokens of a layer with experts among tensor-parallel ranks too', () => {
    const sharing = kernelTime({ ...setup, tensorParallelSize: 2, dataParallelSize: 4 });
    const shape = [decodes(32, 1000), decodes(32, 1000), null, null];
    expect(sharing.lockStepUs(shape)).toBeGreaterThan(0);
    expect(() => kernelTime({ ...setup, tensorParallelSize: 4, dataParallelSize: 4 })).toThrow(
      /no measured all-gather between 16 x h100-sxm/,
    );
  });

  it('are refused together with pipeline parallelism', () => {
    expect(() => kernelTime({ ...setup, pipelineParallelSize: 2 })).toThrow(/pipeline_parallel_size 2/);
  });
});

describe('notes', () => {
  it('name what is scaled, which way the GPUs talk and what eager execution leaves out', () => {
    const mi300x = kernelTime({ model: 'llama-3.1-8b', gpu: 'mi300x' });
    expect(mi300x.notes.join()).toMatch(/mi300x: kernel times scaled from h200-sxm .*27 % too fast/);
    expect(kernelTime({ model: 'llama-3.1-8b', gpu: 'h100-sxm' }).notes).toEqual([]);
    const l40s = kernelTime({ model: 'llama-3.1-8b', gpu: 'l40s', tensorParallelSize: 2, cudagraphCaptureSizes: [] });
    expect(l40s.notes.join()).toContain('interconnect: pcie_switch');
    expect(l40s.notes.join()).toContain('without CUDA graphs');
  });
});

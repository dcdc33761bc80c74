import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/report/study-report.ts';
import { sweepOf } from '../../src/report/sweep-axes.ts';
import { variantsOf } from '../../src/report/variants.ts';

/** Runs of which only what they vary in matters. */
const runs = (...variants: (Record<string, unknown> & { name?: string })[]) =>
  variants.map(
    ({ name, ...variant }) => ({ variant, variantName: name ?? null, seed: 1, title: 't' }) as unknown as RunReport,
  );

const axesOf = (...variants: Parameters<typeof runs>) =>
  sweepOf(variantsOf(runs(...variants))).axes.map(({ header, values, isNumeric }) => ({
    header,
    values: values.map(({ text, number }) => (isNumeric ? number : text)),
  }));

describe('what a study sweeps', () => {
  test('is an axis for each setting, numbers in ascending order', () => {
    const grid = [4, 2].flatMap((tp) =>
      ['h200-sxm', 'h100-sxm'].map((gpu) => ({ 'deployment.tensor_parallel_size': tp, 'deployment.gpu': gpu })),
    );
    expect(axesOf(...grid)).toEqual([
      { header: 'TP', values: [2, 4] },
      { header: 'GPU', values: ['h200-sxm', 'h100-sxm'] },
    ]);
  });

  test('reads token counts, durations and percentages as numbers, if all of them are', () => {
    const values = (...texts: unknown[]) => axesOf(...texts.map((a) => ({ 'x.a': a })))[0]!.values;
    expect(values('8k', '16K', 4000)).toEqual([4000, 8000, 16384]);
    expect(values('90s', '1m')).toEqual([60, 90]);
    expect(values('5%', '2.5%')).toEqual([2.5, 5]);
    expect(values('8k', 'auto')).toEqual(['8k', 'auto']);
    expect(values(1, 'inf')).toEqual(['1', 'inf']);
  });

  test('takes settings that change together as one', () => {
    const zip = [
      { 'a.gpu': 'h100-sxm', 'a.tensor_parallel_size': 2 },
      { 'a.gpu': 'h200-sxm', 'a.tensor_parallel_size': 1 },
    ];
    expect(axesOf(...zip)).toEqual([{ header: 'GPU, TP', values: ['h100-sxm, 2', 'h200-sxm, 1'] }]);
  });

  test('takes the names of variants as one, beside the settings that no name settles', () => {
    const named = ['plain', 'fp8'].flatMap((name) =>
      [1, 2].map((rate) => ({
        name,
        'workload.request_rate': rate,
        ...(name === 'fp8' ? { 'deployment.kv_cache_dtype': 'fp8' } : {}),
      })),
    );
    expect(axesOf(...named)).toEqual([
      { header: 'variant', values: ['plain', 'fp8'] },
      { header: 'requests/s', values: [1, 2] },
    ]);
    expect(variantsOf(runs(...named)).map(({ title }) => title)).toEqual([
      'plain, 1 requests/s',
      'plain, 2 requests/s',
      'fp8, 1 requests/s',
      'fp8, 2 requests/s',
    ]);
  });

  test('tells where each variant stands', () => {
    const variants = variantsOf(runs({ 'x.a': 8, 'x.b': 'p' }, { 'x.a': 4, 'x.b': 'q' }, { 'x.a': 4, 'x.b': 'p' }));
    const { placeOf } = sweepOf(variants);
    expect(variants.map(placeOf)).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });
});

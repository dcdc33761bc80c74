import { describe, expect, test } from 'vitest';
import { parsePrices } from '../../src/catalog/prices.ts';
import { resolvedStudyYaml } from '../../src/config/resolved-yaml.ts';
import { errorLines, resolveText, studyText } from './fixtures.ts';

const quoted = { date: '2026-04', source: 'made up' };
const priceBook = parsePrices(
  {
    gpus: [
      { gpu: 'h100-sxm', gpus: 1, on_demand: 2, spot: 0.5, ...quoted },
      { gpu: 'h100-sxm', gpus: 8, on_demand: 15, spot: null, ...quoted },
      { gpu: 'a100-sxm', gpus: 1, on_demand: 1, spot: null, ...quoted },
    ],
    apis: [{ id: 'deepseek', name: 'DeepSeek', input: 0.55, output: 2.19, ...quoted }],
  },
  'prices.json',
);

const runOf = (...rest: string[]) => resolveText(studyText(undefined, rest), { priceBook }).runs[0]!;
const prices = (...rest: string[]) => runOf(...rest).prices;

describe('prices', () => {
  test('are those of the book for the GPUs of the run, and no API', () => {
    const { gpus, api } = prices();
    expect(Object.keys(gpus)).toEqual(['h100-sxm']);
    expect(gpus['h100-sxm']!.map(({ on_demand }) => on_demand)).toEqual([2, 15]);
    expect(api).toBeNull();
  });

  test('of the study replace all of the book for that GPU', () => {
    const { gpus } = prices('prices: { gpu: { h100-sxm: { on_demand: 2.4 } } }');
    expect(gpus['h100-sxm']).toMatchObject([{ gpus: 1, on_demand: 2.4, spot: null }]);
  });

  test('can be those of the study alone', () => {
    expect(prices('prices: { book: none }')).toEqual({ gpus: {}, api: null });
  });

  test('of an API come by name from the book, or as they are given', () => {
    expect(prices('prices: { api: deepseek }').api).toMatchObject({ input: 0.55, output: 2.19 });
    expect(prices('prices: { api: { input: 1, output: 4 } }').api).toMatchObject({ name: 'API', input: 1, output: 4 });
  });

  test('for a GPU or an API that nobody knows are refused with the nearest name', () => {
    const study = (line: string) => () => resolveText(studyText(undefined, [line]), { priceBook });
    expect(errorLines(study('prices: { gpu: { h100-smx: { spot: 1 } } }'))).toEqual([
      'study.yaml:7:18 prices.gpu: unknown GPU "h100-smx". Did you mean "h100-sxm"?',
    ]);
    expect(errorLines(study('prices: { api: deepsek }'))[0]).toContain('Did you mean "deepseek"?');
    expect(errorLines(study('prices: { gpu: { h100-sxm: { on_demand: 0 } } }'))[0]).toContain(
      'read 0, expected a number above 0',
    );
  });

  test('enter the id of a run, their source does not', () => {
    const other = {
      ...priceBook,
      gpus: { 'h100-sxm': priceBook.gpus['h100-sxm']!.map((o) => ({ ...o, source: 'x' })) },
    };
    expect(resolveText(studyText(), { priceBook: other }).runs[0]!.run_id).toBe(runOf().run_id);
    expect(runOf('prices: { gpu: { h100-sxm: { on_demand: 3 } } }').run_id).not.toBe(runOf().run_id);
  });

  test('are written out in full, so that the run can be repeated under another book', () => {
    const run = runOf('prices: { api: deepseek }');
    const again = resolveText(resolvedStudyYaml(run)).runs[0]!;
    expect(again.run_id).toBe(run.run_id);
  });
});

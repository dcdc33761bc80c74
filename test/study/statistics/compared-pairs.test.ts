import { expect, test } from 'vitest';
import { comparedPairs, measuredPairs } from '../../../src/study/statistics/compared-pairs.ts';

const variants = ['a', 'b', 'c', 'd'].map((x) => ({ variant: { x }, runs: [], options: {} }));
const comparison = (x: string, of: string) => ({ variant: { x }, baseline: { x: of }, same_load: x !== 'd' });

test('variants and baselines are found by their settings; whom the study compares with none, or with what was not run, has none', () => {
  const comparisons = [comparison('a', 'c'), comparison('b', 'gone'), comparison('d', 'c')];
  expect(comparedPairs({ comparisons }, variants)).toEqual([
    { baseline: 2, sameLoad: true },
    null,
    null,
    { baseline: 2, sameLoad: false },
  ]);
});

test('every variant is measured once, before or after those that it is compared with', async () => {
  const pairs = comparedPairs(
    { comparisons: [comparison('a', 'c'), comparison('b', 'a'), comparison('d', 'c')] },
    variants,
  );
  const measuredPlaces: number[] = [];
  const measure = async (index: number) => {
    measuredPlaces.push(index);
    return index;
  };
  const seen = [];
  for await (const each of measuredPairs(pairs, measure)) seen.push(each);
  expect(seen).toEqual([
    { own: 0, of: 2 },
    { own: 1, of: 0 },
    { own: 2, of: null },
    { own: 3, of: 2 },
  ]);
  expect(measuredPlaces).toEqual([0, 2, 1, 3]);
});

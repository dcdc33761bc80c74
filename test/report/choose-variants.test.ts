import { expect, test } from 'vitest';
import { choose } from '../../src/report/choose-variants.ts';
import { variantsOf } from '../../src/report/variants.ts';
import { judged, run, variant } from './answers.ts';

/** One variant for each TTFT p99 in milliseconds; the limit is 2,000. */
const withTtft = (latencies: readonly number[]) =>
  variantsOf(latencies.map((ms, i) => variant({ n: i }, {}, judged(ms, 30))));
const titles = (chosen: ReturnType<typeof choose>) => chosen.variants.map(({ title }) => title);

test('few variants are all chosen', () => {
  const variants = withTtft([9000, 100]);
  expect(choose(variants, 3)).toEqual({ variants, words: '' });
});

test('those that meet the SLO go first, then the nearest to it, in the order of the study', () => {
  const chosen = choose(withTtft([9000, 100, 4000, 3000, 200]), 3);
  expect(titles(chosen)).toEqual(['n 1', 'n 3', 'n 4']);
  expect(chosen.words).toBe('The 2 variants that meet the SLO and the 1 nearest to it; the other 2 are in the tables.');
});

test('where none meets it, the nearest', () => {
  const chosen = choose(withTtft([9000, 5000, 4000, 3000]), 2);
  expect(titles(chosen)).toEqual(['n 2', 'n 3']);
  expect(chosen.words).toBe('The 2 variants nearest to the SLO; the other 2 are in the tables.');
});

test('where too many meet it, and without an SLO, evenly spread with the first and the last', () => {
  expect(titles(choose(withTtft([100, 200, 300, 400, 500, 9000]), 3))).toEqual(['n 0', 'n 2', 'n 4']);
  const plain = variantsOf([0, 1, 2, 3, 4].map((n) => run({}, {}, { variant: { n } })));
  const chosen = choose(plain, 3);
  expect(titles(chosen)).toEqual(['n 0', 'n 2', 'n 4']);
  expect(chosen.words).toBe('3 of 5 variants, evenly spread; the other 2 are in the tables.');
});

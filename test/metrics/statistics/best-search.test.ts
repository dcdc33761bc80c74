import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { type Best, type BestOptions, bestSearch } from '../../../src/metrics/statistics/best-search.ts';

/** Values of a candidate and a seed: goodput against at least 0.9, and the objective. */
type Measure = (candidate: number, seed: number) => readonly [goodput: number, cost: number];

function search(candidates: number, measure: Measure, options: Partial<BestOptions> = {}) {
  const asked = new Array<number>(candidates).fill(0);
  const going = bestSearch({
    ...{ candidates, targets: [{ bound: 'at_least', limit: 0.9 }], objective: 'min' },
    ...options,
  });
  let step = going.next();
  while (!step.done)
    step = going.next(
      step.value.map(({ candidate, from, to }) => {
        // Replications are asked for in order, each once.
        expect(from).toBe(asked[candidate]);
        asked[candidate] = to;
        return { rows: Array.from({ length: to - from }, (_, i) => measure(candidate, from + i)), refusal: null };
      }),
    );
  const found: Best = step.value;
  return { ...found, asked };
}

const noise = (candidate: number, seed: number) => randomStreams(seed)(`noise/${candidate}`)() - 0.5;

describe('the best under constraints', () => {
  it('without noise is the least of those that meet the targets, whatever the values are', () => {
    const candidate = fc.record({ meets: fc.boolean(), cost: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1, maxLength: 12 }), (all) => {
        const { best, tied, open, asked } = search(all.length, (i) => [all[i]!.meets ? 1 : 0, all[i]!.cost]);
        const least = Math.min(...all.filter(({ meets }) => meets).map(({ cost }) => cost));
        const expected = [...all.keys()].filter((i) => all[i]!.meets && all[i]!.cost === least);
        expect([best === null ? [] : [best], tied].flat().sort((a, b) => a - b)).toEqual(expected);
        expect(open).toEqual([]);
        expect(asked.every((replications) => replications === 5)).toBe(true);
      }),
    );
  });

  it('is sought with more replications among contenders only', () => {
    // 0 fails, 1 and 2 are close, 3 costs far more.
    const costs = [1, 2, 2.02, 9];
    const { best, beatenBy, asked } = search(4, (i, seed) => [i === 0 ? 0 : 1, costs[i]! + 0.05 * noise(i, seed)]);
    expect(best).toBe(1);
    expect(beatenBy.get(3)).toBe(1);
    expect([asked[0], asked[3]]).toEqual([5, 5]);
    expect(Math.min(asked[1]!, asked[2]!)).toBeGreaterThan(5);
  });

  it('is told by paired differences: what both share does not matter', () => {
    const shared = (seed: number) => 100 * noise(99, seed);
    const { best, asked } = search(2, (i, seed) => [1, 200 + shared(seed) + i]);
    expect([best, asked]).toEqual([0, [5, 5]]);
  });

  it('drops what is undecided and could not be better', () => {
    // The second stays undecided; it costs the same as the first, which meets the target.
    const { best, open, beatenBy, asked } = search(2, (i, seed) => [i === 0 ? 1 : 0.9 + 0.05 * (-1) ** seed, 3]);
    expect({ best, open, asked }).toEqual({ best: 0, open: [], asked: [5, 5] });
    expect(beatenBy.get(1)).toBe(0);
  });

  it('keeps what is undecided and may be better, and says so', () => {
    const { best, open, asked } = search(2, (i, seed) => [i === 0 ? 1 : 0.9 + 0.05 * (-1) ** seed, 3 - i]);
    expect({ best, open, asked }).toEqual({ best: 0, open: [1], asked: [40, 40] });
  });

  it('may be the greatest', () => {
    expect(search(3, (i) => [1, i], { objective: 'max' }).best).toBe(2);
  });

  it('has an objective that was measured', () => {
    expect(search(2, (i) => [1, i === 0 ? Number.NaN : 5])).toMatchObject({ best: 1, tied: [], open: [] });
    expect(search(1, () => [1, Number.NaN])).toMatchObject({ best: null });
  });

  it('is wrong in at most 5 of 100 studies, where wrong is one that fails its target or is not the best', () => {
    let [wrong, exact] = [0, 0];
    for (let study = 0; study < 100; study++) {
      // The two cheapest fail the target by a little; 2 is the best of the others by a little.
      const means = [0.88, 0.89, 0.92, 0.92, 0.95];
      const { best } = search(
        5,
        (i, seed) => [
          means[i]! + 0.05 * noise(i, 1000 * study + seed),
          1 + 0.1 * i + 0.2 * noise(i + 10, 1000 * study + seed),
        ],
        { most: 320 },
      );
      if (best === 0 || best === 1) wrong++;
      if (best === 2) exact++;
    }
    expect(wrong).toBeLessThanOrEqual(5);
    expect(exact).toBeGreaterThanOrEqual(95);
  });
});

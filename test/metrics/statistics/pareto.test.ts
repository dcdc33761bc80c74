import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paretoFront, paretoPlaces, type Sense } from '../../../src/metrics/statistics/pareto.ts';

describe('the Pareto front', () => {
  it('keeps what nothing beats in one objective without losing in another', () => {
    // Latency down, throughput up, dollars down.
    const candidates = [
      [100, 10, 2],
      [200, 20, 2],
      [200, 15, 2],
      [300, 20, 1],
      [100, 10, 3],
    ];
    expect(paretoFront(candidates, ['min', 'max', 'min'])).toEqual([0, 1, 3]);
    expect(paretoPlaces(candidates, ['min', 'max', 'min'])[2]).toEqual({ kind: 'dominated', by: 1 });
  });

  it('keeps all that are equal', () => {
    expect(
      paretoFront(
        [
          [1, 1],
          [1, 1],
        ],
        ['min', 'min'],
      ),
    ).toEqual([0, 1]);
  });

  it('leaves out a candidate without a value for some objective', () => {
    expect(
      paretoPlaces(
        [
          [1, null],
          [2, 2],
          [1, Number.NaN],
        ],
        ['min', 'min'],
      ).map(({ kind }) => kind),
    ).toEqual(['incomplete', 'front', 'incomplete']);
  });

  it('of one objective is its best', () => {
    expect(paretoFront([[3], [1], [2]], ['min'])).toEqual([1]);
    expect(paretoFront([[3], [1], [2]], ['max'])).toEqual([0]);
  });

  it('is what a comparison of every pair finds, and whoever is named as better is on it', () => {
    const objectives = fc.array(fc.constantFrom<Sense>('min', 'max'), { minLength: 1, maxLength: 4 });
    const cases = objectives.chain((senses) =>
      fc.tuple(
        fc.constant(senses),
        fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: senses.length, maxLength: senses.length }), {
          maxLength: 30,
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ([senses, candidates]) => {
        const gain = (a: number[], b: number[], i: number) => (senses[i] === 'min' ? b[i]! - a[i]! : a[i]! - b[i]!);
        const beats = (a: number[], b: number[]) =>
          senses.every((_, i) => gain(a, b, i) >= 0) && senses.some((_, i) => gain(a, b, i) > 0);
        const front = [...candidates.keys()].filter((i) => !candidates.some((other) => beats(other, candidates[i]!)));
        expect(paretoFront(candidates, senses)).toEqual(front);
        for (const [i, place] of paretoPlaces(candidates, senses).entries())
          if (place.kind === 'dominated') {
            expect(front).toContain(place.by);
            expect(beats(candidates[place.by]!, candidates[i]!)).toBe(true);
          }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { quantileOfSorted } from '../../../src/metrics/quantile.ts';
import { pooledQuantiles } from '../../../src/metrics/statistics/pooled-quantile.ts';

/** The values written out as often as the weights say. */
function writtenOut(units: readonly ArrayLike<number>[], weights: readonly number[], p: number): number | null {
  const values = units.flatMap((unit, i) => Array.from({ length: weights[i]! }, () => Array.from(unit)).flat());
  return quantileOfSorted(Float64Array.from(values).sort(), p);
}

describe('the quantile of units together', () => {
  it('is that of their values written out as often as the weights say', () => {
    const unit = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(unit, fc.nat(3)), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (drawn, p) => {
          const units = drawn.map(([values]) => values);
          const weights = drawn.map(([, weight]) => weight);
          const actual = pooledQuantiles(units)(p)(Uint32Array.from(weights));
          const expected = writtenOut(units, weights, p);
          if (expected === null) expect(actual).toBeNaN();
          else expect(actual).toBeCloseTo(expected, 10);
        },
      ),
    );
  });

  it('is the same for units of thousands of values, many of them alike', () => {
    const rng = randomStreams(1)('values');
    const units = [3000, 10, 0, 1700, 900].map((length) =>
      Float64Array.from({ length }, () => Math.floor(rng() * 700)),
    );
    const ofShares = pooledQuantiles(units);
    for (const weights of [
      [1, 1, 1, 1, 1],
      [0, 0, 1, 0, 3],
      [0, 5, 0, 0, 0],
      [2, 0, 4, 1, 0],
    ])
      for (const p of [0, 0.001, 0.5, 0.9, 0.999, 1])
        expect(ofShares(p)(Uint32Array.from(weights))).toBeCloseTo(writtenOut(units, weights, p)!, 9);
  });

  it('of nothing is no number', () => {
    expect(pooledQuantiles([])(0.5)(new Uint32Array(0))).toBeNaN();
    expect(pooledQuantiles([[1, 2]])(0.5)(Uint32Array.of(0))).toBeNaN();
  });
});

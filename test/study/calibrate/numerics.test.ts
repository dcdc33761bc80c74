import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimize } from '../../../src/study/calibrate/line-search.ts';
import { estimateCorrelations, gram, inverse } from '../../../src/study/calibrate/linear-solve.ts';

describe('search along a line', () => {
  it('finds the minimum of a parabola or a kink wherever it lies, from either side', async () => {
    const shape = fc.constantFrom<(distance: number) => number>(Math.abs, (distance) => distance ** 2);
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -50, max: 50, noNaN: true }), shape, async (minimum, of) => {
        const { x } = await minimize(async (at) => of(at - minimum), { start: 0, step: 0.1, tolerance: 1e-4 });
        expect(Math.abs(x - minimum)).toBeLessThan(2e-4);
      }),
    );
  });

  it('takes the best point it met, where the function is ragged', async () => {
    const seen: number[] = [];
    const ragged = async (x: number) => {
      const value = Math.abs(x - 1) + 0.01 * Math.sin(900 * x);
      seen.push(value);
      return value;
    };
    const { value } = await minimize(ragged, { start: 0, step: 0.1, tolerance: 1e-3 });
    expect(value).toBe(Math.min(...seen));
  });
});

describe('small systems', () => {
  it('the inverse undoes the matrix', () => {
    const entry = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, entry, entry), { minLength: 5, maxLength: 9 }), (rows) => {
        const matrix = gram(rows);
        const inverted = inverse(matrix);
        fc.pre(inverted !== null);
        const product = matrix.map((row) =>
          row.map((_, j) => row.reduce((sum, value, k) => sum + value * inverted![k]![j]!, 0)),
        );
        for (const [i, row] of product.entries())
          for (const [j, value] of row.entries()) expect(value).toBeCloseTo(i === j ? 1 : 0, 6);
      }),
    );
  });

  it('inverts a matrix whose first pivot is 0', () => {
    expect(
      inverse([
        [0, 2],
        [4, 0],
      ]),
    ).toEqual([
      [0, 0.25],
      [0.5, 0],
    ]);
  });

  it('has no inverse for columns that are multiples of each other', () => {
    expect(
      inverse(
        gram([
          [1, 2],
          [2, 4],
          [3, 6],
        ]),
      ),
    ).toBeNull();
    expect(
      estimateCorrelations([
        [1, 2],
        [2, 4],
        [3, 6],
      ]),
    ).toBeNull();
  });

  it('estimates of columns at a right angle are not correlated, those of near columns are, negatively', () => {
    expect(
      estimateCorrelations([
        [1, 0],
        [0, 1],
      ])![0]![1],
    ).toBeCloseTo(0, 12);
    // Two unknowns: the correlation is minus the cosine of the angle between the columns, (1 + 1.1) / sqrt(2 * 2.21).
    expect(
      estimateCorrelations([
        [1, 1],
        [1, 1.1],
      ])![0]![1],
    ).toBeCloseTo(-2.1 / Math.sqrt(2 * 2.21), 9);
  });
});

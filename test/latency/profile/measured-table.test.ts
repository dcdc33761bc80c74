import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers, lastKnot, measuredTable, timeAt } from '../../../src/latency/profile/measured-table.ts';

const table = (points: readonly (readonly number[])[]) =>
  measuredTable(points.map((row, i) => ({ axes: row.slice(0, -1), us: row.at(-1)!, at: `f.csv:${i + 2}` })));

it('gives the measured times at the measured points, whatever the order of the rows', () => {
  const line = table([
    [16, 30],
    [1, 10],
    [4, 12],
  ]);
  expect([1, 4, 16].map((x) => timeAt(line, x))).toEqual([10, 12, 30]);
});

it('is linear between two points, not in their logarithms', () => {
  // A quarter of the way from 4 to 16.
  expect(
    timeAt(
      table([
        [1, 10],
        [4, 12],
        [16, 30],
      ]),
      7,
    ),
  ).toBe(12 + 18 / 4);
});

it('holds the first time below the first point', () => {
  expect(
    timeAt(
      table([
        [16, 30],
        [32, 40],
      ]),
      1,
    ),
  ).toBe(30);
});

it('goes on beyond the last point with the slope of the upper half of the axis', () => {
  // 2032 to 2048 is flat; from 1024 to 2048 the time grows by 1024 us.
  const line = table([
    [1, 10],
    [1024, 1000],
    [2032, 2024],
    [2048, 2024],
  ]);
  expect(timeAt(line, 4096)).toBe(2024 + 2048);
});

it('never falls beyond the last point', () => {
  expect(
    timeAt(
      table([
        [8, 40],
        [16, 30],
      ]),
      100,
    ),
  ).toBe(30);
});

it('holds a single point everywhere', () => {
  expect([1, 8, 100].map((x) => timeAt(table([[8, 40]]), x))).toEqual([40, 40, 40]);
});

it('is linear in every axis of a box', () => {
  const plane = table([
    [0, 0, 1],
    [0, 10, 3],
    [4, 0, 5],
    [4, 10, 27],
  ]);
  // Half way along both axes: the mean of the corners.
  expect(timeAt(plane, 2, 5)).toBe((1 + 3 + 5 + 27) / 4);
});

it('has own points on the second axis for each of the first', () => {
  const ragged = table([
    [0, 0, 1],
    [0, 10, 11],
    [4, 0, 5],
    [4, 6, 17],
    [4, 10, 17],
  ]);
  // At 3 on the second axis: 4 on the first row, 11 on the second.
  expect(timeAt(ragged, 1, 3)).toBe(4 + (11 - 4) / 4);
});

it('refuses a point that was measured twice and names both lines', () => {
  expect(() =>
    table([
      [1, 2, 3],
      [1, 4, 3],
      [1, 2, 5],
    ]),
  ).toThrow('f.csv:4: the same point as f.csv:2');
});

it('knows what its first axis covers', () => {
  const line = table([
    [16, 30],
    [32, 40],
  ]);
  expect([15, 16, 32, 33].map((x) => covers(line, x))).toEqual([false, true, true, false]);
  expect(lastKnot(line)).toBe(32);
});

const grid = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 100 })),
  )
  .map(([xs, ys, steps]) => {
    // Times that grow with both axes: sums of what each point adds.
    const ascending = (values: number[]) => [...values].sort((a, b) => a - b);
    const sums = (values: number[]) => {
      let sum = 1;
      return new Map(
        ascending(values).map((value) => {
          sum += steps.next().value as number;
          return [value, sum];
        }),
      );
    };
    const byX = sums(xs);
    const byY = sums(ys);
    return xs.flatMap((x) => ys.map((y) => [x, y, byX.get(x)! * byY.get(y)!]));
  });

it('grows with both axes where the measured times do', () => {
  const at = fc.integer({ min: 1, max: 1500 });
  fc.assert(
    fc.property(grid, at, at, at, at, (points, x, y, dx, dy) => {
      const plane = table(points);
      expect(timeAt(plane, x + dx, y + dy)).toBeGreaterThanOrEqual(timeAt(plane, x, y) * (1 - 1e-12));
    }),
  );
});

it('reproduces a + b x + c y + d x y between the points', () => {
  const coefficient = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(coefficient, coefficient, coefficient, coefficient, fc.nat(40), fc.nat(40), (a, b, c, d, x, y) => {
      const law = (u: number, v: number) => a + b * u + c * v + d * u * v;
      const points = [0, 3, 17, 40].flatMap((u) => [0, 8, 40].map((v) => [u, v, law(u, v)]));
      expect(timeAt(table(points), x, y)).toBeCloseTo(law(x, y), 6);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inProgress } from '../../src/metrics/in-progress.ts';

const us = (...seconds: number[]) => Float64Array.from(seconds, (s) => s * 1e6);

test('requests in progress are counted for the share of an interval in which they are', () => {
  // From 0 to 4 s in four intervals: one request from 0.5 to 2, one from 1 to 4.
  expect(inProgress(us(0.5, 1), us(2, 4), 4e6, 4)).toEqual({ intervalS: 1, values: [0.5, 2, 1, 1] });
});

test('a request whose time did not come is never in progress, and one that goes on is until the end', () => {
  expect(inProgress(us(0, Number.NaN, 1), us(Number.NaN, 2, 9), 2e6, 2).values).toEqual([0, 1]);
});

test('the mean over all intervals is the time in progress over the whole time', () => {
  const time = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(time, time), { maxLength: 20 }), fc.integer({ min: 1, max: 40 }), (spans, n) => {
      const [from, to] = [us(...spans.map(([a, b]) => Math.min(a, b))), us(...spans.map(([a, b]) => Math.max(a, b)))];
      const { values } = inProgress(from, to, 1000e6, n);
      const total = spans.reduce((sum, [a, b]) => sum + Math.abs(a - b), 0);
      expect(values.reduce((sum, value) => sum + value, 0) / n).toBeCloseTo(total / 1000, 6);
    }),
  );
});

import { describe, expect, test } from 'vitest';
import { pooledCurve } from '../../src/report/pooled-curve.ts';

const uniform = (from: number, to: number) => ({ shares: [0, 1], valuesMs: [from, to] });

describe('the distribution of several runs together', () => {
  test('is the mean of their shares, by how much each counted, between the lowest and the highest', () => {
    const { curve, band } = pooledCurve(
      [
        { curve: uniform(0, 10), weight: 3 },
        { curve: uniform(10, 20), weight: 1 },
      ],
      100,
    );
    // Begins at its foot; at 10 ms all of the first run are done and none of the second.
    expect(curve).toEqual({ valuesMs: [0, 0, 10, 20], shares: [0, 0, 0.75, 1] });
    expect(band).toEqual({ low: [0, 0, 0, 1], high: [0, 0, 1, 1] });
  });

  test('of one run, or of one that counted anything, is its own', () => {
    const own = { curve: uniform(1, 2), weight: 5 };
    expect(pooledCurve([own], 100)).toEqual({ curve: own.curve, band: null });
    expect(pooledCurve([own, { curve: { shares: [], valuesMs: [] }, weight: 0 }], 100).curve).toEqual(own.curve);
    expect(pooledCurve([], 100).curve.valuesMs).toEqual([]);
  });

  test('of latencies that are all the same is a step', () => {
    const same = { curve: { shares: [0, 1], valuesMs: [5, 5] }, weight: 1 };
    expect(pooledCurve([same, same], 100).curve).toEqual({ valuesMs: [5, 5], shares: [0, 1] });
  });

  test('has at most the asked number of points, the ends among them', () => {
    const many = (shift: number) => ({
      curve: {
        shares: Array.from({ length: 50 }, (_, i) => i / 49),
        valuesMs: Array.from({ length: 50 }, (_, i) => i + shift),
      },
      weight: 1,
    });
    const { curve } = pooledCurve([many(0), many(0.5)], 20);
    expect(curve.valuesMs).toHaveLength(20);
    expect([curve.valuesMs[0], curve.valuesMs.at(-1)]).toEqual([0, 49.5]);
  });
});

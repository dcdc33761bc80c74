import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRuns, type RequestLatencies } from '../../src/metrics/error-table.ts';

/** TTFTs in milliseconds; TPOT and E2EL follow from them. */
function latencies(ttftMs: readonly number[], tpotMs: readonly number[] = ttftMs): RequestLatencies {
  const us = (values: readonly number[]) => Float64Array.from(values, (ms) => ms * 1e3);
  return { ttftUs: us(ttftMs), tpotUs: us(tpotMs), e2elUs: us(ttftMs.map((ms) => 10 * ms)) };
}

describe('the error table', () => {
  test('compares mean and percentiles of both sides, interpolated between ranks', () => {
    // Ranks of five values: p50 the third, p90 0.6 of the way from the fourth to the fifth, and so on.
    const { cells } = compareRuns(latencies([10, 20, 30, 40, 50]), latencies([55, 22, 33, 11, 44]));
    const ttft = cells.filter(({ metric }) => metric === 'ttft');
    expect(ttft.map(({ statistic }) => statistic)).toEqual(['mean', 'p50', 'p90', 'p95', 'p99']);
    const expected = [30, 30, 46, 48, 49.6];
    for (const [i, { measuredMs, simulatedMs, errorPercent }] of ttft.entries()) {
      expect(measuredMs).toBeCloseTo(expected[i]!, 9);
      expect(simulatedMs).toBeCloseTo(1.1 * expected[i]!, 9);
      expect(errorPercent).toBeCloseTo(10, 9);
    }
    expect(cells).toHaveLength(15);
  });

  test('is summed up by the mean size of its errors and by the largest', () => {
    const { meanAbsErrorPercent, worst, cells } = compareRuns(
      latencies([100, 100], [50, 50]),
      latencies([90, 90], [65, 65]),
    );
    // TTFT and E2EL are 10 % low, TPOT 30 % high, in all five statistics.
    expect(meanAbsErrorPercent).toBeCloseTo((10 + 30 + 10) / 3, 9);
    expect(worst).toEqual(cells.find(({ metric }) => metric === 'tpot'));
    expect(worst!.errorPercent).toBeCloseTo(30, 9);
  });

  test('tells a mean that is right for the wrong reasons by the errors of single requests', () => {
    const { cells, pairedPercent } = compareRuns(latencies([10, 20, 40]), latencies([20, 40, 10]));
    expect(cells[0]!.errorPercent).toBeCloseTo(0, 9);
    expect(pairedPercent.ttft).toBeCloseTo(100, 9);
  });

  test('counts only requests that have both values', () => {
    const { requests, cells } = compareRuns(
      latencies([10, 20, Number.NaN], [1, Number.NaN, 1]),
      latencies([10, Number.NaN, 30], [2, 5, 2]),
    );
    expect(requests).toBe(1);
    expect(cells.find(({ metric }) => metric === 'tpot')!.errorPercent).toBeCloseTo(100, 9);
    expect(cells[0]).toMatchObject({ measuredMs: 10, simulatedMs: 10 });
  });

  test('leaves a latency out that no request has', () => {
    const none = [Number.NaN, Number.NaN];
    const { cells, pairedPercent } = compareRuns(latencies([10, 20], none), latencies([10, 20], none));
    expect(cells).toHaveLength(10);
    expect(pairedPercent.tpot).toBeNull();
  });

  test('leaves out statistics that were measured as 0, off which nothing is so many percent', () => {
    // All but the slowest of twenty requests got their tokens at once: p50 and p90 are 0, p95 and p99 lie between ranks.
    const tpotMs = [...Array.from({ length: 19 }, () => 0), 20];
    const ttftMs = tpotMs.map(() => 10);
    const { cells, meanAbsErrorPercent, pairedPercent } = compareRuns(
      latencies(ttftMs, tpotMs),
      latencies(ttftMs, [...tpotMs.slice(1).map(() => 1), 30]),
    );
    const tpot = cells.filter(({ metric }) => metric === 'tpot');
    expect(tpot.map(({ statistic }) => statistic)).toEqual(['mean', 'p95', 'p99']);
    expect(Number.isFinite(meanAbsErrorPercent)).toBe(true);
    expect(pairedPercent.tpot).toBeCloseTo(50, 9);
  });

  test('can be made of a part of the requests', () => {
    const even = compareRuns(latencies([10, 99, 10]), latencies([12, 1, 12]), (i) => i % 2 === 0);
    expect(even.requests).toBe(2);
    expect(even.meanAbsErrorPercent).toBeCloseTo(20, 9);
  });

  test('of a run with itself is all zeros, whatever the run', () => {
    const run = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(run, (values) => {
        const { cells, meanAbsErrorPercent } = compareRuns(latencies(values), latencies(values));
        expect(meanAbsErrorPercent).toBe(0);
        expect(cells.every(({ errorPercent }) => errorPercent === 0)).toBe(true);
      }),
    );
  });
});

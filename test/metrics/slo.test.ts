import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distributionOf } from '../../src/metrics/distribution.ts';
import { judgeSlo, type SloBound, sloMet } from '../../src/metrics/slo.ts';

/** Judges one TTFT bound on values in milliseconds. */
function judge(valuesMs: readonly number[], neverServed: number, statistic: SloBound['statistic'], limitMs: number) {
  const distribution = distributionOf(Float64Array.from(valuesMs, (ms) => ms * 1000));
  const bounds: SloBound[] = [{ metric: 'ttft', statistic, limit_us: limitMs * 1000 }];
  return judgeSlo(bounds, () => ({ distribution, neverServed }))[0]!;
}

const equal = (count: number, ms = 100) => new Array<number>(count).fill(ms);

describe('a bound is judged over all requests', () => {
  test('where everybody is served, what is judged is what was measured', () => {
    const verdict = judge([100, 200, 300], 0, 'p50', 200);
    expect(verdict).toMatchObject({ measured_ms: 200, judged_ms: 200, requests_never_served: 0, met: true });
  });

  test('p99 is missed as soon as more than 1 % are not served, whatever the others got', () => {
    expect(judge(equal(1980), 20, 'p99', 1000).met).toBe(true);
    expect(judge(equal(1979), 21, 'p99', 1000)).toMatchObject({ measured_ms: 100, judged_ms: null, met: false });
    expect(judge(equal(776), 1224, 'p99', 1000).met).toBe(false);
  });

  test('requests that are not served push the percentile up the tail of the others', () => {
    // 1 to 99 ms and one request refused: of the hundred, the median lies between 50 and 51 ms.
    const values = Array.from({ length: 99 }, (_, i) => i + 1);
    expect(judge(values, 1, 'p50', 50.2)).toMatchObject({ measured_ms: 50, judged_ms: 50.5, met: false });
  });

  test('beside an infinite value there is nothing to interpolate with', () => {
    // Rank 99 * 0.99 = 98.01 lies between the slowest request served and the one refused.
    const values = Array.from({ length: 99 }, (_, i) => i + 1);
    expect(judge(values, 1, 'p99', 99).judged_ms).toBe(99);
  });

  test('a mean has no finite value as soon as one request is not served', () => {
    expect(judge(equal(999), 1, 'mean', 1000)).toMatchObject({ measured_ms: 100, judged_ms: null, met: false });
  });

  test('where nobody was served the bound is missed, and without requests it cannot be judged', () => {
    expect(judge([], 3, 'p50', 1000)).toMatchObject({ measured_ms: null, judged_ms: null, met: false });
    expect(judge([], 0, 'p50', 1000)).toMatchObject({ judged_ms: null, met: null });
  });

  test('a bound that is met is met by that share of all requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 200 }),
        fc.nat(20),
        fc.integer({ min: 1, max: 99 }),
        (values, neverServed, percentile) => {
          const { met, judged_ms } = judge(values, neverServed, `p${percentile}`, 500);
          const within = values.filter((value) => value <= 500).length;
          // R-7 interpolates: the rank below the quantile is within the limit, so at least that many requests are.
          const rank = ((values.length + neverServed - 1) * percentile) / 100;
          if (met) expect(within).toBeGreaterThanOrEqual(Math.floor(rank + 1e-9));
          if (judged_ms === null) expect(neverServed).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('more requests that are not served never make a bound easier', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }), fc.nat(30), (values, neverServed) => {
        const judged = (more: number) =>
          judge(values, neverServed + more, 'p95', 1).judged_ms ?? Number.POSITIVE_INFINITY;
        expect(judged(1)).toBeGreaterThanOrEqual(judged(0) - 1e-9);
      }),
    );
  });
});

test('the SLO is missed by one missed bound, met by all, and undecided without any', () => {
  const met = judge([1], 0, 'p50', 2);
  const missed = judge([3], 0, 'p50', 2);
  const open = judge([], 0, 'p50', 2);
  expect([sloMet([met, met]), sloMet([met, missed, open]), sloMet([met, open]), sloMet([])]).toEqual([
    true,
    false,
    null,
    null,
  ]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestLimits } from '../../src/metrics/goodput.ts';
import { outcomesOf } from '../../src/metrics/outcomes.ts';
import type { SloBound } from '../../src/metrics/slo.ts';
import type { RequestTable } from '../../src/record/run-record.ts';
import { type Row, requestTable } from '../report/fixture.ts';

const goodput = (table: RequestTable, slo: readonly SloBound[]) => outcomesOf(table, { slo }).all.sums.good;

const served = (ttftMs: number, tpotMs: number, outputTokens = 11): Row => ({
  arrivalUs: 0,
  firstTokenUs: ttftMs * 1000,
  firstAnswerTokenUs: ttftMs * 1000,
  lastTokenUs: (ttftMs + tpotMs * (outputTokens - 1)) * 1000,
  outputTokens,
  finish: 'stop',
});

const ttft = (ms: number, statistic: SloBound['statistic'] = 'p99'): SloBound => ({
  metric: 'ttft',
  statistic,
  limit_us: ms * 1000,
});
const tpot = (ms: number): SloBound => ({ metric: 'tpot', statistic: 'mean', limit_us: ms * 1000 });

describe('goodput', () => {
  test('a request is good when it is within every limit; a limit itself is within', () => {
    const table = requestTable([served(100, 20), served(200, 50), served(201, 20), served(100, 51)]);
    expect(goodput(table, [ttft(200), tpot(50)])).toBe(2);
  });

  test('TPOT of an output of one token counts as 0', () => {
    expect(goodput(requestTable([served(100, 0, 1)]), [tpot(1)])).toBe(1);
  });

  test('rejected and unfinished requests are never good', () => {
    const table = requestTable([
      { ...served(1, 1), finish: 'rejected' },
      { ...served(1, 1), finish: 'unfinished' },
    ]);
    expect(goodput(table, [ttft(1000)])).toBe(0);
  });

  test('an answer that was cut short is not good, one that ended by its own length is', () => {
    const cut: Row = { ...served(1, 1), wantedTokens: 12, finish: 'length' };
    const whole: Row = { ...served(1, 1), wantedTokens: 11, finish: 'length' };
    expect(goodput(requestTable([cut, whole]), [ttft(1000)])).toBe(1);
  });

  test('of several bounds on one latency the widest judges', () => {
    const table = requestTable([served(100, 1), served(900, 1), served(1100, 1)]);
    expect(goodput(table, [ttft(300, 'p50'), ttft(1000, 'p99')])).toBe(2);
  });

  test('a request that ended inside its thinking phase misses any TTFAT limit', () => {
    const table = requestTable([{ ...served(1, 1), firstAnswerTokenUs: Number.NaN }]);
    expect(goodput(table, [{ metric: 'ttfat', statistic: 'p99', limit_us: 1e12 }])).toBe(0);
  });

  test('there is none without a bound that a single request can be held to', () => {
    expect(requestLimits([])).toBeNull();
    expect(requestLimits([{ metric: 'itl', statistic: 'p99', limit_us: 1 }])).toBeNull();
  });

  test('never falls as a limit is widened', () => {
    const ms = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(ms, ms)), ms, ms, (latencies, limit, wider) => {
        const table = requestTable(latencies.map(([first, each]) => served(first, each)));
        const count = (limitMs: number) => goodput(table, [ttft(limitMs), tpot(500)]);
        expect(count(limit + wider)).toBeGreaterThanOrEqual(count(limit));
      }),
    );
  });
});

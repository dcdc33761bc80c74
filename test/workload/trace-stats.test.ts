import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  describeTrace,
  emptyTraceStats,
  meanRate,
  TokenCounts,
  type TraceStats,
} from '../../src/workload/trace-stats.ts';

function counts(values: readonly number[]): TokenCounts {
  const tokens = new TokenCounts();
  for (const value of values) tokens.add(value);
  return tokens;
}

function stats(settings: Partial<TraceStats>): TraceStats {
  return { ...emptyTraceStats(), ...settings };
}

describe('token counts', () => {
  test('the percentile is the smallest length that p percent do not exceed', () => {
    const tokens = counts([10, 20, 20, 30, 1000]);
    expect([0, 20, 21, 60, 61, 80, 99, 100].map((p) => tokens.percentile(p))).toEqual([
      10, 10, 20, 20, 30, 30, 1000, 1000,
    ]);
    expect(tokens.mean()).toBe(216);
  });

  test('the percentile is a length that came, with at least p percent at or below it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, p) => {
        const percentile = counts(values).percentile(p);
        expect(values).toContain(percentile);
        expect(values.filter((value) => value <= percentile).length * 100).toBeGreaterThanOrEqual(p * values.length);
        expect(values.filter((value) => value < percentile).length * 100).toBeLessThan(p * values.length);
      }),
    );
  });
});

describe('a description of a trace', () => {
  test('says how many, how long, how fast, how large and what was left out', () => {
    const tokens = counts([1500, 1500]);
    const full = stats({
      requests: 1001,
      spanUs: 500e6,
      promptTokens: tokens,
      outputTokens: tokens,
      droppedRows: { noPrompt: 3, noOutput: 4, failed: 2 },
    });
    expect(meanRate(full)).toBe(2);
    expect(describeTrace(full)).toEqual([
      '1,001 requests over 500.0 s, 2.00/s',
      'prompt tokens: mean 1,500, p5 1,500, p50 1,500, p95 1,500, p99 1,500',
      'output tokens: mean 1,500, p5 1,500, p50 1,500, p95 1,500, p99 1,500',
      '7 rows left out: 3 without prompt tokens, 4 without output tokens',
      '2 requests left out, which failed or got no output',
    ]);
  });

  test('gives no rate where all came at one time', () => {
    expect(meanRate(stats({ requests: 5 }))).toBe(null);
    expect(describeTrace(stats({}))).toEqual(['0 requests all at one time']);
  });
});

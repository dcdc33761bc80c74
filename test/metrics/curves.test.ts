import { expect, test } from 'vitest';
import { curvesOf, emptyTimeline, recordOf, summaryOf, syntheticRecord } from '../report/fixture.ts';

test('a distribution curve rises and passes through the percentiles of the summary', () => {
  const record = syntheticRecord({ thinking: true });
  const summary = summaryOf(record);
  const { shares, valuesMs } = curvesOf(record).cdf.ttft;
  expect(valuesMs).toEqual([...valuesMs].sort((a, b) => a - b));
  expect(valuesMs[shares.indexOf(0.5)]).toBe(summary.p50_ttft_ms);
  expect(valuesMs[shares.indexOf(0.99)]).toBe(summary.p99_ttft_ms);
  expect(shares.length).toBeLessThanOrEqual(200);
});

test('a latency that nobody has gives an empty curve', () => {
  expect(curvesOf(recordOf([])).cdf.tpot).toEqual({ shares: [], valuesMs: [] });
});

test('a long timeline is merged: means stay means, tokens become rates, preemptions add up', () => {
  const timeline = emptyTimeline(480, 1_000_000);
  timeline.running.set([2, 4]);
  timeline.kvUsageMax.set([0.3, 0.6]);
  timeline.outputTokens.set([100, 300]);
  timeline.preemptions.set([1, 2]);
  const curves = curvesOf(recordOf([], { timeline, totals: { endUs: 480_000_000 } })).timeline;
  expect([curves.intervalS, curves.endS, curves.running.length]).toEqual([2, 480, 240]);
  expect([curves.running[0], curves.kvUsageMax[0], curves.outputTokensPerS[0], curves.preemptions[0]]).toEqual([
    3, 0.6, 200, 3,
  ]);
});

test('a short timeline is kept as it is', () => {
  const timeline = emptyTimeline(3, 500_000);
  timeline.waiting.set([1, 2, 3]);
  expect(curvesOf(recordOf([], { timeline, totals: { endUs: 1_500_000 } })).timeline.waiting).toEqual([1, 2, 3]);
});

test('the last interval counts only as far as the run reached into it', () => {
  // 241 intervals of a second are merged in pairs; the last, alone in its pair, is a quarter of a second long.
  const timeline = emptyTimeline(242, 1_000_000);
  timeline.outputTokens.set([50, 5], 240);
  timeline.running.set([4, 8], 240);
  const curves = curvesOf(recordOf([], { timeline, totals: { endUs: 241_250_000 } })).timeline;
  expect(curves.outputTokensPerS.at(-1)).toBe(55 / 1.25);
  expect(curves.running.at(-1)).toBeCloseTo((4 * 1 + 8 * 0.25) / 1.25, 12);
});

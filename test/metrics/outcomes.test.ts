import { describe, expect, test } from 'vitest';
import { outcomesOf } from '../../src/metrics/outcomes.ts';
import type { SloBound } from '../../src/metrics/slo.ts';
import { type Row, recordOf, requestTable, summaryOf } from '../report/fixture.ts';

const ttft = (ms: number): SloBound => ({ metric: 'ttft', statistic: 'p99', limit_us: ms * 1000 });
const served = (kind: number, ttftMs: number, rest: Partial<Row> = {}): Row => ({
  arrivalUs: 0,
  queuedUs: 0,
  scheduledUs: 0,
  firstTokenUs: ttftMs * 1000,
  firstAnswerTokenUs: ttftMs * 1000,
  lastTokenUs: ttftMs * 1000 + 100_000,
  promptTokens: 10,
  outputTokens: 11,
  finish: 'stop',
  class: kind,
  ...rest,
});

test('a prompt of max_model_len tokens is too long, since not one token of output would fit', () => {
  const rows: Row[] = [
    { promptTokens: 512, finish: 'rejected' },
    { promptTokens: 511, finish: 'rejected' },
    { promptTokens: 600, finish: 'stop' },
  ];
  expect(outcomesOf(requestTable(rows), { maxModelLen: 512 }).all.sums.promptTooLong).toBe(1);
});

test('only finished requests have latencies, and TTFAT is told apart from TTFT where it differs', () => {
  const rows = [
    served(0, 100),
    served(0, 200, { firstAnswerTokenUs: 250_000 }),
    served(0, 300, { firstAnswerTokenUs: Number.NaN }),
    served(0, 900, { finish: 'abort' }),
  ];
  const { latencies, sums } = outcomesOf(requestTable(rows)).all;
  expect([latencies.ttft.count, latencies.ttft.mean]).toEqual([3, 200_000]);
  expect([latencies.ttfat.count, latencies.ttfat.mean]).toEqual([2, 175_000]);
  expect(sums.withoutAnswer).toBe(1);
});

describe('classes', () => {
  const classes = [
    { name: 'interactive', slo: [ttft(150)] },
    { name: 'batch', slo: [ttft(1000)] },
    { name: 'rest', slo: [ttft(400)] },
  ];
  const rows = [
    served(0, 100),
    served(0, 200),
    served(1, 500, { wantedTokens: 30, finish: 'length' }),
    served(1, 600),
    served(1, 700),
    { arrivalUs: 0, promptTokens: 5, class: 2, finish: 'timed_out' as const },
    served(2, 300),
  ];
  const { sim } = summaryOf(recordOf(rows), { classes, slo: [ttft(400)] });

  test('each has its own counts, latencies and bounds', () => {
    expect(
      sim.classes.map(({ name, requests, finished, complete, truncated, timed_out }) => [
        name,
        requests,
        finished,
        complete,
        truncated,
        timed_out,
      ]),
    ).toEqual([
      ['interactive', 2, 2, 2, 0, 0],
      ['batch', 3, 3, 2, 1, 0],
      ['rest', 2, 1, 1, 0, 1],
    ]);
    expect(sim.classes.map(({ mean_ttft_ms }) => mean_ttft_ms)).toEqual([150, 600, 300]);
    expect(sim.classes.map(({ slo_met }) => slo_met)).toEqual([false, true, false]);
    expect(sim.classes.map(({ goodput_share }) => goodput_share)).toEqual([1 / 2, 2 / 3, 1 / 2]);
  });

  test('together they have the sums of each, and goodput by the bounds of each', () => {
    expect([sim.complete, sim.truncated, sim.conservation.timed_out]).toEqual([5, 1, 1]);
    expect(sim.useful_output_tokens).toBe(5 * 11);
    expect(sim.goodput_share).toBe(4 / 7);
  });

  test("the study's bounds are judged over the requests they are for, and met only if every class's are", () => {
    expect(sim.slo.map((bound) => [bound.class, bound.met])).toEqual([
      [undefined, false],
      ['interactive', false],
      ['batch', true],
    ]);
    expect(sim.slo[0]).toMatchObject({ measured_ms: 300, requests_never_served: 1, met: false });
    expect(sim.slo_met).toBe(false);
  });
});

test('a note says when percentiles are not exact', () => {
  const rows = Array.from({ length: 10 }, () => served(0, 100));
  expect(outcomesOf(requestTable(rows), { mostExact: 10 }).notes).toEqual([]);
  expect(outcomesOf(requestTable(rows), { mostExact: 9 }).notes).toHaveLength(1);
});

import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/metrics/summary.ts';
import { answer } from '../../src/report/answer.ts';
import type { RunReport, StudyReport } from '../../src/report/study-report.ts';
import { recordOf, runReport, SLO } from './fixture.ts';

/** A run whose summary says just this. */
function run(summary: Partial<Summary>, sim: Partial<Summary['sim']> = {}, rest: Partial<RunReport> = {}): RunReport {
  const base = runReport(recordOf([]), rest);
  return {
    ...base,
    summary: {
      ...base.summary,
      completed: 100,
      num_prompts: 100,
      request_goodput: 1,
      output_throughput: 500,
      p50_ttft_ms: 100,
      p99_ttft_ms: 900,
      ...summary,
      sim: { ...base.summary.sim, ...sim },
    },
  };
}

const study = (...runs: RunReport[]): StudyReport => ({ name: 'study', question: null, runs });

function judged(ttftMs: number, tpotMs: number): Partial<Summary['sim']> {
  const measured = [ttftMs, tpotMs];
  const slo = SLO.map(({ metric, statistic, limit_us }, i) => ({
    metric,
    statistic,
    limit_ms: limit_us / 1000,
    measured_ms: measured[i]!,
    met: measured[i]! <= limit_us / 1000,
  }));
  return { slo, slo_met: slo.every(({ met }) => met), goodput_share: 0.973 };
}

const variant = (value: number, summary: Partial<Summary>, sim: Partial<Summary['sim']>, seed = 1) =>
  run(summary, sim, { seed, variant: { max_num_seqs: value }, title: `max_num_seqs ${value}` });

describe('of one run', () => {
  test('says that the SLO is met, and by which numbers', () => {
    expect(answer(study(run({}, judged(1280, 41.2))))).toBe(
      'The SLO is met: TTFT p99 is 1.28 s (limit 2.00 s) and TPOT p99 is 41.2 ms (limit 60.0 ms); 97.3 % of the requests are within every limit. One run, seed 1.',
    );
  });

  test('names the missed bound first, with how far it is off', () => {
    expect(answer(study(run({}, judged(1280, 72))))).toContain(
      'The SLO is missed: TPOT p99 is 72.0 ms (20.0 % over its limit of 60.0 ms) and TTFT p99 is 1.28 s (limit 2.00 s)',
    );
    expect(answer(study(run({}, judged(7000, 10))))).toContain('TTFT p99 is 7.00 s (3.50 times its limit of 2.00 s)');
  });

  test('tells of requests that were not served', () => {
    expect(answer(study(run({ completed: 88, failed: 12 })))).toContain('; 12 of 100 requests not served.');
  });

  test('without an SLO gives latency and throughput', () => {
    expect(answer(study(run({})))).toBe(
      'Half of the requests get their first token within 100 ms, 99 % within 900 ms; the deployment writes 500 output tokens/s. One run, seed 1.',
    );
  });

  test('a stuck queue, no finished request and no run at all are the answer', () => {
    expect(answer(study(run({}, { stuck: 'request 7 needs 300 blocks of 200' })))).toBe(
      'The queue is stuck: request 7 needs 300 blocks of 200. One run, seed 1.',
    );
    expect(answer(study(run({ completed: 0, failed: 100 })))).toContain(
      'No request finished (100 of 100 requests not served).',
    );
    expect(answer(study())).toBe('The study has no runs.');
  });
});

describe('of several seeds', () => {
  test('gives the range of each bound and in how many runs it is met', () => {
    const runs = [run({}, judged(1100, 40), { seed: 1 }), run({}, judged(2400, 41), { seed: 2 })];
    expect(answer(study(...runs))).toBe(
      'The SLO is met in 1 of 2 runs, one a seed: TTFT p99 is 1.10 s to 2.40 s (limit 2.00 s) and TPOT p99 is 40.0 ms to 41.0 ms (limit 60.0 ms).',
    );
  });
});

describe('of a sweep', () => {
  test('names the variants that meet the SLO and the one with most goodput', () => {
    const text = answer(
      study(
        variant(8, { request_goodput: 0.9 }, judged(5000, 30)),
        variant(16, { request_goodput: 1.4 }, judged(1500, 40)),
        variant(32, { request_goodput: 1.5 }, judged(1200, 50)),
      ),
    );
    expect(text).toBe(
      '2 of 3 variants meet the SLO: max_num_seqs 16 and max_num_seqs 32; the highest goodput is 1.50 requests/s, with max_num_seqs 32. One seed: small differences may be chance.',
    );
  });

  test('judges a variant by its worst seed', () => {
    const text = answer(
      study(
        variant(8, { request_goodput: 1.2 }, judged(1500, 30), 1),
        variant(8, { request_goodput: 1.1 }, judged(1500, 30), 2),
        variant(16, { request_goodput: 2 }, judged(1500, 30), 1),
        variant(16, { request_goodput: 1 }, judged(1500, 30), 2),
      ),
    );
    expect(text).toContain(
      'the highest goodput is 1.10 requests/s, with max_num_seqs 8. 2 seeds each, judged by the worst.',
    );
  });

  test('numbers that read the same are called the same', () => {
    const text = answer(
      study(
        variant(8, { request_goodput: 1.0001 }, judged(1500, 30)),
        variant(16, { request_goodput: 1.0002 }, judged(1500, 30)),
      ),
    );
    expect(text).toContain(
      'All 2 variants meet the SLO; the highest goodput is 1.00 requests/s, the same for all of them.',
    );
  });

  test('where none meets the SLO names the nearest and its worst bound', () => {
    const text = answer(study(variant(8, {}, judged(9000, 30)), variant(16, {}, judged(2200, 61))));
    expect(text).toContain(
      'No variant meets the SLO; the nearest is max_num_seqs 16, whose TTFT p99 is 2.20 s (10.0 % over its limit of 2.00 s).',
    );
  });

  test('says beside a variant how many of its requests it turned away', () => {
    const text = answer(
      study(variant(8, { failed: 20, completed: 80 }, judged(100, 30)), variant(16, {}, judged(9000, 30))),
    );
    expect(text).toContain('1 of 2 variants meets the SLO: max_num_seqs 8 (20.0 % of its requests not served)');
  });

  test('without an SLO gives the highest throughput and the lowest TTFT', () => {
    const text = answer(
      study(variant(8, { output_throughput: 400, p99_ttft_ms: 100 }, {}), variant(16, { output_throughput: 800 }, {})),
    );
    expect(text).toContain(
      'The highest throughput is 800 output tokens/s, with max_num_seqs 16; the lowest TTFT p99 is 100 ms, with max_num_seqs 8.',
    );
  });

  test('a stuck variant is named and does not win', () => {
    const text = answer(
      study(variant(8, { output_throughput: 9000 }, { stuck: 'why' }), variant(16, { output_throughput: 800 }, {})),
    );
    expect(text).toContain(
      'The highest throughput, 800 output tokens/s, and the lowest TTFT p99, 900 ms, are both with max_num_seqs 16.',
    );
    expect(text).not.toContain('9,000');
    expect(text).toContain('The queue gets stuck with max_num_seqs 8.');
  });
});

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
    expect(answer(study(run({ failed: 1 }, { requests_without_answer: 4 })))).toContain(
      '; 1 of 100 requests not served, 4 cut off before their answer.',
    );
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

/** A sweep of the rate: each variant is sent other requests. */
const atRate = (rate: number, summary: Partial<Summary>, sim: Partial<Summary['sim']>, seed = 1) =>
  run({ request_rate: rate, ...summary }, sim, {
    seed,
    variant: { request_rate: rate },
    title: `request_rate ${rate}`,
  });

describe('of a sweep', () => {
  test('names the variants that meet the SLO and the one with most goodput, as a share where the load is the same', () => {
    const text = answer(
      study(
        variant(8, {}, { ...judged(5000, 30), goodput_share: 0.2 }),
        variant(16, { request_goodput: 2 }, { ...judged(1500, 40), goodput_share: 0.9 }),
        variant(32, { request_goodput: 1 }, { ...judged(1200, 50), goodput_share: 0.95 }),
      ),
    );
    expect(text).toBe(
      '2 of 3 variants meet the SLO: max_num_seqs 16 and max_num_seqs 32; the highest goodput is 95.0 % of the requests, with max_num_seqs 32. One seed: small differences may be chance.',
    );
  });

  test('compares goodput as a rate where the load differs', () => {
    const text = answer(
      study(
        atRate(1, { request_goodput: 0.9 }, { ...judged(1000, 30), goodput_share: 1 }),
        atRate(2, { request_goodput: 1.8 }, { ...judged(1500, 40), goodput_share: 0.95 }),
      ),
    );
    expect(text).toContain('Both variants meet the SLO; the highest goodput is 1.80 requests/s, with request_rate 2.');
  });

  test('judges a variant by its worst seed', () => {
    const share = (goodput_share: number) => ({ ...judged(1500, 30), goodput_share });
    const text = answer(
      study(
        variant(8, {}, share(0.96), 1),
        variant(8, {}, share(0.95), 2),
        variant(16, {}, share(1), 1),
        variant(16, {}, share(0.9), 2),
      ),
    );
    expect(text).toContain(
      'the highest goodput is 95.0 % of the requests, with max_num_seqs 8. 2 seeds each, judged by the worst.',
    );
  });

  test('numbers that read the same are called the same', () => {
    const sim = (goodput_share: number) => ({ ...judged(1500, 30), goodput_share });
    const text = answer(study(variant(8, {}, sim(0.95001)), variant(16, {}, sim(0.95002)), variant(32, {}, sim(0.95))));
    expect(text).toContain(
      'All 3 variants meet the SLO; the highest goodput is 95.0 % of the requests, the same for all of them.',
    );
  });

  test('where none meets the SLO names the nearest and its worst bound', () => {
    const text = answer(study(variant(8, {}, judged(9000, 30)), variant(16, {}, judged(2200, 61))));
    expect(text).toContain(
      'No variant meets the SLO; the nearest is max_num_seqs 16, whose TTFT p99 is 2.20 s (10.0 % over its limit of 2.00 s).',
    );
  });

  test('says which variants turn requests away or cut them off, the worst first', () => {
    const text = answer(
      study(
        variant(8, { failed: 5 }, judged(100, 30)),
        variant(16, { failed: 20 }, { ...judged(100, 30), requests_without_answer: 3 }),
        variant(32, {}, judged(100, 30)),
      ),
    );
    expect(text).toContain('Not served: 20.0 % of the requests with max_num_seqs 16 and 5.0 % with max_num_seqs 8.');
    expect(text).toContain('Cut off before their answer: 3.0 % of the requests with max_num_seqs 16.');
  });

  test('names no more than three losing variants', () => {
    const text = answer(study(...[1, 2, 3, 4, 5].map((each) => variant(each, { failed: each }, judged(100, 30)))));
    expect(text).toContain('and fewer with 2 others.');
  });

  test('without an SLO and with the same load gives the lowest TTFT and TPOT', () => {
    const text = answer(
      study(
        variant(8, { p99_ttft_ms: 100, p99_tpot_ms: 30 }, {}),
        variant(16, { p99_ttft_ms: 300, p99_tpot_ms: 20 }, {}),
      ),
    );
    expect(text).toContain(
      'The lowest TTFT p99 is 100 ms, with max_num_seqs 8; the lowest TPOT p99 is 20.0 ms, with max_num_seqs 16.',
    );
  });

  test('without an SLO and with different load gives the lowest TTFT and the highest throughput', () => {
    const text = answer(study(atRate(1, { p99_ttft_ms: 100 }, {}), atRate(2, { output_throughput: 800 }, {})));
    expect(text).toContain(
      'The lowest TTFT p99 is 100 ms, with request_rate 1; the highest throughput is 800 output tokens/s, with request_rate 2.',
    );
  });

  test('a stuck variant is named and does not win', () => {
    const text = answer(study(atRate(1, { p99_ttft_ms: 1 }, { stuck: 'why' }), atRate(2, { p99_ttft_ms: 50 }, {})));
    expect(text).toContain('The lowest TTFT p99 is 50.0 ms, with request_rate 2');
    expect(text).toContain('The queue gets stuck with request_rate 1.');
  });
});

import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/metrics/summary.ts';
import { answer } from '../../src/report/answer.ts';
import { judged, lost, OVERLOAD, run, study, variant } from './answers.ts';

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

  test('where too many are not served, that is why the SLO is missed, whatever the others got', () => {
    const verdicts = judged(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 12, [45, 7]);
    const refused = { ...lost({ rejected: 12 }), rejected_prompt_too_long: 12 };
    expect(answer(study(run({ completed: 88, failed: 12 }, { ...verdicts, ...refused })))).toBe(
      'The SLO is missed: 12 of 100 requests are refused (prompt too long for max_model_len), more than TTFT p99 and TPOT p99 allow. ' +
        'Of those that finished, TTFT p99 is 45.0 ms and TPOT p99 is 7.00 ms; 97.3 % of the requests are within every limit. One run, seed 1.',
    );
  });

  test('where few are not served, they are told and counted', () => {
    expect(answer(study(run({ failed: 1 }, { ...judged(1280, 41.2, 1), ...lost({ rejected: 1 }) })))).toContain(
      '; 1 of 100 requests is refused. Requests that are not served count as infinitely late in the SLO. One run',
    );
  });

  test('tells refused, aborted and unfinished requests apart, and those without an answer', () => {
    const all = lost({ rejected: 3, aborted: 2, waiting: 4, running: 1 });
    const text = answer(
      study(run({ failed: 10 }, { ...all, rejected_prompt_too_long: 1, requests_without_answer: 4 })),
    );
    expect(text).toContain(
      '; 3 of 100 requests are refused (1 of them for a prompt too long for max_model_len), 2 are aborted, 5 are unfinished and 4 are cut off before their answer.',
    );
  });

  test('says that a deployment is overloaded, with the rates that show it', () => {
    expect(answer(study(run({}, { ...judged(90_000, 41), overload: OVERLOAD })))).toContain(
      'It is overloaded: late in the load, requests arrive at 6.00/s and leave at 5.30/s; the percentiles then depend on how long the load lasts.',
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
    expect(answer(study(run({ completed: 0, failed: 100 }, lost({ aborted: 100 }))))).toContain(
      'No request finished: 100 of 100 requests are aborted.',
    );
    expect(answer(study())).toBe('The study has no runs.');
  });
});

test('one run whose queue grows misses the SLO, and its figures are no facts', () => {
  const text = answer(study(run({}, { ...judged(100, 10), overload: OVERLOAD })));
  expect(text).toContain('The SLO is missed: the queue grows, so that latencies depend on how long the load lasts.');
  expect(text).not.toMatch(/% of the requests|TTFT/);
});

describe('of several seeds', () => {
  test('gives the range of each bound and in how many runs it is met', () => {
    const runs = [run({}, judged(1100, 40), { seed: 1 }), run({}, judged(2400, 41), { seed: 2 })];
    expect(answer(study(...runs))).toBe(
      'The SLO is met, in 1 of 2 runs one by one: TTFT p99 is 1.75 s (mean over the seeds, limit 2.00 s; 1.10 s to 2.40 s in single runs) and TPOT p99 is 40.5 ms (mean over the seeds, limit 60.0 ms; 40.0 ms to 41.0 ms in single runs).',
    );
  });

  test('says in how many runs the deployment is overloaded', () => {
    const runs = [
      run({}, judged(1100, 40), { seed: 1 }),
      run({}, { ...judged(9e9, 41), overload: OVERLOAD }, { seed: 2 }),
    ];
    expect(answer(study(...runs))).toContain('It is overloaded in 1 of the runs: late in the load,');
  });
});

/** A sweep of the rate: each variant is sent other requests. */
const atRate = (rate: number, summary: Partial<Summary>, sim: Partial<Summary['sim']>, seed = 1) =>
  variant({ 'workload.request_rate': rate }, { request_rate: rate, ...summary }, sim, seed);
const atSeqs = (value: number, summary: Partial<Summary>, sim: Partial<Summary['sim']>, seed = 1) =>
  variant({ 'deployment.max_num_seqs': value }, summary, sim, seed);
const onGpus = (gpu: string, tp: number, sim: Partial<Summary['sim']>) =>
  variant({ 'deployment.gpu': gpu, 'deployment.tensor_parallel_size': tp }, {}, { gpus: tp, ...sim });

describe('of a sweep', () => {
  test('names the variants that meet the SLO and the best, with goodput as a share where the load is the same', () => {
    const text = answer(
      study(
        atSeqs(8, {}, { ...judged(5000, 30), goodput_share: 0.2 }),
        atSeqs(16, { request_goodput: 2 }, { ...judged(1500, 40), goodput_share: 0.9 }),
        atSeqs(32, { request_goodput: 1 }, { ...judged(1200, 50), goodput_share: 0.95 }),
      ),
    );
    expect(text).toBe(
      '2 of 3 variants meet the SLO: max_num_seqs 16 and 32. The best is max_num_seqs 32: 95.0 % of the requests are within every limit, and TPOT p99 is 50.0 ms (limit 60.0 ms). One seed: small differences may be chance.',
    );
  });

  test('names the smallest deployment that meets the SLO, then the best', () => {
    const text = answer(
      study(
        onGpus('h100-sxm', 2, judged(5000, 30)),
        onGpus('h100-sxm', 4, { ...judged(1500, 40), goodput_share: 0.98 }),
        onGpus('h200-sxm', 4, { ...judged(1200, 35), goodput_share: 0.985 }),
        onGpus('h200-sxm', 8, { ...judged(200, 20), goodput_share: 1 }),
      ),
    );
    expect(text).toContain(
      '3 of 4 variants meet the SLO. The smallest, with 4 GPUs each, are h100-sxm × TP 4; h200-sxm × TP 4. ' +
        'The best is h200-sxm × TP 8 (8 GPUs): 100 % of the requests are within every limit, and TPOT p99 is 20.0 ms (limit 60.0 ms).',
    );
  });

  test('the smallest may be the best, and the only one', () => {
    const small = onGpus('h100-sxm', 2, { ...judged(200, 20), goodput_share: 1 });
    expect(answer(study(small, onGpus('h100-sxm', 4, { ...judged(1500, 40), goodput_share: 0.9 })))).toContain(
      'Both variants meet the SLO. The smallest of them is also the best, TP 2 (2 GPUs): 100 % of the requests',
    );
    expect(answer(study(small, onGpus('h100-sxm', 4, judged(9000, 40))))).toContain(
      '1 of 2 variants meets the SLO: TP 2 (2 GPUs); 100 % of the requests',
    );
  });

  test('where goodput reads the same, the best has most room below its limits', () => {
    const sim = (ttftMs: number) => ({ ...judged(ttftMs, 10), goodput_share: 1 });
    expect(answer(study(onGpus('a', 8, sim(300)), onGpus('b', 8, sim(900))))).toContain('The best is a: 100 %');
  });

  test('compares goodput as a rate where the load differs', () => {
    const text = answer(
      study(
        atRate(1, { request_goodput: 0.9 }, { ...judged(1000, 30), goodput_share: 1 }),
        atRate(2, { request_goodput: 1.8 }, { ...judged(1500, 40), goodput_share: 0.95 }),
      ),
    );
    expect(text).toContain(
      'Both variants meet the SLO. The best is 2 requests/s: 95.0 % of the requests are within every limit, 1.80 a second,',
    );
  });

  test('judges a variant by all of its seeds, and says so', () => {
    const share = (goodput_share: number) => ({ ...judged(1500, 30), goodput_share });
    const text = answer(
      study(
        atSeqs(8, {}, share(0.96), 1),
        atSeqs(8, {}, share(0.95), 2),
        atSeqs(16, {}, share(1), 1),
        atSeqs(16, {}, share(0.9), 2),
      ),
    );
    expect(text).toContain(
      'The best is max_num_seqs 8: 95.5 % of the requests are within every limit (mean over the seeds), and TTFT p99 is 1.50 s (mean over the seeds, limit 2.00 s); met by 2 of 2 runs.',
    );
    expect(text).toContain('2 seeds each, judged by all of them.');
  });

  test('says so where the swept setting makes no difference', () => {
    const sim = (ttftMs: number) => ({ ...judged(ttftMs, 30), goodput_share: 0.95 });
    expect(answer(study(atSeqs(8, {}, sim(1500)), atSeqs(16, {}, sim(1510)), atSeqs(32, {}, sim(1490))))).toBe(
      'max_num_seqs makes no difference here. All 3 variants meet the SLO: 95.0 % of the requests are within every limit, and TTFT p99 is 1.49 s (limit 2.00 s). One seed: small differences may be chance.',
    );
    expect(answer(study(atSeqs(8, {}, judged(4000, 30)), atSeqs(16, {}, judged(4000, 30))))).toContain(
      'max_num_seqs makes no difference here. No variant meets the SLO: TTFT p99 is 4.00 s (2.00 times its limit of 2.00 s).',
    );
    expect(answer(study(atSeqs(8, {}, sim(1500)), atSeqs(16, {}, sim(1600))))).not.toContain('no difference');
  });

  test('where none meets the SLO names the nearest and its worst bound', () => {
    const text = answer(study(atSeqs(8, {}, judged(9000, 30)), atSeqs(16, {}, judged(2200, 61))));
    expect(text).toContain(
      'No variant meets the SLO; the nearest is max_num_seqs 16: TTFT p99 is 2.20 s (10.0 % over its limit of 2.00 s).',
    );
  });

  test('a variant that does not serve too many is further from the SLO than any that is slow', () => {
    const hopeless = { ...judged(Number.POSITIVE_INFINITY, 20, 5), ...lost({ rejected: 5 }) };
    const text = answer(study(atSeqs(8, { failed: 5 }, hopeless), atSeqs(16, {}, judged(1e6, 61))));
    expect(text).toContain('the nearest is max_num_seqs 16:');
    const worse = { ...judged(Number.POSITIVE_INFINITY, 20, 9), ...lost({ rejected: 9 }) };
    expect(answer(study(atSeqs(8, { failed: 5 }, hopeless), atSeqs(16, { failed: 9 }, worse)))).toContain(
      'the nearest is max_num_seqs 8: 5 of 100 requests are refused, more than TTFT p99 allows.',
    );
  });

  test('says which variants are overloaded, with the rates of the one that nearly keeps up', () => {
    const slow = { ...judged(9e6, 30), overload: { ...OVERLOAD, completion_rate: 2 } };
    const nearly = { ...judged(9e5, 30), overload: OVERLOAD };
    const text = answer(study(onGpus('a100', 2, slow), onGpus('a100', 4, nearly), onGpus('h100', 4, judged(500, 30))));
    expect(text).toContain(
      'Overloaded, 2 of 3: a100 × TP 2; a100 × TP 4; late in the load, requests arrive at 6.00/s and leave at 5.30/s with a100 × TP 4. The percentiles then depend on how long the load lasts.',
    );
    expect(answer(study(onGpus('a100', 2, slow), onGpus('a100', 4, nearly)))).toContain('All variants are overloaded;');
  });

  test('an overloaded variant neither meets the SLO nor is the best, whatever it measured', () => {
    const grows = { ...judged(100, 10), goodput_share: 1, overload: OVERLOAD };
    const text = answer(study(atSeqs(8, {}, grows), atSeqs(16, {}, { ...judged(1500, 40), goodput_share: 0.9 })));
    expect(text).toContain('1 of 2 variants meets the SLO: max_num_seqs 16; 90.0 % of the requests');
    expect(text).toContain('Overloaded, 1 of 2: max_num_seqs 8;');
    expect(text).not.toContain('100 %');
    const missed = answer(study(atSeqs(8, {}, grows), atSeqs(16, {}, judged(2200, 40))));
    expect(missed).toContain('No variant meets the SLO; the nearest is max_num_seqs 16: TTFT p99 is 2.20 s');
  });

  test('where every queue grows names the one that grows slowest, and no figure', () => {
    const grows = (completion_rate: number) => ({ ...judged(100, 10), overload: { ...OVERLOAD, completion_rate } });
    const text = answer(study(atSeqs(8, {}, grows(4)), atSeqs(16, {}, grows(5)), atSeqs(32, {}, grows(3))));
    expect(text).toMatch(
      /^No variant has a steady state: the queue grows with every one of them, slowest with max_num_seqs 16\./,
    );
    expect(text).not.toMatch(/meets|best|% of the requests|TTFT/);
  });

  test('says which variants turn requests away or cut them off, the worst first', () => {
    const text = answer(
      study(
        atSeqs(8, { failed: 5 }, { ...judged(100, 30), ...lost({ rejected: 5 }) }),
        atSeqs(16, { failed: 20 }, { ...judged(100, 30), ...lost({ rejected: 20 }), requests_without_answer: 3 }),
        atSeqs(32, {}, judged(100, 30)),
      ),
    );
    expect(text).toContain('Refused: 20.0 % of the requests with max_num_seqs 16; 5.0 % with max_num_seqs 8.');
    expect(text).toContain('Cut off before their answer: 3.0 % of the requests with max_num_seqs 16.');
  });

  test('names no more than three losing variants, and none where all lose the same', () => {
    const losing = (each: number, rejected: number) => atSeqs(each, {}, { ...judged(100, 30), ...lost({ rejected }) });
    expect(answer(study(...[1, 2, 3, 4, 5].map((each) => losing(each, each))))).toContain('; fewer with 2 others.');
    expect(answer(study(losing(1, 4), losing(2, 4)))).toContain('Refused: 4.0 % of the requests with every variant.');
  });

  test('without an SLO and with the same load gives the lowest TTFT and TPOT', () => {
    const text = answer(
      study(
        atSeqs(8, { p99_ttft_ms: 100, p99_tpot_ms: 30 }, {}),
        atSeqs(16, { p99_ttft_ms: 300, p99_tpot_ms: 20 }, {}),
      ),
    );
    expect(text).toContain(
      'The lowest TTFT p99 is 100 ms, with max_num_seqs 8; the lowest TPOT p99 is 20.0 ms, with max_num_seqs 16.',
    );
  });

  test('without an SLO and with different load gives the lowest TTFT and the highest throughput', () => {
    const text = answer(study(atRate(1, { p99_ttft_ms: 100 }, {}), atRate(2, { output_throughput: 800 }, {})));
    expect(text).toContain(
      'The lowest TTFT p99 is 100 ms, with 1 requests/s; the highest throughput is 800 output tokens/s, with 2 requests/s.',
    );
  });

  test('a stuck variant is named and does not win', () => {
    const text = answer(study(atSeqs(1, { p99_ttft_ms: 1 }, { stuck: 'why' }), atSeqs(2, { p99_ttft_ms: 50 }, {})));
    expect(text).toContain('TTFT p99 is 50.0 ms, with max_num_seqs 2');
    expect(text).toContain('The queue gets stuck with max_num_seqs 1.');
  });
});

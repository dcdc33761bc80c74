import { describe, expect, test } from 'vitest';
import { answer, answerParts } from '../../src/report/answer.ts';
import type { RunReport } from '../../src/report/study-report.ts';
import { judged, variant } from './answers.ts';
import { statisticsOf } from './statistics-fixture.ts';

/** Two seeds of a value of `x.a`, with these TTFT p99. */
const seeds = (a: number, ...p99: number[]): RunReport[] =>
  p99.map((p99_ttft_ms, i) => variant({ 'x.a': a }, { p99_ttft_ms, output_throughput: 500 }, {}, i + 1));

const told = (runs: RunReport[], withheld: number[] = [], undecided: number[] = []) => {
  const statistics = statisticsOf(runs, withheld);
  const variants = statistics.variants.map((each, i) =>
    undecided.includes(i) ? { ...each, saturation: 'undecided' as const } : each,
  );
  return { name: 's', question: null, runs, statistics: { ...statistics, variants } };
};

describe('the answer of a study with intervals', () => {
  test('gives the mean of the best variant, and how it differs from the baseline by more than chance', () => {
    expect(answerParts(told([...seeds(1, 100, 120), ...seeds(2, 50, 72)])).lead).toContain(
      'Mean over the seeds: TTFT p99 is 61 ± 11 ms with a 2; against a 1 that is −45 % (−50 to −40 %), more than chance.',
    );
  });

  test('says of a difference whose interval holds 0 that it may be chance', () => {
    expect(answer(told([...seeds(1, 100, 120), ...seeds(2, 102, 110)]))).toMatch(
      /against a 1 that is .*, which may be chance\./,
    );
  });

  test('says where the baseline is the best, and whether any other is by more than chance', () => {
    expect(answer(told([...seeds(1, 50, 60), ...seeds(2, 80, 125)]))).toContain(
      'with a 1, the baseline; no other is better.',
    );
    expect(answer(told([...seeds(1, 50, 60), ...seeds(2, 40, 125)]))).toContain(
      'no other is better by more than chance.',
    );
  });

  test('names the variants whose queue grows, and those of which it cannot be told', () => {
    const runs = [...seeds(1, 50, 60), ...seeds(2, 80, 125), ...seeds(3, 80, 125)];
    const { remarks } = answerParts(told(runs, [2], [1]));
    expect(remarks).toContain(
      'The queue grows with 1 of 3 variants (a 3): latencies there depend on how long the load lasts and are withheld.',
    );
    expect(remarks).toContain('Longer runs would tell whether the queue grows with a 2.');
    expect(remarks).toContain('2 seeds each, judged by all of them; ± and brackets are 95 % intervals.');
  });

  test('claims no interval with one seed each', () => {
    const text = answer(told([...seeds(1, 100), ...seeds(2, 50)]));
    expect(text).not.toMatch(/±|interval|over the seeds/);
    expect(text).toContain('One seed: small differences may be chance.');
  });
});

test('variants under other loads are neither better nor worse than the baseline', () => {
  const runs = [1, 2].flatMap((rate) =>
    seeds(rate, 100 / rate, 120 / rate).map((run) => ({ ...run, variant: { 'workload.request_rate': rate } })),
  );
  const text = answer(told(runs));
  expect(text).toContain('Mean over the seeds: TTFT p99 is 55.0 ± 5.0 ms with 2 requests/s.');
  expect(text).not.toMatch(/against|chance|baseline/);
});

test('percentiles over all runs together are not called means', () => {
  const pooled = (runs: RunReport[]) => {
    const study = told(runs);
    const variants = study.statistics.variants.map((each) => ({
      ...each,
      estimates: { ...each.estimates, ttft_p99: { ...each.estimates.ttft_p99!, method: 'bootstrap' as const } },
    }));
    return answer({ ...study, statistics: { ...study.statistics, variants } });
  };
  expect(pooled([...seeds(1, 100, 120), ...seeds(2, 50, 72)])).toContain(
    'Over all runs: TTFT p99 is 61 ± 11 ms with a 2',
  );
  expect(pooled(seeds(1, 50, 72))).toContain('Figures with their 95 % intervals: TTFT p99 over all runs 61 ± 11 ms');
  expect(answer(told(seeds(1, 50, 72)))).toContain('Means with their 95 % intervals: TTFT p99 61 ± 11 ms');
});

describe('of variants whose queue grows, by the statistics', () => {
  const withSlo = (a: number, ttftMs: number, share: number) =>
    [1, 2].map((seed) =>
      variant({ 'x.a': a }, { p99_ttft_ms: ttftMs }, { ...judged(ttftMs, 30), goodput_share: share }, seed),
    );
  const runs = [...withSlo(1, 300, 1), ...withSlo(2, 1500, 0.9)];

  test('none meets the SLO, is the best or has a figure in the answer', () => {
    const { lead, remarks } = answerParts(told(runs, [0]));
    expect(lead).toContain('1 of 2 variants meets the SLO: a 2; 90.0 % of the requests');
    expect(lead).toContain('met by 2 of 2 runs');
    expect(lead).not.toMatch(/100 %|300 ms/);
    expect(remarks).toContain('The queue grows with 1 of 2 variants (a 1)');
  });

  test('where it grows with all, the one whose queue grows slowest is named', () => {
    const study = told(runs, [0, 1]);
    const variants = study.statistics.variants.map((each, i) => ({ ...each, growthPerSecond: [3, 0.5][i]! }));
    const { lead } = answerParts({ ...study, statistics: { ...study.statistics, variants } });
    expect(lead).toBe('No variant has a steady state: the queue grows with every one of them, slowest with a 2.');
  });

  test('the statistics are believed where the end of a run looks otherwise', () => {
    const overloaded = runs.map((run) => ({
      ...run,
      summary: {
        ...run.summary,
        sim: {
          ...run.summary.sim,
          overload: { arrival_rate: 2, completion_rate: 1, waiting_first_half: 1, waiting_end: 90 },
        },
      },
    }));
    expect(answer(told(overloaded))).toContain('Both variants meet the SLO.');
    expect(answer(told(overloaded))).not.toContain('verloaded');
  });
});

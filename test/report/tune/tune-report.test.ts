import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../../src/report/tune/advice.ts';
import { tuneConsole } from '../../../src/report/tune/tune-console.ts';
import { tuneCsv } from '../../../src/report/tune/tune-csv.ts';
import { tuneHtml } from '../../../src/report/tune/tune-html.ts';
import type { TuneCandidateReport, TuneReport } from '../../../src/report/tune/tune-report.ts';
import { decisionText, valueText } from '../../../src/report/tune/tune-words.ts';

const estimate = (mean: number, half = 0) => ({
  ...{ mean, low: mean - half, high: mean + half, runs: 5, method: 'student' as const },
});

function candidate(value: number, truncated: number, rest: Partial<TuneCandidateReport> = {}): TuneCandidateReport {
  const decision = truncated <= 0.01 ? 'meets' : 'fails';
  return {
    ...{ name: String(value), settings: { 'deployment.max_model_len': value }, value },
    ...{ state: 'tried', reason: null, is_growing: false, decision, beaten_by: null, pareto: null },
    verdicts: [
      {
        ...{ metric: 'truncated', decision, mean: truncated, low: truncated - 0.001, high: truncated + 0.001 },
        replications_needed: null,
      },
    ],
    estimates: { truncated: estimate(truncated, 0.0005), ttft_p99: estimate(1200, 40), without_answer: estimate(0.02) },
    ...{ gpus: 4, max_concurrency: 12.5, kv_cache_tokens: 256_000, runs: [{ run_id: 'abc', seed: 1 }] },
    ...rest,
  };
}

function reportWith(candidates: TuneCandidateReport[], rest: Partial<TuneReport> = {}): TuneReport {
  const report: Omit<TuneReport, 'advice'> = {
    ...{ name: 'context', question: 'Which <max_model_len>?', servesim_version: '0.1.0', vllm_version: '0.33.0' },
    goal: { kind: 'smallest', setting: 'deployment.max_model_len' },
    method: 'all',
    bounds: [{ metric: 'truncated', bound: 'at_most', limit: 0.01, written: '<= 1%' }],
    metrics: [
      { name: 'truncated', label: 'truncated', unit: 'share', better: 'less' },
      { name: 'ttft_p99', label: 'TTFT p99', unit: 'ms', better: 'less' },
    ],
    ...{ level: 0.95, level_of_each: 0.998, confidence: 0.95 },
    ...{ seeds: { first: 5, most: 40 }, runs: { needed: 10, most: 80 } },
    candidates,
    ...{ best: '20480', next: '16384', tied: [], undecided: [], longest_request_tokens: 18_344, pareto: [], notes: [] },
    ...rest,
  };
  return { ...report, advice: adviceOf(report) };
}

const TWO = [candidate(16_384, 0.031), candidate(20_480, 0.004)];

describe('the advice of a search', () => {
  it('says what to use, what the next one costs, and why more changes nothing', () => {
    expect(reportWith(TWO).advice).toEqual([
      'Use max_model_len 20480: the smallest value tried that keeps truncated 0.4 % (at most 1 %).',
      'max_model_len 16384 truncates 3.1 % of the requests, 2.0 % before their answer began.',
      'Above it nothing changes: the longest request, prompt and answer, has 18,344 tokens.',
    ]);
  });

  it('says from where on nothing would be cut, if the answer is below', () => {
    expect(reportWith(TWO, { longest_request_tokens: 61_000 }).advice.at(-1)).toBe(
      'The longest request, prompt and answer, has 61,000 tokens: from there on nothing is cut.',
    );
  });

  it('says so where the answer is the last candidate, since the border may lie beyond', () => {
    const { advice } = reportWith(TWO.slice(1), { next: null });
    expect(advice[1]).toBe('It is the smallest of the candidates that start; go on beyond it to find the border.');
  });

  it('names the nearest miss where nothing does', () => {
    const [first] = reportWith([TWO[0]!], { best: null, next: '16384' }).advice;
    expect(first).toBe(
      'No candidate is shown to keep truncated at most 1 %. Even max_model_len 16384, the gentlest, does not: truncated 3.1 % (3 % to 3.2 %).',
    );
  });

  it('says what is not decided, by which interval, and how many seeds should tell', () => {
    const verdict = { metric: 'truncated', mean: 0.0098, low: 0.0091, high: 0.0105, replications_needed: 130 };
    const open = candidate(16_384, 0.0098, {
      decision: 'undecided',
      verdicts: [{ ...verdict, decision: 'undecided' }],
    });
    const { advice } = reportWith([open, TWO[1]!], { undecided: ['16384'] });
    expect(advice.at(-1)).toBe(
      'Whether max_model_len 16384 does is not decided after 1 replication: truncated 0.98 % (0.91 % to 1.05 %) against at most 1 %; max_seeds: 130 should tell.',
    );
  });

  it('tells a rate from a setting', () => {
    const rows = [
      candidate(3, 0.004, { name: '3' }),
      candidate(3.2, 0.02, { name: '3.2', reason: 'the queue grows by 1 request/s; more' }),
    ];
    const { advice } = reportWith(rows, {
      goal: { kind: 'highest', setting: 'workload.request_rate' },
      ...{ best: '3', next: '3.2', longest_request_tokens: null },
    });
    expect(advice).toEqual([
      '3 requests/s is the highest rate tried that keeps truncated 0.4 % (at most 1 %).',
      '3.2 requests/s does not do: the queue grows by 1 request/s.',
    ]);
  });
});

describe('words', () => {
  it('do not round a share to all or nothing', () => {
    const texts = [0.99999, 0.9997, 0.99, 0.5, 0.00013, 0, 1].map((share) => valueText({ unit: 'share' }, share));
    expect(texts).toEqual(['99.99 %', '99.97 %', '99 %', '50 %', '0.013 %', '0 %', '100 %']);
  });

  it('say in one what became of a candidate', () => {
    const of = (rest: Partial<TuneCandidateReport>) => decisionText(candidate(1, 0.5, rest));
    expect(of({ state: 'does_not_start' })).toBe('does not start');
    expect(of({ state: 'not_simulated' })).toBe('not simulated');
    expect(of({ state: 'untried' })).toBe('not tried');
    expect(of({ is_growing: true, reason: 'the queue grows' })).toBe('queue grows');
    expect(of({ decision: 'meets', beaten_by: 'other' })).toBe('beaten');
    expect(of({})).toBe('fails');
  });
});

describe('the results of a search', () => {
  const report = reportWith(TWO);

  it('fit the width of the console, in which the answer is marked', () => {
    const text = tuneConsole(report, { columns: 80, color: false });
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text).toContain('→ 20480');
    expect(text).not.toContain('\u001b');
  });

  it('have names that can be told apart, before the figures that find no room beside them', () => {
    const name = (i: number) => `max_num_seqs 64 × max_num_batched_tokens ${2048 * (i + 1)}`;
    const named = reportWith(
      TWO.map((each, i) => ({ ...each, value: null, name: name(i) })),
      {
        goal: { kind: 'cheapest', settings: [], objective: 'ttft_p99' },
        method: 'screening',
        best: name(0),
        next: null,
      },
    );
    for (const columns of [40, 50, 60, 80]) {
      const lines = tuneConsole(named, { columns, color: false }).split('\n');
      expect(lines.some((line) => /2048 +\S/.test(line) && line.startsWith('→ '))).toBe(true);
      expect(lines.some((line) => /4096 +\S/.test(line) && line.startsWith('max_'))).toBe(true);
    }
  });

  it('are a row a candidate in tune.csv', () => {
    const [header, ...rows] = tuneCsv(report)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const at = (row: number, name: string) => rows[row]![header!.indexOf(name)];
    expect(rows).toHaveLength(2);
    expect([at(0, 'max_model_len'), at(0, 'truncated'), at(0, 'truncated_decision'), at(0, 'is_best')]).toEqual([
      ...['16384', '0.031', 'fails', 'false'],
    ]);
    expect([at(1, 'ttft_p99'), at(1, 'ttft_p99_low'), at(1, 'is_best')]).toEqual(['1200', '1160', 'true']);
  });

  it('are a page that shows the curve with its bound, escapes text and links the runs', () => {
    const page = tuneHtml(report);
    expect(page).toContain('<h1>Which &lt;max_model_len&gt;?</h1>');
    expect(page).toContain('at most 1 %');
    expect(page).toContain('href="runs/abc/report.html"');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('are a page of trade-offs for combinations', () => {
    const combined = TWO.map((each, i) => ({
      ...each,
      ...{ value: null, name: `gpu-${i}`, pareto: i === 0 ? ('front' as const) : ('dominated' as const) },
      estimates: {
        ...each.estimates,
        ttft_p99: estimate(1000 + 500 * i, 10),
        usd_per_hour: estimate(2 + i),
        output_throughput: estimate(9),
      },
    }));
    const page = tuneHtml(
      reportWith(combined, {
        goal: { kind: 'cheapest', settings: ['deployment.gpu'], objective: 'usd_per_hour' },
        ...{
          method: 'screening',
          best: 'gpu-1',
          next: null,
          pareto: ['ttft_p99', 'output_throughput', 'usd_per_hour'],
        },
        metrics: [
          ...report.metrics,
          { name: 'usd_per_hour', label: '$ an hour', unit: '$', better: 'less' },
          { name: 'output_throughput', label: 'output tokens', unit: 'tok/s', better: 'more' },
        ],
      }),
    );
    expect(page).toContain('What one gives up for another');
    // Throughput is the same for both: latency and cost are left to compare.
    expect(page.match(/class="chart"/g)).toHaveLength(1);
    expect(page.replaceAll('\u00a0', ' ')).toContain(
      'Use gpu-1: $3.00 an hour, the least that keeps truncated 0.4 % (at most 1 %).',
    );
  });
});

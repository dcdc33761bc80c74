import { describe, expect, test } from 'vitest';
import { NO_REPLICA } from '../../src/record/run-record.ts';
import { requestsCsv, statisticsCsv, summaryCsv } from '../../src/report/csv.ts';
import { recordOf, runReport, SLO, sweepStudy } from './fixture.ts';
import { estimate, METRICS, statisticsOf, VARIANT } from './statistics.ts';

describe('requests.csv', () => {
  test('has times in seconds and nothing where something did not happen', () => {
    const record = recordOf([
      {
        arrivalUs: 1_500_000,
        queuedUs: 1_500_000,
        scheduledUs: 1_600_000,
        firstTokenUs: 1_750_000,
        firstAnswerTokenUs: 1_750_000,
        lastTokenUs: 2_750_000,
        promptTokens: 70,
        cachedTokens: 16,
        outputTokens: 5,
        finish: 'stop',
      },
      { arrivalUs: 2_000_000, promptTokens: 9000, finish: 'rejected', replica: 1 },
    ]);
    const [header, first, second, end] = requestsCsv(record).split('\n');
    expect(header).toBe(
      'request_id,arrival_s,queued_s,scheduled_s,first_token_s,first_answer_token_s,last_token_s,ttft_s,tpot_s,e2e_s,' +
        'prompt_tokens,cached_tokens,thinking_tokens,output_tokens,wanted_tokens,preemptions,finish_reason,replica',
    );
    expect(first).toBe('0,1.5,1.5,1.6,1.75,1.75,2.75,0.25,0.25,1.25,70,16,0,5,5,0,stop,0');
    expect(second).toBe('1,2,,,,,,,,,9000,0,0,0,0,0,rejected,1');
    expect(end).toBe('');
  });

  test('names the pool of each request where there are several', () => {
    const record = recordOf([
      { arrivalUs: 0, replica: 2, finish: 'stop' },
      { arrivalUs: 1, replica: NO_REPLICA, finish: 'timed_out' },
    ]);
    const lines = requestsCsv(record, { pools: ['small', 'small', 'large'] })
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.split(',').slice(-2))).toEqual([
      ['replica', 'pool'],
      ['2', 'large'],
      ['', ''],
    ]);
  });
});

describe('summary.csv', () => {
  test('has a row a run, with the swept keys as columns after id and seed', () => {
    const [header, ...rows] = summaryCsv(sweepStudy([16, 32], [1, 2]))
      .trimEnd()
      .split('\n');
    expect(header).toMatch(/^run_id,seed,max_num_seqs,endpoint_type,/);
    expect(header).toContain(',sim.slo.ttft_p99.measured_ms,sim.slo.ttft_p99.judged_ms,');
    expect(rows.map((row) => row.split(',').slice(1, 3))).toEqual([
      ['1', '16'],
      ['2', '16'],
      ['1', '32'],
      ['2', '32'],
    ]);
    expect(rows.every((row) => row.split(',').length === header!.split(',').length)).toBe(true);
  });

  test('a swept key keeps its whole name where the short one is taken', () => {
    const runs = [runReport(recordOf([]), { variant: { 'workload.request_rate': 2, 'a.x': 1, 'b.x': 2 }, slo: SLO })];
    expect(summaryCsv({ name: 's', question: null, runs })).toMatch(/^run_id,seed,workload\.request_rate,a\.x,b\.x,/);
  });

  test('quotes what needs it', () => {
    const runs = [runReport(recordOf([]), { variant: { 'deployment.serve': 'vllm serve "a", b' } })];
    expect(summaryCsv({ name: 's', question: null, runs })).toContain(',"vllm serve ""a"", b",');
  });
});

describe('statistics.csv', () => {
  const study = statisticsOf([
    { estimates: { ttft_p99: estimate(900, 800, 1000), goodput: estimate(0.5, null, null) } },
    {
      estimates: { ttft_p99: estimate(700, 650, 750), goodput: null },
      withheld: 'the queue grows',
      versusBaseline: {
        ttft_p99: { difference: estimate(-200, -250, -150), ratio: estimate(0.78, 0.72, 0.84), significant: true },
        goodput: null,
      },
    },
  ]);
  const rows = statisticsCsv(study)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const cell = (row: number, name: string) => rows[row]![rows[0]!.indexOf(name)];

  test('has a row a variant and metric, with the swept keys first', () => {
    expect(rows).toHaveLength(1 + 2 * METRICS.length);
    expect(rows[0]!.slice(0, 4)).toEqual([VARIANT, 'metric', 'unit', 'runs']);
    expect(rows.slice(1).map((row) => row.slice(0, 3))).toEqual([
      ['8', 'ttft_p99', 'ms'],
      ['8', 'goodput', 'share'],
      ['16', 'ttft_p99', 'ms'],
      ['16', 'goodput', 'share'],
    ]);
  });

  test('has means, intervals and differences, and nothing where there is none', () => {
    const figures = ['mean', 'low', 'high', 'baseline', 'difference', 'difference_high', 'ratio_low', 'significant'];
    expect(figures.map((name) => cell(1, name))).toEqual(['900', '800', '1000', '', '', '', '', '']);
    expect(figures.map((name) => cell(3, name))).toEqual([
      '700',
      '650',
      '750',
      'max_num_seqs 8',
      '-200',
      '-150',
      '0.72',
      'true',
    ]);
    expect(figures.map((name) => cell(4, name))).toEqual(['', '', '', 'max_num_seqs 8', '', '', '', '']);
    expect(cell(4, 'withheld')).toBe('the queue grows');
    expect(cell(2, 'low')).toBe('');
  });
});

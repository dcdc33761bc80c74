import { describe, expect, test } from 'vitest';
import { requestsCsv, summaryCsv } from '../../src/report/csv.ts';
import { recordOf, runReport, SLO, sweepStudy } from './fixture.ts';

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

import { describe, expect, test } from 'vitest';
import { cdfCurve } from '../../src/metrics/curves.ts';
import { distributionOf } from '../../src/metrics/distribution.ts';
import { compareRuns } from '../../src/metrics/error-table.ts';
import { plainPercent, signedPercent, type ValidationReport } from '../../src/report/validation.ts';
import { validationConsole } from '../../src/report/validation-console.ts';
import { errorsCsv, validatedRequestsCsv, validationJson } from '../../src/report/validation-files.ts';
import { validationHtml } from '../../src/report/validation-html.ts';
import { runReport, syntheticRecord } from './fixture.ts';
import { expectWellFormed } from './well-formed.ts';

const us = (...ms: number[]) => Float64Array.from(ms, (each) => each * 1e3);
const side = (ttft: Float64Array, e2el: Float64Array) => ({ ttftUs: ttft, tpotUs: us(30, Number.NaN), e2elUs: e2el });
const measured = side(us(100, 200), us(1000, 2000));
const simulated = side(us(110, 220), us(900, 1800));
const peer = side(us(101, 202), us(1000, 2000));
const ms = (ttft: number, tpot: number | null, e2el: number) => ({ ttft, tpot, e2el });
const cdf = { ttft: curve(100, 200), tpot: curve(30, 31), e2el: curve(1000, 2000) };
const load = { intervalS: 0.5, values: [1, 2, 1, 0] };

function curve(...values: number[]) {
  return cdfCurve(distributionOf(us(...values)));
}

function report(changes: Partial<ValidationReport> = {}): ValidationReport {
  return {
    name: 'my <server>',
    question: 'Is it "close"?',
    measured: {
      file: 'runs/bench.json',
      format: 'vllm_bench',
      requests: 2,
      dropped: [{ id: '7', reason: 'TimeoutError: <late>' }],
      spanS: 4,
      arrivalsS: 2,
      promptTokens: 1234,
      outputTokens: 56,
    },
    prefixFile: 'runs/prefix_blocks.jsonl',
    reference: 'arrival',
    errors: compareRuns(measured, simulated),
    peer: { file: 'other/peer.csv', errors: compareRuns(measured, peer) },
    shortened: 0,
    preemptions: 3,
    requests: [
      {
        id: '0',
        arrivalS: 0,
        promptTokens: 1000,
        outputTokens: 55,
        measured: ms(100, 30, 1000),
        simulated: ms(110, 30, 900),
        peer: ms(101, 30, 1000),
        preemptions: 3,
      },
      {
        id: '1',
        arrivalS: 2,
        promptTokens: 234,
        outputTokens: 1,
        measured: ms(200, null, 2000),
        simulated: null,
        peer: null,
        preemptions: 0,
      },
    ],
    sides: [
      { name: 'measured', cdf, load: { inFlight: load, writing: load } },
      { name: 'simulated', cdf, load: { inFlight: load, writing: load } },
      { name: 'peer', cdf, load: null },
    ],
    run: runReport(syntheticRecord()),
    ...changes,
  };
}

const text = (changes: Partial<ValidationReport> = {}) =>
  validationConsole(report(changes), { columns: 100, color: false });

describe('a validation in the terminal', () => {
  test('answers with the mean error, the worst one, and the peer beside', () => {
    // TTFT 10 % high and E2EL 10 % low in all statistics, TPOT right: 20/3 on average.
    expect(text().replaceAll(/\s+/g, ' ')).toContain(
      "Over 2 requests the simulated latencies are off by 6.67 % on average over 15 statistics; the peer's by 0.33 %. " +
        'The worst is TTFT mean, 10.0 % too high (165 ms instead of 150 ms).',
    );
  });

  test('has a row for each statistic', () => {
    expect(text()).toMatch(/measured +simulated +error +peer error\n/);
    expect(text()).toMatch(/TTFT mean +150 ms +165 ms +\+10\.0 % +\+1\.00 %\n/);
    expect(text()).toMatch(/TPOT p99 +30\.0 ms +30\.0 ms +0\.00 % +0\.00 %\n/);
    expect(text()).toMatch(/E2EL p50 +1\.50 s +1\.35 s +-10\.0 % +0\.00 %\n/);
    expect(text({ peer: null })).toMatch(/TTFT mean +150 ms +165 ms +\+10\.0 %\n/);
  });

  test('names the run, what was left out, the prefixes and the clock', () => {
    const words = text().replaceAll(/\s+/g, ' ');
    expect(words).toContain('runs/bench.json (vllm_bench): 2 requests in 2.00 s, 1,234 prompt and 56 output tokens');
    expect(words).toContain('1 request of the measured run: 7 (TimeoutError: <late>)');
    expect(words).toContain('shared blocks from prefix_blocks.jsonl beside it');
    expect(words).toContain('Peer other/peer.csv: mean |error| 0.33 %');
    expect(words).toContain('starts when the client sends a request, on both sides');
    expect(words).toContain('half of the requests are within TTFT 10.0 %, TPOT 0.00 %, E2EL 10.0 %');
    expect(text({ reference: 'queued' })).toContain('starts when the engine queues them');
    expect(text({ prefixFile: null })).toContain('no two prompts share a block');
  });

  test('names only the first of many requests that were left out', () => {
    const dropped = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, reason: 'gone' }));
    const words = text({ measured: { ...report().measured, dropped } });
    expect(words).toContain('5 requests of the measured run: a (gone), b (gone), c (gone) and 2 more');
  });

  test('warns where the simulation did not serve what the server did', () => {
    expect(text()).not.toContain('Not alike');
    expect(text({ shortened: 4 })).toMatch(/Not alike +4 requests refused or cut short/);
  });

  test('says that there is nothing to compare where nothing finished', () => {
    const none = side(us(Number.NaN, Number.NaN), us(Number.NaN, Number.NaN));
    expect(text({ errors: compareRuns(measured, { ...none, tpotUs: none.ttftUs }), peer: null })).toContain(
      'No request finished in the simulation, so there is nothing to compare.',
    );
  });

  test('writes errors with a sign and the digits that they deserve', () => {
    expect([0.004, -0.004, 1.234, 9.999, -12.34, Number.NaN, null].map(signedPercent)).toEqual([
      '0.00 %',
      '0.00 %',
      '+1.23 %',
      '+10.0 %',
      '-12.3 %',
      '–',
      '–',
    ]);
    expect(plainPercent(-2.5)).toBe('2.50 %');
  });
});

describe('the page of a validation', () => {
  test('is well formed, loads nothing, and has question, answer, charts, table and configuration', () => {
    const html = validationHtml(report());
    expectWellFormed(html);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).toContain('Is it &quot;close&quot;?');
    expect(html.match(/class="chart"/g)).toHaveLength(5);
    for (const name of ['measured', 'simulated', 'peer']) expect(html).toContain(`${name}</li>`);
    expect(html).toContain('+10.0 %');
    expect(html.length).toBeLessThan(100_000);
  });

  test('asks itself where the study asks nothing', () => {
    expect(validationHtml(report({ question: null }))).toContain('How close is the simulation to bench.json?');
  });
});

describe('the files of a validation', () => {
  test('errors.csv has a row a statistic, with the peer where there is one', () => {
    const rows = errorsCsv(report()).trimEnd().split('\n');
    expect(rows).toHaveLength(16);
    expect(rows[0]).toBe('metric,statistic,measured_ms,simulated_ms,error_percent,peer_ms,peer_error_percent');
    expect(rows[1]!.split(',').slice(0, 4)).toEqual(['ttft', 'mean', '150', '165']);
    expect(errorsCsv(report({ peer: null })).split('\n')[0]).toBe(
      'metric,statistic,measured_ms,simulated_ms,error_percent',
    );
  });

  test('requests.csv has a row a request, empty where a side has no value', () => {
    expect(validatedRequestsCsv(report())).toBe(
      'id,arrival_s,prompt_tokens,output_tokens,measured_ttft_ms,measured_tpot_ms,measured_e2el_ms,' +
        'simulated_ttft_ms,simulated_tpot_ms,simulated_e2el_ms,peer_ttft_ms,peer_tpot_ms,peer_e2el_ms,preemptions\n' +
        '0,0,1000,55,100,30,1000,110,30,900,101,30,1000,3\n' +
        '1,2,234,1,200,,2000,,,,,,,0\n',
    );
  });

  test('validation.json holds the table, the peer and what was left out', () => {
    const json = JSON.parse(JSON.stringify(validationJson(report())));
    expect(json).toMatchObject({
      name: 'my <server>',
      measured: {
        file: 'runs/bench.json',
        requests: 2,
        dropped: [{ id: '7' }],
        prefix_blocks: 'runs/prefix_blocks.jsonl',
      },
      reference: 'arrival',
      compared_requests: 2,
      preemptions: 3,
      peer: { file: 'other/peer.csv', compared_requests: 2 },
    });
    expect(json.mean_abs_error_percent).toBeCloseTo(20 / 3, 9);
    expect(json.paired_median_abs_error_percent.ttft).toBeCloseTo(10, 9);
    expect(json.cells).toHaveLength(15);
    expect(json.cells[0]).toMatchObject({ metric: 'ttft', statistic: 'mean', measured_ms: 150, simulated_ms: 165 });
  });
});

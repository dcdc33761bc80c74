import { describe, expect, test } from 'vitest';
import { consoleReport } from '../../src/report/console.ts';
import { judged, study, variant } from './answers.ts';
import { runReport, SLO, singleStudy, sweepStudy, syntheticRecord } from './fixture.ts';

const plain = { columns: 80, color: false };

describe('the console report of one run', () => {
  const text = consoleReport(singleStudy({ thinking: true, refused: 0.02 }), plain);

  test('has the question, the answer, the table and the reservations in that order', () => {
    const order = [
      'Does one H100',
      'The SLO is',
      ' mean ',
      '\nTTFT ',
      'Throughput',
      '\nSLO ',
      'Conservation',
      'Estimates',
      'Not modelled',
    ];
    const places = order.map((word) => text.indexOf(word));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('stays within the width', () => {
    for (const columns of [60, 80, 120]) {
      const report = consoleReport(singleStudy({ thinking: true }), { columns, color: false });
      expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  test('accounts for every request', () => {
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /arrived 400 = finished \d+ \+ rejected \d+ \+ aborted 0 \+ waiting 0 \+ running 0; KV blocks in use 0/,
    );
  });

  test('has no NaN, undefined or null in it', () => {
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  test('shows TTFAT only where the model thinks', () => {
    expect(text).toContain('TTFAT');
    expect(consoleReport(singleStudy(), plain)).not.toContain('TTFAT');
  });
});

describe('the console report of a sweep', () => {
  test('has one row a run, with its seed and its verdict', () => {
    const rows = consoleReport(sweepStudy([16, 32], [1, 2]), plain)
      .split('\n')
      .filter((line) => /^ +(16|32) +[12] .*(met|missed|queue grows)/.test(line));
    expect(rows).toHaveLength(4);
  });

  test('leaves the seed out where it is always the same', () => {
    expect(consoleReport(sweepStudy([16, 32], [1]), plain)).not.toMatch(/^max_num_seqs.* seed/m);
  });

  test('stays within the width, whatever it drops never what the SLO judges', () => {
    for (const columns of [60, 80, 120]) {
      const report = consoleReport(sweepStudy([16, 32], [1, 2]), { columns, color: false });
      expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(report).toMatch(/^max_num_seqs +seed +TTFT p99 +TPOT p99 +SLO/m);
    }
  });

  test('has a column for each swept key, the GPUs where their number varies, and the judged statistics', () => {
    const on = (gpu: string, tp: number) =>
      variant({ gpu, 'deployment.tensor_parallel_size': tp }, {}, { gpus: tp, ...judged(1500, 30) });
    const report = consoleReport(study(on('a100', 2), on('h100', 4)), plain);
    expect(report).toMatch(/^GPU +TP +GPUs +TTFT p99 +TPOT p99 +SLO/m);
    expect(report).toMatch(/^h100 +4 +4 +1.50 s +30.0 ms +met/m);
  });

  test('shows what is infinitely late as such, and says how the column counts', () => {
    const none = variant({ x: 1 }, { failed: 50 }, judged(Number.POSITIVE_INFINITY, 30, 50));
    const report = consoleReport(study(none, variant({ x: 2 }, {}, judged(100_000, 30))), plain);
    expect(report).toMatch(/^1 +∞ +30.0 ms +missed/m);
    expect(report.replaceAll(/\s+/g, ' ')).toContain('requests that are not served counting as infinitely late');
    expect(report).toMatch(/ not served/);
  });
});

test('a percentile that requests not served change is shown with and without them', () => {
  const report = runReport(syntheticRecord({ refused: 0.005, requests: 1000, seed: 3 }), { slo: SLO });
  const text = consoleReport({ name: 's', question: null, runs: [report] }, plain).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/SLO TTFT p99 [\d.]+ m?s \([\d.]+ m?s of those that finished\), limit 2.00 s: (met|missed)/);
});

test('throughput while requests arrived is told where the tail makes a difference', () => {
  const short = runReport(syntheticRecord({ requests: 40, rate: 20 }));
  const long = runReport(syntheticRecord({ requests: 3000, rate: 2 }));
  const text = (run: typeof short) => consoleReport({ name: 's', question: null, runs: [run] }, plain);
  expect(text(short)).toContain('while requests arrived');
  expect(text(long)).not.toContain('while requests arrived');
});

test('colour adds escape codes and changes no text', () => {
  const colored = consoleReport(sweepStudy([16], [1]), { columns: 80, color: true });
  const start = String.fromCharCode(27);
  expect(colored).toContain(`${start}[1m`);
  expect(colored.replaceAll(new RegExp(`${start}\\[\\d+m`, 'g'), '')).toBe(consoleReport(sweepStudy([16], [1]), plain));
});

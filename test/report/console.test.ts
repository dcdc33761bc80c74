import { describe, expect, test } from 'vitest';
import { consoleReport } from '../../src/report/console.ts';
import { singleStudy, sweepStudy } from './fixture.ts';

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
      .filter((line) => /^max_num_seqs (16|32) .*(met|missed)$/.test(line));
    expect(rows).toHaveLength(4);
  });

  test('leaves the seed out where it is always the same', () => {
    expect(consoleReport(sweepStudy([16, 32], [1]), plain)).not.toMatch(/^run +seed/m);
  });

  test('stays within the width', () => {
    const report = consoleReport(sweepStudy([16, 32], [1, 2]), plain);
    expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

test('colour adds escape codes and changes no text', () => {
  const colored = consoleReport(sweepStudy([16], [1]), { columns: 80, color: true });
  const start = String.fromCharCode(27);
  expect(colored).toContain(`${start}[1m`);
  expect(colored.replaceAll(new RegExp(`${start}\\[\\d+m`, 'g'), '')).toBe(consoleReport(sweepStudy([16], [1]), plain));
});

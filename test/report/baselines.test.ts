import { describe, expect, test } from 'vitest';
import { answer } from '../../src/report/answer.ts';
import { baselineName } from '../../src/report/baseline-name.ts';
import { consoleReport } from '../../src/report/console.ts';
import { reportHtml } from '../../src/report/html.ts';
import type { RunReport } from '../../src/report/study-report.ts';
import { variantsOf } from '../../src/report/variants.ts';
import { variant } from './answers.ts';
import { statisticsOf } from './statistics-fixture.ts';

const RATE = 'workload.request_rate';
const SEQS = 'deployment.max_num_seqs';

/** Two seeds under a load with so many sequences. */
const cell = (rate: number, seqs: number, ...p99: number[]): RunReport[] =>
  p99.map((p99_ttft_ms, i) => {
    const run = variant({ [RATE]: rate, [SEQS]: seqs }, { p99_ttft_ms }, {}, i + 1);
    return { ...run, runId: `${rate}${seqs}${i}` };
  });

const study = (runs: RunReport[], baselineOf: (place: number) => number | null, withheld: number[] = []) => ({
  ...{ name: 's', question: null, runs },
  statistics: statisticsOf(runs, withheld, baselineOf),
});
const nameOf = ({ runs, statistics }: ReturnType<typeof study>) => baselineName(variantsOf(runs), statistics);
const text = (of: ReturnType<typeof study>) => consoleReport(of, { columns: 100, color: false });

const BY_RATE = [...cell(1, 8, 100, 120), ...cell(1, 16, 50, 60), ...cell(8, 8, 500, 520), ...cell(8, 16, 250, 260)];
const BY_SEQS = [...cell(1, 8, 100, 120), ...cell(8, 8, 500, 520), ...cell(1, 16, 50, 60), ...cell(8, 16, 250, 260)];
const byRate = study(BY_RATE, (place) => [null, 0, null, 2][place]!);
const bySeqs = study(BY_SEQS, (place) => [null, null, 0, 1][place]!);
/** What each is compared with takes a title of its own. */
const mixed = study(BY_SEQS, (place) => [null, 0, null, 2][place]!);
const crossed = study(BY_SEQS, (place) => [null, null, 1, 0][place]!);

describe('what variants are compared with is called', () => {
  test('by the title of the one baseline', () => {
    expect(nameOf(study(BY_RATE, (place) => (place === 0 ? null : 0)))).toBe('1 requests/s × max_num_seqs 8');
  });

  test('by what the baselines have in common, and what each shares with its own', () => {
    expect(nameOf(byRate)).toBe('max_num_seqs 8 at the same requests/s');
    expect(nameOf(bySeqs)).toBe('max_num_seqs 8 at the same requests/s');
  });

  test('by nothing where no word holds for all, or nothing is compared', () => {
    expect(nameOf(crossed)).toBeNull();
    expect(nameOf(study(BY_RATE, () => null))).toBeNull();
  });
});

describe('the console', () => {
  const titles = (of: ReturnType<typeof study>) =>
    text(of)
      .split('\n')
      .filter((line) => /^\d requests\/s × max_num_seqs \d+( \(|$)/.test(line));

  test('marks baselines, and says once what they have in common', () => {
    expect(titles(bySeqs)).toEqual([
      '1 requests/s × max_num_seqs 8 (baseline)',
      '8 requests/s × max_num_seqs 8 (baseline)',
      '1 requests/s × max_num_seqs 16',
      '8 requests/s × max_num_seqs 16',
    ]);
    expect(text(bySeqs)).toContain('The baseline of each is max_num_seqs 8 at the same requests/s.');
  });

  test('names the baseline of each where it is not plain', () => {
    expect(titles(crossed).slice(2)).toEqual([
      '1 requests/s × max_num_seqs 16 (against 8 requests/s × max_num_seqs 8)',
      '8 requests/s × max_num_seqs 16 (against 1 requests/s × max_num_seqs 8)',
    ]);
    expect(text(mixed)).not.toContain('(against');
  });

  test('says that a difference is missing since the figure of the baseline is withheld', () => {
    const withheld = text(study(BY_RATE, (place) => [null, 0, null, 2][place]!, [2]));
    expect(withheld.match(/TTFT p99 .* baseline withheld/g)).toHaveLength(1);
  });
});

describe('the page', () => {
  const against = (of: ReturnType<typeof study>) => /<h3>Against.*?<\/table>/s.exec(reportHtml(of))![0];

  test('has the differences of all compared variants, with the baseline in the heading', () => {
    const table = against(byRate);
    expect(table).toContain('<h3>Against max_num_seqs 8 at the same requests/s</h3>');
    expect(table.match(/<tr>/g)).toHaveLength(3);
    expect(table).not.toContain('>against</th>');
  });

  test('has a column for it where it differs', () => {
    const table = against(crossed);
    expect(table).toContain('<h3>Against the baseline of each</h3>');
    expect(table).toMatch(/>against<\/th>/);
    expect(table).toContain('>8 requests/s × max_num_seqs 8</td>');
  });
});

test('the answer compares with the baseline under the same load', () => {
  const told = answer(study(BY_RATE.slice(4), (place) => [null, 0][place]!));
  expect(told).toMatch(/against max_num_seqs 8 that is −50 %/);
  expect(answer(byRate)).not.toMatch(/against 1 requests\/s × max_num_seqs 8 .*with 8 requests/);
});

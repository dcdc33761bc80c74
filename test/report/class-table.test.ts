import { describe, expect, test } from 'vitest';
import { classColumns, classTable } from '../../src/report/class-table.ts';
import { consoleReport } from '../../src/report/console.ts';
import { requestsCsv, summaryCsv } from '../../src/report/csv.ts';
import { type Row, recordOf, runReport, SLO, summaryOf } from './fixture.ts';

const served = (kind: number, ttftMs: number, rest: Partial<Row> = {}): Row => ({
  arrivalUs: 0,
  firstTokenUs: ttftMs * 1000,
  firstAnswerTokenUs: ttftMs * 1000,
  lastTokenUs: ttftMs * 1000 + 100_000,
  outputTokens: 11,
  finish: 'stop',
  class: kind,
  ...rest,
});
const classes = [
  { name: 'interactive', slo: [{ metric: 'ttft', statistic: 'p99', limit_us: 500_000 } as const] },
  { name: 'batch', slo: SLO },
];
const record = recordOf([served(0, 100), served(0, 200), served(1, 3000, { wantedTokens: 20, finish: 'length' })]);
const summary = summaryOf(record, { classes, slo: SLO });

describe('classes of requests', () => {
  test('have a row each, with what the SLO says of them', () => {
    const columns = Object.fromEntries(classColumns(summary).map(({ header, texts }) => [header, texts]));
    expect(columns.class).toEqual(['interactive', 'batch']);
    expect(columns.requests).toEqual(['2', '1']);
    expect(columns['cut short']).toEqual(['0 %', '100 %']);
    expect(columns.SLO).toEqual(['met', 'missed']);
    expect(classTable(summary)).toContain('<th class="text" scope="row">batch</th>');
  });

  test('say below their table whom percentiles and SLO are of, on console and page', () => {
    const note = 'Percentiles are of finished requests. The SLO counts those not served as infinitely late.';
    expect(classTable(summary)).toContain(`<p class="caption">${note}</p>`);
    const study = { name: 's', question: null, runs: [{ ...runReport(recordOf([])), summary }] };
    expect(consoleReport(study, { columns: 120, color: false })).toContain(`\n${note}\n`);
    const unjudged = summaryOf(record, { classes: classes.map(({ name }) => ({ name, slo: [] })) });
    expect(classTable(unjudged)).toContain('<p class="caption">Percentiles are of finished requests.</p>');
  });

  test('have no table where there are none', () => {
    expect(classTable(summaryOf(recordOf([served(0, 100)])))).toBe('');
  });

  test('have columns of their own in summary.csv, by their names', () => {
    const study = { name: 's', question: null, runs: [{ ...runReport(recordOf([])), summary }] };
    const [header, row] = summaryCsv(study).trimEnd().split('\n');
    const value = (name: string) => row!.split(',')[header!.split(',').indexOf(name)];
    expect(value('sim.classes.interactive.finished')).toBe('2');
    expect(value('sim.classes.batch.truncated')).toBe('1');
    expect(value('sim.classes.interactive.slo.ttft_p99.met')).toBe('true');
    expect(header).not.toContain('sim.classes,');
  });

  test('are named in the file of requests', () => {
    const lines = requestsCsv(record, { classes: ['interactive', 'batch'] })
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.split(',').at(-1))).toEqual(['class', 'interactive', 'interactive', 'batch']);
  });
});

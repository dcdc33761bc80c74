/** Comma-separated files as RFC 4180 has them: a header, `\n` line ends, quotes only where needed, empty for null. */
import { keptRequests, type RunRecord } from '../record/run-record.ts';
import { type Columns, type RequestNames, requestColumns } from './columns.ts';
import { statisticsTable } from './statistics-table.ts';
import type { MeasuredStudy, StudyReport } from './study-report.ts';
import { type Cell, summaryTable } from './summary-table.ts';

/** `requests.csv`: one row a request. */
export function requestsCsv(record: RunRecord, names: RequestNames = {}): string {
  return columnsCsv(requestColumns(keptRequests(record), names));
}

/** `summary.csv`: one row a run. */
export function summaryCsv(study: StudyReport): string {
  const { names, rows } = summaryTable(study);
  return csvText([names, ...rows]);
}

/** `statistics.csv`: one row a variant and metric. */
export function statisticsCsv(study: MeasuredStudy): string {
  const { names, rows } = statisticsTable(study);
  return csvText([names, ...rows]);
}

function columnsCsv({ rows, columns }: Columns): string {
  const parts = [columns.map((column) => column.name).join(',')];
  for (let row = 0; row < rows; row++) parts.push(columns.map((column) => cell(column.valueAt(row))).join(','));
  return `${parts.join('\n')}\n`;
}

/** Rows as lines. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function cell(value: Cell | bigint): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

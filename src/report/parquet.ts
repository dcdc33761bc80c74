/**
 * `requests.parquet`, `timeline.parquet` and `summary.parquet`, for pandas, polars and DuckDB. The bytes depend on the runs alone: no
 * date, no host.
 */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { keptRequests, type RunRecord } from '../record/run-record.ts';
import { type Column, type Columns, type RequestNames, requestColumns, timelineColumns } from './columns.ts';
import type { StudyReport } from './study-report.ts';
import { type Cell, summaryTable } from './summary-table.ts';

/** Key-value pairs for the file's footer, such as `{ run_id: '…', seed: '1' }`. */
export type FileMetadata = Readonly<Record<string, string>>;

/** One row a request. */
export function requestsParquet(record: RunRecord, metadata: FileMetadata = {}, names: RequestNames = {}): Uint8Array {
  return parquet(requestColumns(keptRequests(record), names), metadata);
}

/** `summary.parquet`: one row a run, the columns of `summary.csv`. */
export function summaryParquet(study: StudyReport): Uint8Array {
  const { names, rows } = summaryTable(study);
  const columns = names.map((name, column): Column => {
    const values = rows.map((row) => row[column]!);
    const type = typeOf(name, values);
    return { name, type, valueAt: (row) => cellOf(values[row]!, type) };
  });
  return parquet({ rows: rows.length, columns }, {});
}

/** One row an interval of the timeline. */
export function timelineParquet(record: RunRecord, metadata: FileMetadata = {}): Uint8Array {
  return parquet(timelineColumns(record.timeline), metadata);
}

/** Texts that may be missing in all runs; numbers otherwise, so that tables of different studies fit below each other. */
const TEXTS = /(^|\.)(label|stuck|run_id|variant|no_break_even_because)$/;

function typeOf(name: string, values: readonly Cell[]): Column['type'] {
  if (name === 'seed') return 'long';
  const given = values.filter((value) => value !== null && value !== 'inf');
  if (given.length === 0) return TEXTS.test(name) ? 'text' : 'number';
  if (given.every((value) => typeof value === 'number')) return 'number';
  return given.every((value) => typeof value === 'boolean') ? 'flag' : 'text';
}

/** A request rate may be `inf`, which a number can be too. */
function cellOf(value: Cell, type: Column['type']): ReturnType<Column['valueAt']> {
  if (value === null) return null;
  if (type === 'text') return String(value);
  if (type === 'long') return BigInt(value as number);
  return value === 'inf' ? Number.POSITIVE_INFINITY : (value as number | boolean);
}

function parquet({ rows, columns }: Columns, metadata: FileMetadata): Uint8Array {
  const columnData = columns.map((column) => ({
    name: column.name,
    type: parquetType(column),
    data: Array.from({ length: rows }, (_, row) => column.valueAt(row)),
  }));
  const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, createdBy: 'servesim' }));
}

function parquetType({ type }: Column): 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING' {
  switch (type) {
    case 'long':
      return 'INT64';
    case 'flag':
      return 'BOOLEAN';
    case 'integer':
      return 'INT32';
    case 'number':
      return 'DOUBLE';
    case 'text':
      return 'STRING';
  }
}

/**
 * `requests.parquet` and `timeline.parquet`, for pandas, polars and DuckDB. The bytes depend on the run alone: no
 * date, no host.
 */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { keptRequests, type RunRecord } from '../record/run-record.ts';
import { type Column, type Columns, requestColumns, timelineColumns } from './columns.ts';

/** Key-value pairs for the file's footer, such as `{ run_id: '…', seed: '1' }`. */
export type FileMetadata = Readonly<Record<string, string>>;

/** One row a request. `classes`: their names, if requests are told apart. */
export function requestsParquet(
  record: RunRecord,
  metadata: FileMetadata = {},
  classes: readonly string[] = [],
): Uint8Array {
  return parquet(requestColumns(keptRequests(record), classes), metadata);
}

/** One row an interval of the timeline. */
export function timelineParquet(record: RunRecord, metadata: FileMetadata = {}): Uint8Array {
  return parquet(timelineColumns(record.timeline), metadata);
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

function parquetType({ type }: Column): 'INT32' | 'DOUBLE' | 'STRING' {
  switch (type) {
    case 'integer':
      return 'INT32';
    case 'number':
      return 'DOUBLE';
    case 'text':
      return 'STRING';
  }
}

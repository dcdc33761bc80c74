import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { requestsCsv, summaryCsv } from '../../src/report/csv.ts';
import { requestsParquet, summaryParquet, timelineParquet } from '../../src/report/parquet.ts';
import { emptyTimeline, recordOf, runReport, sweepStudy, syntheticRecord } from './fixture.ts';

async function read(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  return await parquetReadObjects({ file: buffer(bytes) });
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Objects as CSV text, to compare with the other writer. */
function csv(rows: readonly Record<string, unknown>[]): string {
  const lines = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row).map((value) => value ?? ''))];
  return `${lines.map((cells) => cells.join(',')).join('\n')}\n`;
}

describe('parquet files', () => {
  const record = syntheticRecord({ requests: 1500, refused: 0.1, thinking: true, rate: 20 });

  test('requests.parquet reads back as requests.csv says, over several row groups', async () => {
    expect(csv(await read(requestsParquet(record)))).toBe(requestsCsv(record));
  });

  test('timeline.parquet has a row an interval', async () => {
    const timeline = emptyTimeline(2, 500_000);
    timeline.kvUsage.set([0.25, 0.5]);
    timeline.outputTokens.set([7, 0]);
    const rows = await read(timelineParquet(recordOf([], { timeline })));
    expect(rows).toMatchObject([
      { start_s: 0, interval_s: 0.5, kv_cache_usage: 0.25, output_tokens: 7 },
      { start_s: 0.5, interval_s: 0.5, kv_cache_usage: 0.5, output_tokens: 0 },
    ]);
    expect(await read(timelineParquet(record))).toHaveLength(record.timeline.count);
  });

  test('what did not happen is null', async () => {
    const [row] = await read(requestsParquet(recordOf([{ arrivalUs: 0, finish: 'rejected' }])));
    expect(row).toMatchObject({
      request_id: 0,
      arrival_s: 0,
      scheduled_s: null,
      ttft_s: null,
      finish_reason: 'rejected',
    });
  });

  test('a run without requests gives a file with columns and no rows', async () => {
    const bytes = requestsParquet(recordOf([]));
    expect(await read(bytes)).toEqual([]);
    expect(parquetMetadata(buffer(bytes)).schema.map(({ name }) => name)).toContain('ttft_s');
  });

  test('equal runs give equal bytes', () => {
    expect(requestsParquet(syntheticRecord())).toEqual(requestsParquet(syntheticRecord()));
  });

  test('the footer holds the given metadata', () => {
    const { key_value_metadata } = parquetMetadata(buffer(requestsParquet(recordOf([]), { run_id: 'abc' })));
    expect(key_value_metadata).toContainEqual({ key: 'run_id', value: 'abc' });
  });
});

describe('summary.parquet', () => {
  const study = sweepStudy([16, 32], [1, 2]);

  test('has the rows and columns of summary.csv', async () => {
    const rows = await read(summaryParquet(study));
    const [header, ...lines] = summaryCsv(study).trimEnd().split('\n');
    expect(rows).toHaveLength(lines.length);
    expect(Object.keys(rows[0]!).join(',')).toBe(header);
    expect(rows.map(({ max_num_seqs }) => max_num_seqs)).toEqual([16, 16, 32, 32]);
  });

  test('has numbers as numbers, verdicts as booleans, and whole seeds', async () => {
    const [row] = await read(summaryParquet(study));
    expect(row).toMatchObject({ seed: 1n, endpoint_type: 'servesim', num_prompts: 400 });
    expect(typeof row!.p99_ttft_ms).toBe('number');
    expect(typeof row!['sim.slo.ttft_p99.met']).toBe('boolean');
  });

  test('keeps the type of a column whose values are all missing, so that files of several studies fit together', async () => {
    const types = (bytes: Uint8Array) =>
      Object.fromEntries(parquetMetadata(buffer(bytes)).schema.map(({ name, type }) => [name, type]));
    const nothing = summaryParquet({ name: 's', question: null, runs: [runReport(recordOf([]))] });
    expect(types(nothing)).toMatchObject({ p99_ttft_ms: 'DOUBLE', label: 'BYTE_ARRAY', 'sim.stuck': 'BYTE_ARRAY' });
    expect(types(summaryParquet(study))).toMatchObject({ p99_ttft_ms: 'DOUBLE', 'sim.stuck': 'BYTE_ARRAY' });
  });

  test('has an infinite request rate as infinity', async () => {
    const run = runReport(recordOf([]));
    const runs = [run, { ...run, summary: { ...run.summary, request_rate: 'inf' as const } }];
    const rows = await read(summaryParquet({ name: 's', question: null, runs }));
    expect(rows.map(({ request_rate }) => request_rate)).toEqual([2, Number.POSITIVE_INFINITY]);
  });

  test('of equal studies has equal bytes', () => {
    expect(summaryParquet(sweepStudy([16], [1]))).toEqual(summaryParquet(sweepStudy([16], [1])));
  });
});

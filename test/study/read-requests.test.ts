import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requestsParquet } from '../../src/report/parquet.ts';
import { readRequests } from '../../src/study/read-requests.ts';
import { recordOf, syntheticRecord } from '../report/fixture.ts';

function fileWith(bytes: Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'servesim-test-')), 'requests.parquet');
  writeFileSync(file, bytes);
  return file;
}

describe('requests.parquet', () => {
  it('reads back as the table that it was written from, to the microsecond', async () => {
    const record = syntheticRecord();
    expect(record.requests!.count).toBeGreaterThan(100);
    expect(await readRequests(fileWith(requestsParquet(record)), [])).toEqual(record.requests);
  });

  it('keeps what did not happen, the replica of nobody, and classes', async () => {
    const record = recordOf([
      { arrivalUs: 1_234_567_890_123, promptTokens: 9000, finish: 'rejected' },
      { arrivalUs: 1_234_567_890_124, promptTokens: 70, finish: 'stop', firstTokenUs: 1_234_567_890_999 },
    ]);
    const requests = { ...record.requests!, class: Uint16Array.of(1, 0), replica: Uint16Array.of(0xffff, 3) };
    const file = fileWith(requestsParquet({ ...record, requests }, {}, { classes: ['chat', 'batch'] }));
    expect(await readRequests(file, ['chat', 'batch'])).toEqual(requests);
  });
});

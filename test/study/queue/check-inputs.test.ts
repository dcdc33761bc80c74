import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResolvedRun } from '../../../src/config/resolved.ts';
import { checkInputs } from '../../../src/study/queue/check-inputs.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A run of which only the trace is looked at. */
const runWith = (path: string, digest: string) =>
  ({ workload: { trace: { path, sha256: digest, prefix_blocks: null } }, pools: [] }) as unknown as ResolvedRun;

describe('a worker that is given a run whose study names files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-test-'));
  writeFileSync(join(folder, 'trace.csv'), 'rows');

  it('takes it where the files are those of the study', () => {
    checkInputs(runWith('trace.csv', sha256('rows')), folder, 'vm-1');
    checkInputs(runWith(join(folder, 'trace.csv'), sha256('rows')), '/elsewhere', 'vm-1');
  });

  it('refuses it where one is another file, and names the machine', () => {
    expect(() => checkInputs(runWith('trace.csv', sha256('other rows')), folder, 'vm-1')).toThrow(
      `trace.csv: on the worker vm-1, ${join(folder, 'trace.csv')} is not the file that the study was checked with`,
    );
  });

  it('refuses it where one is missing, and says where it was looked for', () => {
    expect(() => checkInputs(runWith('none.csv', sha256('rows')), folder, 'vm-1')).toThrow(
      `none.csv: no such file. A worker of the fleet, vm-1, looked for it as ${join(folder, 'none.csv')}`,
    );
  });
});

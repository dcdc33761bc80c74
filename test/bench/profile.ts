/** A CPU profile of a workload: where its time goes, by function. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percent } from '../../src/report/format.ts';
import { type CpuProfile, selfTimes, timeByRoom } from './self-time.ts';
import { left, right, type Table } from './tables.ts';

/** Functions listed. */
const LISTED = 15;

/** Runs the program once under V8's sampling profiler. */
export function profileTable(name: string, programFile: string, args: readonly string[]): Table {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-profile-'));
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--cpu-prof', '--cpu-prof-dir', folder, programFile, ...args],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${name}: exit code ${status}: ${stderr}`);
    const [file] = readdirSync(folder);
    const times = selfTimes(JSON.parse(readFileSync(join(folder, file!), 'utf8')) as CpuProfile);
    return {
      title: `Self time of ${name}`,
      columns: [left('function'), left('file'), right('share')],
      rows: times.slice(0, LISTED).map(({ name, file, share }) => [name, file, percent(share)]),
      notes: [
        `By room: ${timeByRoom(times)
          .map(([room, share]) => `${room} ${percent(share)}`)
          .join(', ')}.`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

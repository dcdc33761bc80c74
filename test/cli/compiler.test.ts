import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { V8_FLAGS } from '../../src/cli/compiler.ts';

it('every flag is known to the V8 that runs, which would complain on stderr where a study has its progress', () => {
  const { status, stderr } = spawnSync(process.execPath, [...V8_FLAGS, '-e', '0'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { V8_FLAGS, v8Flags } from '../../src/cli/compiler.ts';

it('every flag is known to the V8 that runs, which would complain on stderr where a study has its progress', () => {
  const { status, stderr } = spawnSync(process.execPath, [...V8_FLAGS, '-e', '0'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

it('a V8 that nobody has tried is left as it is', () => {
  expect(v8Flags('11.3.244.8-node.38').atStart).toContain('--interrupt-budget=600000');
  expect(v8Flags('12.4.254.21-node.57').atStart).not.toContain('--interrupt-budget=600000');
  expect(v8Flags('11.8.172.17-node.20')).toEqual({ atStart: [], simulating: [] });
  expect(v8Flags('99.1')).toEqual({ atStart: [], simulating: [] });
});

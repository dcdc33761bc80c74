import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StagingFolder } from '../../src/study/staging-folder.ts';

const newParent = () => mkdtempSync(join(tmpdir(), 'servesim-test-'));

/** The number of a process that is gone. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

/** A folder as a process of this machine with that number would have left it. */
function leftBy(parent: string, pid: number): string {
  const own = new StagingFolder(parent, '.partial-');
  const path = join(parent, basename(own.path).replace(`-${process.pid}-`, `-${pid}-`));
  renameSync(own.path, path);
  writeFileSync(join(path, 'half'), 'written');
  own.remove();
  return path;
}

/** The next one who stages something leaves it at first. */
function expectToGoAfterAnHour(parent: string, path: string): void {
  new StagingFolder(parent, '.partial-').remove();
  expect(existsSync(path)).toBe(true);
  const old = new Date(Date.now() - 2 * 3600e3);
  utimesSync(path, old, old);
  new StagingFolder(parent, '.partial-').remove();
  expect(existsSync(path)).toBe(false);
}

describe('a staging folder', () => {
  it('is gone with all that is in it when it is removed', () => {
    const parent = newParent();
    const folder = new StagingFolder(parent, '.partial-');
    writeFileSync(join(folder.path, 'half'), 'written');
    folder.remove();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('of a process that is gone is removed by the next one', () => {
    const parent = newParent();
    const path = leftBy(parent, deadPid());
    new StagingFolder(parent, '.partial-').remove();
    expect(existsSync(path)).toBe(false);
  });

  it('of a process that lives stays, and so does another one of this process', () => {
    const parent = newParent();
    const path = leftBy(parent, process.ppid);
    const own = new StagingFolder(parent, '.partial-');
    new StagingFolder(parent, '.partial-').remove();
    expect([existsSync(path), existsSync(own.path)]).toEqual([true, true]);
    own.remove();
  });

  it('of another machine goes when it has not been touched for an hour', () => {
    const parent = newParent();
    const path = join(parent, '.partial-elsewhere.00000000-77-abcdef');
    mkdirSync(path);
    expectToGoAfterAnHour(parent, path);
  });

  it.runIf(existsSync('/proc/self/ns/pid'))(
    'of another container of this machine, whose processes nobody here sees, goes by the same rule',
    () => {
      const parent = newParent();
      const made = leftBy(parent, deadPid());
      const path = made.replace(/\.\d+-/, '.1-');
      expect(path).not.toBe(made);
      renameSync(made, path);
      expectToGoAfterAnHour(parent, path);
    },
  );

  it('removes nothing of another name', () => {
    const parent = newParent();
    const names = ['.partial-', '.partial-mine', '.partial-my-1-folder', '.partial-data.2024-1-older.d', 'results'];
    for (const name of names) {
      mkdirSync(join(parent, name));
      utimesSync(join(parent, name), new Date(0), new Date(0));
    }
    new StagingFolder(parent, '.partial-').remove();
    expect(readdirSync(parent).sort()).toEqual(names.toSorted());
  });
});

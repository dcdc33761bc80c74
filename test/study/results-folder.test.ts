import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ResultsFolder } from '../../src/study/results-folder.ts';

/** What another process does just before a folder gets its name. */
const others = vi.hoisted(() => ({ act: (_target: string) => {} }));
vi.mock(import('node:fs'), async (original) => {
  const real = await original();
  return {
    ...real,
    renameSync: (from, to) => {
      others.act(String(to));
      real.renameSync(from, to);
    },
  };
});

afterEach(() => {
  others.act = () => {};
});

const newPath = () => join(mkdtempSync(join(tmpdir(), 'servesim-test-')), 'out');

/** Places a run while another process does something, and closes the folder. What is in the run's folder then. */
function placed(path: string, act: (target: string) => void): string[] {
  const results = new ResultsFolder(path);
  const made = results.newFolder();
  writeFileSync(join(made, 'mine'), '');
  others.act = act;
  try {
    results.placeRun('run', made);
    return readdirSync(results.runFolder('run'));
  } finally {
    results.close();
  }
}

/** Another process places the same run there. */
function place(target: string): void {
  mkdirSync(target);
  writeFileSync(join(target, 'theirs'), '');
}

describe('a folder that several processes write to', () => {
  it('takes a run although another one has just removed runs/, which was empty', () => {
    let times = 0;
    const act = (target: string) => {
      if (times++ < 2) rmdirSync(dirname(target));
    };
    expect(placed(newPath(), act)).toEqual(['mine']);
  });

  it('takes a run that another one places again and again, and that was there before', () => {
    const path = newPath();
    mkdirSync(join(path, 'runs'), { recursive: true });
    place(join(path, 'runs/run'));
    let times = 0;
    const act = (target: string) => {
      if (target === join(path, 'runs/run') && times++ < 3) place(target);
    };
    expect(placed(path, act)).toEqual(['mine']);
    expect(readdirSync(path)).toEqual(['runs']);
  });

  it('is given up where nothing helps, and left as it was', () => {
    const path = newPath();
    const act = (target: string) => rmSync(dirname(target), { recursive: true, force: true });
    expect(() => placed(path, act)).toThrow('ENOENT');
    expect(existsSync(path)).toBe(false);
  });
});

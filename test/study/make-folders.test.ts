import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../src/study/make-folders.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'servesim-folders-'));
}

test('all missing folders are made, and the outermost of them is named', () => {
  const root = folder();
  expect(makeFolders(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
  expect(statSync(join(root, 'a', 'b', 'c')).isDirectory()).toBe(true);
  expect(makeFolders(join(root, 'a', 'd'))).toBe(join(root, 'a', 'd'));
});

test('a folder that is there is left as it is', () => {
  const root = folder();
  expect(makeFolders(root)).toBeUndefined();
  expect(makeFolders('.')).toBeUndefined();
  expect(makeFolders('/')).toBeUndefined();
});

test('a file in the way is an error, at the end of the path and within it', () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow(/EEXIST/);
  expect(() => makeFolders(join(file, 'below', 'it'))).toThrow(/ENOTDIR/);
});

test.skipIf(!existsSync('/proc/self'))('a file system that makes no folders says so, and is asked once', () => {
  expect(() => makeFolders('/proc/servesim/results')).toThrow(/ENOENT|EACCES|EPERM/);
});

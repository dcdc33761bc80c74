import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { profileDigest, profileReader, readProfile } from '../../src/study/read-profile.ts';
import { ATTENTION_CSV, DENSE_CSV, MOE_CSV, PER_SEQUENCE_CSV } from '../latency/profile/fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profile-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function writeTables(prefix: string): void {
  write(`${prefix}dense.csv`, DENSE_CSV);
  write(`${prefix}per_sequence.csv`, PER_SEQUENCE_CSV);
  write(`${prefix}attention.csv`, ATTENTION_CSV);
}

const read = (tensorParallelSize: number, expertCut: number | null = null, path = folder) =>
  readProfile(path, 'mine', { tensorParallelSize, expertCut });

it('reads the folder of the degree of tensor parallelism, and meta.yaml beside it', () => {
  writeTables('tp1/');
  writeTables('tp2/');
  write('meta.yaml', 'gpu: NVIDIA L4');
  write('tp2/dense.csv', DENSE_CSV.replaceAll('o_proj', 'other'));
  expect(read(1).dense.has('o_proj')).toBe(true);
  expect(read(2).dense.has('other')).toBe(true);
  expect(read(1).meta?.gpu).toBe('NVIDIA L4');
});

it('reads a folder that is itself the one of a degree', () => {
  writeTables('tp2/');
  writeTables('');
  expect(read(2, null, join(folder, 'tp2')).dense.size).toBe(9);
  expect(() => read(1, null, join(folder, 'tp2'))).toThrow(
    'mine: holds tensor_parallel_size 2, but the deployment has 1.',
  );
});

it('names the degrees that are there', () => {
  writeTables('tp1/');
  writeTables('tp2/');
  expect(() => read(4)).toThrow(
    'mine: no folder tp4/; there are tp1/, tp2/. tensor_parallel_size can be 1 or 2 with this profile.',
  );
});

it('reads experts cut as the deployment cuts them: whole ones from tp1/', () => {
  writeTables('tp1/');
  writeTables('tp2/');
  write('tp1/moe.csv', MOE_CSV);
  expect(read(2, 1).experts).not.toBeNull();
  expect(read(1, 1).experts).not.toBeNull();
  expect(read(2).experts).toBeNull();
  expect(() => read(2, 2)).toThrow(
    'mine: no tp2/moe.csv; this deployment computes experts cut into 2. The profile has tp1/moe.csv. ' +
      'With enable_expert_parallel experts stay whole.',
  );
});

it('names files by the folder as the study names it', () => {
  writeTables('tp1/');
  write('tp1/dense.csv', `${DENSE_CSV}\no_proj,two,3`);
  const line = DENSE_CSV.split('\n').length + 1;
  expect(() => read(1)).toThrow(`mine/tp1/dense.csv:${line}: column tokens is "two"`);
});

it('tells a folder that is not there, a file, and a folder without tables apart', () => {
  write('file', '');
  expect(() => read(1, null, join(folder, 'none'))).toThrow('mine: no such folder');
  expect(() => read(1, null, join(folder, 'file'))).toThrow('mine: is a file');
  expect(() => read(1)).toThrow('mine: neither folders tp1/, tp2/, … nor dense.csv there');
  expect(() => profileDigest(join(folder, 'none'), 'mine')).toThrow('mine: no such folder');
});

it('reads a profile once for each kind of shards', () => {
  writeTables('tp1/');
  const reader = profileReader(dirname(folder));
  const shards = { tensorParallelSize: 1, expertCut: null };
  expect(reader(folder, shards)).toBe(reader(folder, shards));
});

it('digests names and contents, whatever their order on the disk', () => {
  write('tp1/a.csv', 'one');
  const first = profileDigest(folder, 'mine');
  expect(profileDigest(`${folder}/`, 'mine')).toBe(first);
  write('tp1/a.csv', 'two');
  const second = profileDigest(folder, 'mine');
  write('tp1/b.csv', '');
  expect(new Set([first, second, profileDigest(folder, 'mine')]).size).toBe(3);
});

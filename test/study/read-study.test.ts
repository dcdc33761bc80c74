import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStudy } from '../../src/study/read-study.ts';

const BASE =
  'deployment: { model: ./own/config.json, gpu: h100-sxm }\nworkload: { synthetic: chat, num_requests: 10 }\n';

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-extends-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

function errorOf(folder: string, file: string): string {
  try {
    readStudy(join(folder, file), []);
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '');
  }
  throw new Error('expected an error');
}

describe('extends', () => {
  test('goes through several files, in their folders', () => {
    const folder = folderWith({
      'base/base.yaml': BASE,
      'base/deep/middle.yaml': 'extends: ../base.yaml\ndeployment: { max_num_seqs: 4, max_model_len: 8k }\n',
      'top.yaml': 'extends: base/deep/middle.yaml\ndeployment: { max_num_seqs: 16 }\n',
    });
    const { study } = readStudy(join(folder, 'top.yaml'), ['deployment.watermark=0.1']);
    expect(study.deployment).toEqual({
      model: './base/own/config.json',
      gpu: 'h100-sxm',
      max_num_seqs: 16,
      max_model_len: '8k',
      watermark: 0.1,
    });
  });

  test('may not go round in a circle', () => {
    const folder = folderWith({ 'a.yaml': 'extends: b.yaml\n', 'b.yaml': 'extends: a.yaml\n' });
    expect(errorOf(folder, 'a.yaml')).toBe(
      '/b.yaml:1:10 extends: /a.yaml extends /b.yaml extends /a.yaml; expected no circle.',
    );
    expect(errorOf(folderWith({ 'a.yaml': 'extends: ./a.yaml\n' }), 'a.yaml')).toMatch(/expected no circle/);
  });

  test('of a file that is not there, or is no study, is refused', () => {
    expect(errorOf(folderWith({ 'a.yaml': 'extends: b.yaml\n' }), 'a.yaml')).toBe(
      '/a.yaml:1:10 extends: read "b.yaml", but there is no file /b.yaml.',
    );
    expect(errorOf(folderWith({ 'a.yaml': 'extends: b.yaml\n', 'b.yaml': '- 1\n' }), 'a.yaml')).toBe(
      '/b.yaml: expected a study: a mapping with deployment and workload.',
    );
    expect(errorOf(folderWith({ 'a.yaml': `extends: 3\n${BASE}` }), 'a.yaml')).toMatch(
      /^\/a\.yaml:1:10 extends: read 3, expected the path of another study/,
    );
  });

  test('cannot be set from elsewhere', () => {
    const folder = folderWith({ 'a.yaml': BASE, 'b.yaml': BASE });
    expect(() => readStudy(join(folder, 'a.yaml'), ['extends=b.yaml'])).toThrow(
      '--set extends=b.yaml: expected in a study file of its own, and nowhere else.',
    );
  });
});

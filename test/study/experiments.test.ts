import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openStudy } from '../../src/study/open-study.ts';

const FOLDER = fileURLToPath(new URL('../../experiments/', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const readme = readFileSync(`${FOLDER}README.md`, 'utf8');

describe.each(files)('experiments/%s', (file) => {
  const { resolved } = openStudy(`${FOLDER}${file}`);

  test('begins with its question', () => {
    expect(readFileSync(FOLDER + file, 'utf8')).toMatch(/^# \S/);
    expect(resolved.question).toMatch(/\?/);
  });

  test('can be run: every variant starts', () => {
    expect(resolved.runs.length).toBeGreaterThan(0);
    expect(resolved.not_started).toEqual([]);
    expect(resolved.tune).toBeNull();
  });

  test('is told of in the README', () => {
    expect(readme).toContain(`(${file})`);
    expect(readme).toContain(`servesim run experiments/${file}`);
  });
});

describe('the ten experiments', () => {
  const swept = files.filter((name) => !['quickstart.yaml', 'spot-fleet.yaml'].includes(name));

  test('are ten', () => {
    expect(swept.length).toBe(10);
  });

  test.each(swept)('%s has seeds enough for an interval, and is named as its file', (file) => {
    const { resolved } = openStudy(`${FOLDER}${file}`);
    expect(new Set(resolved.runs.map(({ seed }) => seed)).size).toBeGreaterThanOrEqual(5);
    expect(`${resolved.name}.yaml`).toBe(file);
  });

  test('name no file that is not there', () => {
    const named = [...readme.matchAll(/experiments\/([\w-]+\.yaml)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !files.includes(name))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { folderWith, servesim } from './servesim.ts';

const packed = (name: string) => readFileSync(new URL(`../conformance/traces/${name}.json.gz`, import.meta.url));
const plain = (name: string) => gunzipSync(packed(name)).toString();

describe('servesim conform', () => {
  it('says of each trace that it is identical, and how many steps were compared', () => {
    const folder = folderWith({ 'a.json': plain('a01-one-request'), 'c.json.gz': packed('c01-preempt-tail') });
    const { code, stdout } = servesim(folder, 'conform', 'a.json', 'c.json.gz');
    expect(code).toBe(0);
    expect(stdout).toBe(
      'a.json: identical, 7 steps, block ids too\nc.json.gz: identical, 46 steps, block ids too\n' +
        '2 of 2 traces of vLLM 0.33.0 identical (53 steps)\n',
    );
  });

  it('names the first step and field that differ, and exits with 1', () => {
    const folder = folderWith({
      'a.json': plain('a01-one-request').replace('"n":[1]', '"n":[2]').replace('"n": [1]', '"n": [2]'),
    });
    const { code, stdout } = servesim(folder, 'conform', 'a.json');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a\.json: differs at step \d+, field n: recorded \[2\], ours \[1\]$/m);
  });

  it('reports a feature it does not have, and exits with 1', () => {
    const trace = JSON.parse(plain('a01-one-request')) as { resolved: Record<string, unknown> };
    trace.resolved.kv_connector = 'offloading';
    const folder = folderWith({ 'a.json.gz': gzipSync(JSON.stringify(trace)) });
    const { code, stdout } = servesim(folder, 'conform', 'a.json.gz');
    expect(code).toBe(1);
    expect(stdout).toContain('a.json.gz: not supported: setting kv_connector');
  });

  it('knows a file of KV capacities by its content, and counts it beside traces', () => {
    const rows = readFileSync(new URL('../conformance/kv-capacity.json.gz', import.meta.url));
    const folder = folderWith({ 'kv.json.gz': rows, 'a.json': plain('a01-one-request') });
    const { code, stdout } = servesim(folder, 'conform', 'kv.json.gz', 'a.json');
    expect(code).toBe(0);
    expect(stdout).toBe(
      'kv.json.gz: identical, 779 rows\na.json: identical, 7 steps, block ids too\n' +
        '1 of 1 traces of vLLM 0.33.0 identical (7 steps)\n1 of 1 capacity files of vLLM 0.33.0 identical (779 rows)\n',
    );
  });

  it('names the first row and column that differ, lists all of them as JSON, and exits with 1', () => {
    const packedRows = readFileSync(new URL('../conformance/kv-capacity.json.gz', import.meta.url));
    const file = JSON.parse(gunzipSync(packedRows).toString()) as { rows: Record<string, unknown>[] };
    const wrong = {
      ...file,
      rows: file.rows.map((row, i) => (i === 4 || i === 9 ? { ...row, fits: !row.fits } : row)),
    };
    const folder = folderWith({ 'kv.json': JSON.stringify(wrong) });
    const { code, stdout } = servesim(folder, 'conform', 'kv.json');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^kv\.json: differs at row 4, field fits: recorded \w+, ours \w+ \(2 of 779 rows differ\)$/m,
    );
    const json = JSON.parse(servesim(folder, 'conform', 'kv.json', '--json').stdout);
    expect(json.files[0].differences.map(({ row }: { row: number }) => row)).toEqual([4, 9]);
  });

  it('prints the same as JSON', () => {
    const folder = folderWith({ 'a.json': plain('a01-one-request') });
    const { stdout } = servesim(folder, 'conform', 'a.json', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      identical: 1,
      identical_steps: 7,
      files: [{ file: 'a.json', verdict: 'identical', steps: 7, blockIds: true }],
    });
  });

  it('goes on after a file that cannot be read, and exits with 2', () => {
    const folder = folderWith({ 'a.json': plain('a01-one-request') });
    const { code, stdout, stderr } = servesim(folder, 'conform', 'none.json', 'a.json');
    expect(stderr).toContain('none.json: no such file');
    expect(stdout).toContain('1 of 1 traces of vLLM 0.33.0 identical (7 steps)');
    expect(code).toBe(2);
  });

  it.each([
    ['a missing file', {}, /trace\.json: no such file/],
    ['a file that is no JSON', { 'trace.json': 'no' }, /trace\.json: not a scheduler trace/],
    [
      'a file of KV capacities without answers',
      { 'trace.json': '{"vllm": "0.33.0", "rows": [{"model": "x"}]}' },
      /trace\.json: not a file of KV capacities: rows\.0/,
    ],
    ['a JSON file that is no trace', { 'trace.json': '{"vllm": 3}' }, /trace\.json: not a scheduler trace: vllm/],
    ['a truncated gzip', { 'trace.json': packed('a01-one-request').subarray(0, 100) }, /trace\.json: the gzip data/],
  ])('refuses %s with exit code 2', (_what, files: Record<string, string | Uint8Array>, message) => {
    const { code, stderr } = servesim(folderWith(files), 'conform', 'trace.json');
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('servesim', () => {
  it('prints its version', () => {
    expect(servesim('.', '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('asks which command is meant', () => {
    expect(servesim('.').code).toBe(2);
    expect(servesim('.', 'rnu', 'x').stderr).toContain('Did you mean "run"?');
  });
});

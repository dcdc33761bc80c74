import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, servesim } from './servesim.ts';

const RIGHT = `claim: { id: M1, says: Seven is seven. }
expect: [{ what: seven <b>, quantity: { sum: [3, 4] }, claimed: 7 }]
`;
const WRONG = `claim: { id: M2, says: The server starts and is fast. }
deployment: { model: llama-3.1-8b, gpu: h100-sxm, max_model_len: 4096 }
workload: { synthetic: { lengths: { input: 100, output: 20 } }, max_concurrency: 1, num_requests: 3 }
expect:
  - { what: it starts, quantity: { check: starts }, claimed: true }
  - { what: latency, quantity: { value: p50_e2el_ms }, claimed: { at_most: 0.001 }, unit: s }
`;

describe('servesim run with claims', () => {
  it('reports every claim of a folder with its verdict, exits with 0, and writes a page and JSON', () => {
    const folder = folderWith({ 'M1.yaml': RIGHT, 'M2.yaml': WRONG });
    const { code, stdout } = servesim(folder, 'run', '.', '-o', 'out');
    expect(code).toBe(0);
    expect(stdout).toContain('seven <b>: 7.00, claimed 7: holds');
    expect(stdout).toContain('2 claims: 1 holds, 1 fails, 0 cannot be settled.');
    const page = readFileSync(join(folder, 'out/claims.html'), 'utf8');
    expect(page).toContain('seven &lt;b&gt;');
    expect(page).not.toContain('<script');
    const { claims } = JSON.parse(readFileSync(join(folder, 'out/claims.json'), 'utf8'));
    expect(claims.map(({ id, verdict }: { id: string; verdict: string }) => [id, verdict])).toEqual([
      ['M1', 'holds'],
      ['M2', 'fails'],
    ]);
  });

  it('reports a bad file with its place and exits with 2', () => {
    const folder = folderWith({ 'bad.yaml': RIGHT.replace('sum', 'som') });
    const { code, stderr } = servesim(folder, 'run', 'bad.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:2:\d+ expect\[0\]\.quantity.*Did you mean "sum"\?/);
  });

  it.each([['--serve-params', 'a.json'], ['--bench-params', 'a.json'], ['--link-vars', 'a=b'], ['--fresh']])(
    'refuses %s, which would do nothing',
    (...option) => {
      const { code, stdout, stderr } = servesim(folderWith({ 'M1.yaml': RIGHT }), 'run', 'M1.yaml', ...option);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`${option[0]}: `);
    },
  );

  it('names a field that the summary does not have, with its place', () => {
    const folder = folderWith({ 'bad.yaml': WRONG.replace('p50_e2el_ms', 'p50_e2e_ms') });
    const { code, stderr } = servesim(folder, 'run', 'bad.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:6:\d+ expect\[1\]\.quantity: .*Did you mean "p50_e2el_ms"\?/);
  });
});

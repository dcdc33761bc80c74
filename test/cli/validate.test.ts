import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contents, folderWith, servesim } from './servesim.ts';

const STUDY = `deployment: { model: llama-3.1-8b, gpu: h100-sxm, max_model_len: 4096 }\n`;
const BENCH = JSON.stringify({
  num_prompts: 3,
  input_lens: [100, 200, 300],
  output_lens: [3, 1, 0],
  start_times: [50, 50.1, 50.2],
  ttfts: [0.03, 0.04, 0],
  itls: [[0.01, 0.01], [], []],
  errors: ['', '', 'refused'],
});
const folder = () => folderWith({ 'study.yaml': STUDY, 'bench.json': BENCH });

describe('servesim validate', () => {
  it('prints the error table and what was left out', () => {
    const { code, stdout, stderr } = servesim(folder(), 'validate', 'bench.json', '--study', 'study.yaml');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/TTFT mean +35\.0 ms +[\d.]+ ms +[+-][\d.]+ %\n/);
    expect(stdout).toContain('1 request of the measured run: 2 (refused)');
  });

  it('prints nothing but JSON with --json, and writes the same to validation.json', () => {
    const at = folder();
    const { code, stdout } = servesim(at, 'validate', 'bench.json', '--study', 'study.yaml', '--json', '-o', 'out');
    expect(code).toBe(0);
    const files = contents(join(at, 'out'));
    expect([...files.keys()]).toEqual(['errors.csv', 'report.html', 'requests.csv', 'validation.json']);
    expect(files.get('validation.json')!.toString()).toBe(stdout);
    expect(JSON.parse(stdout)).toMatchObject({ measured: { format: 'vllm_bench', requests: 2 }, peer: null });
  });

  it('writes the same bytes each time', () => {
    const at = folder();
    for (const out of ['a', 'b']) servesim(at, 'validate', 'bench.json', '--study', 'study.yaml', '-o', out);
    expect(contents(join(at, 'a'))).toEqual(contents(join(at, 'b')));
  });

  it.each([
    [['validate', 'bench.json'], /Missing required argument: study/],
    [['validate', 'none.json', '--study', 'study.yaml'], /none\.json: no such file/],
    [['validate', 'bench.json', '--study', 'none.yaml'], /none\.yaml: no such file/],
    [['validate', 'bench.json', '--study', 'study.yaml', '--perr', 'x'], /Did you mean "peer"\?/],
    [['validate', 'bench.json', '--study', 'study.yaml', '--reference', 'send'], /Choices: "arrival", "queued"/],
    [['validate', 'bench.json', '--study'], /^servesim: Not enough arguments following: study\n$/],
    [
      ['validate', 'bench.json', '--study', 'study.yaml', '--study', 'b.yaml'],
      /--study is given 2 times .*expected once/,
    ],
    [['validate', 'bench.json', '--study', 'study.yaml', '-o', 'a', '-o', 'b'], /--output is given 2 times \(a, b\)/],
    [['validate', 'study.yaml', '--study', 'study.yaml'], /expected a measured run/],
    [['validate', 'bench.json', '--study', 'study.yaml', '-o', 'study.yaml'], /results cannot be written there/],
  ])('%j is bad input: exit code 2, nothing on stdout', (args, message) => {
    const { code, stdout, stderr } = servesim(folder(), ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('a measured run is a workload of any study, its outputs as long as they were', () => {
    const at = folderWith({
      'study.yaml': `${STUDY}workload: { trace: bench.json.gz }\n`,
      'bench.json.gz': gzipSync(BENCH),
    });
    const { code, stdout } = servesim(at, 'run', 'study.yaml', '--json');
    expect(code).toBe(0);
    const { summary } = JSON.parse(stdout).runs[0];
    expect(summary).toMatchObject({ num_prompts: 2, completed: 2, total_output_tokens: 4 });
  });
});

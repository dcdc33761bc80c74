import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, folderWith, servesim } from './servesim.ts';

const STUDY = `deployment:
  serve: vllm serve meta-llama/Llama-3.1-8B --max-model-len 4096 --max-num-seqs 16 --no-async-scheduling
  gpu: { name: some-cpu, memory_gib: 64 }
`;

/** Ten requests, one after the other: a prompt takes 20 ms and 0.1 ms a token, a token 20 ms. */
const REQUESTS = Array.from({ length: 10 }, (_, i) => ({
  arrivalS: 3 * i,
  promptTokens: 100 + 100 * i,
  outputTokens: 40 + i,
}));
const BENCH = JSON.stringify({
  num_prompts: REQUESTS.length,
  input_lens: REQUESTS.map(({ promptTokens }) => promptTokens),
  output_lens: REQUESTS.map(({ outputTokens }) => outputTokens),
  start_times: REQUESTS.map(({ arrivalS }) => 1000 + arrivalS),
  ttfts: REQUESTS.map(({ promptTokens }) => 0.02 + 1e-4 * promptTokens),
  itls: REQUESTS.map(({ outputTokens }) => Array.from({ length: outputTokens - 1 }, () => 0.02)),
  errors: REQUESTS.map(() => ''),
});
const folder = () => folderWith({ 'study.yaml': STUDY, 'bench.json': BENCH });
const calibrate = (at: string, ...more: string[]) =>
  servesim(at, 'calibrate', 'bench.json', '--study', 'study.yaml', ...more);

describe('servesim calibrate', () => {
  it('says what a step takes, how far off the replay is, and which line the study needs', () => {
    const { code, stdout, stderr } = calibrate(folder(), '-o', 'calibration.json');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^A step takes 20\.0 ms \+ .*100 µs a prompt token\n/);
    expect(stdout).toMatch(/bench\.json, 10 requests: mean \|error\| 0\.\d+ %; 0 preemptions\n/);
    expect(stdout).toContain(
      'Written: calibration.json. In the study:\n\ndeployment:\n  latency: { calibration: calibration.json }',
    );
  });

  it('writes a file with which the study can be simulated, and without which it cannot', () => {
    const at = folder();
    const run = (...more: string[]) =>
      servesim(at, 'validate', 'bench.json', '--study', 'study.yaml', '--json', ...more);
    const without = run();
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('some-cpu is not in the catalog, and nobody published kernel times for it.');
    expect(without.stderr).toContain('servesim calibrate');
    calibrate(at, '-o', 'calibration.json');
    const { code, stdout } = run('--set', 'deployment.latency.calibration=calibration.json');
    expect(code).toBe(0);
    expect(stdout).toContain('step times from calibration.json');
  });

  it('prints nothing but JSON with --json, and the same each time', () => {
    const at = folder();
    const { code, stdout, stderr } = calibrate(at, '--json', '-o', 'calibration.json');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).calibration).toEqual(JSON.parse(readFileSync(join(at, 'calibration.json'), 'utf8')));
    expect(calibrate(at, '--json').stdout).toBe(stdout);
  });

  it('bad input exits with 2 and leaves an older file as it was', () => {
    const at = folderWith({ 'study.yaml': STUDY, 'bench.json': BENCH.slice(0, -10), 'calibration.json': 'older' });
    const { code, stdout, stderr } = calibrate(at, '-o', 'calibration.json');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('bench.json: not JSON, or cut short');
    expect([...contents(at).keys()]).toEqual(['bench.json', 'calibration.json', 'study.yaml']);
    expect(readFileSync(join(at, 'calibration.json'), 'utf8')).toBe('older');
  });

  it('an option without its value, or with two, is bad input for every command', () => {
    const at = folder();
    for (const command of ['run', 'validate', 'calibrate']) {
      expect(servesim(at, command, 'bench.json', '-o')).toMatchObject({
        code: 2,
        stderr: 'servesim: Not enough arguments following: o\n',
      });
    }
    expect(calibrate(at, '-o', 'a.json', '-o', 'b.json').stderr).toBe(
      'servesim: --output is given 2 times (a.json, b.json); expected once.\n',
    );
  });

  it('standard input is no file', () => {
    for (const args of [['-'], ['bench.json', '-'], ['--json', '-']]) {
      const { code, stdout, stderr } = servesim(folder(), 'calibrate', ...args, '--study', 'study.yaml');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/expected the name of (a|at least one) file/);
    }
  });

  it('writes over no file that it reads', () => {
    const at = folder();
    expect(calibrate(at, '-o', 'bench.json')).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(join(at, 'bench.json'), 'utf8')).toBe(BENCH);
  });

  it('a folder that is not there is noticed before anything is simulated', () => {
    const at = folder();
    const { code, stderr } = calibrate(at, '-o', 'no/calibration.json');
    expect([code, stderr]).toEqual([2, 'servesim: no/calibration.json: the folder no does not exist.\n']);
    expect(existsSync(join(at, 'no'))).toBe(false);
  });
});

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, folderWith, servesim } from './servesim.ts';

const STUDY = `# How short may max_model_len be?
deployment: { model: qwen3-8b, gpu: h100-sxm }
workload: { synthetic: { lengths: { input: 100, output: { uniform: { min: 50, max: 400 } } } }, request_rate: 4, num_requests: 60 }
tune:
  smallest: deployment.max_model_len
  candidates: [256, 512, 1024]
  seeds: 2
  max_seeds: 4
  constraints: { truncated: "<= 5%" }
`;
const folder = () => folderWith({ 'study.yaml': STUDY });

describe('servesim tune', () => {
  it('prints the advice and everything it tried, and writes it', () => {
    const at = folder();
    const { code, stdout, stderr } = servesim(at, 'tune', 'study.yaml', '-o', 'out');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('How short may max_model_len be?');
    expect(stdout).toContain('Use max_model_len 512');
    expect(stdout).toMatch(/\n256 +fails +/);
    expect(stdout).toMatch(/Report: out.report\.html\n$/);
    const report = JSON.parse(readFileSync(join(at, 'out', 'tune.json'), 'utf8'));
    // Prompts have 100 tokens, answers up to 400: the longest has no more than 500.
    expect(report).toMatchObject({ best: '512', next: '256', method: 'all' });
    expect(report.longest_request_tokens).toBeGreaterThan(490);
    expect(report.longest_request_tokens).toBeLessThanOrEqual(500);
    const runs = report.candidates.flatMap((each: { runs: { run_id: string }[] }) => each.runs);
    expect(
      runs.every(({ run_id }: { run_id: string }) => existsSync(join(at, 'out', 'runs', run_id, 'report.html'))),
    ).toBe(true);
    expect(readFileSync(join(at, 'out', 'tune.csv'), 'utf8').split('\n')).toHaveLength(5);
  });

  it('goes on with the runs that are there, to the same bytes', () => {
    const at = folder();
    servesim(at, 'tune', 'study.yaml', '-o', 'out', '--workers', '2');
    const before = contents(join(at, 'out'));
    const lost = [...before.keys()].find((name) => name.startsWith('runs/'))!.split('/')[1]!;
    rmSync(join(at, 'out', 'runs', lost), { recursive: true });
    rmSync(join(at, 'out', 'tune.json'));
    expect(servesim(at, 'tune', 'study.yaml', '-o', 'out', '--workers', '1').code).toBe(0);
    expect(contents(join(at, 'out'))).toEqual(before);
  });

  it('prints nothing but JSON with --json', () => {
    const { code, stdout, stderr } = servesim(folder(), 'tune', 'study.yaml', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).best).toBe('512');
  });

  it('says with --dry-run what would be tried and how many runs that is at most', () => {
    const at = folder();
    const { code, stdout } = servesim(at, 'tune', 'study.yaml', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('candidates: 1024, 512, 256');
    expect(stdout).toContain('6 runs to begin with, at most 12.');
    const { candidates, most_runs } = JSON.parse(servesim(at, 'tune', 'study.yaml', '--dry-run', '--json').stdout);
    expect([candidates.length, most_runs]).toEqual([3, 12]);
  });

  it('refuses what cannot be searched, with the place, and writes nothing', () => {
    const at = folder();
    const refused = (...more: string[]) => servesim(at, 'tune', 'study.yaml', '-o', 'out', ...more);
    const wrong = refused('--set', 'tune.constraints={ truncatd: "<= 5%" }');
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('no metric truncatd. Did you mean "truncated"?');
    expect(refused('--set', 'tune.candidates=[2, 1]').stderr).toContain('expected values in ascending order');
    expect(refused('--workers', '0').stderr).toContain('--workers 0');
    expect(existsSync(join(at, 'out'))).toBe(false);
  });

  it('is named by run, which searches nothing', () => {
    const { code, stderr } = servesim(folder(), 'run', 'study.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('servesim tune');
  });
});

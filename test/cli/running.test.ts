import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { contents, folderWith, MAIN, servesim } from './servesim.ts';

const study = (requests: number) => `# Does it fit?
name: tiny
deployment: { serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k, gpu: h100-sxm }
workload: { synthetic: chat, request_rate: 8, num_requests: ${requests} }
slo: { ttft_p99: 2s }
seeds: 2
sweep: { deployment.max_num_seqs: [4, 64] }
`;
const STUDY = study(100);

/** The results of the study in one thread. */
let folder: string;
let reference: Map<string, Buffer>;
let json: string;

beforeAll(() => {
  folder = folderWith({ 'study.yaml': STUDY });
  json = servesim(folder, 'run', 'study.yaml', '-o', 'reference', '--workers', '1', '--json').stdout;
  reference = contents(join(folder, 'reference'));
});

describe('a study', () => {
  it('gives the same bytes with two workers', () => {
    const { code, stdout, stderr } = servesim(folder, 'run', 'study.yaml', '-o', 'two', '-w', '2', '--json');
    expect([code, stderr, stdout]).toEqual([0, '', json]);
    expect(contents(join(folder, 'two'))).toEqual(reference);
    expect(reference.size).toBeGreaterThan(4 * 6);
  });

  it('prints the same without a folder for results, and leaves no other behind', () => {
    const place = folderWith({});
    const { stdout } = servesim(folder, 'run', 'study.yaml', '--json', { TMPDIR: place });
    expect(stdout).toBe(json);
    expect(readdirSync(place)).toEqual([]);
  });

  it('gives the same bytes when its shards are merged', () => {
    for (const shard of ['1/2', '2/2']) {
      const { stdout } = servesim(folder, 'run', 'study.yaml', '-o', `part-${shard[0]}`, '--shard', shard);
      expect(stdout).toContain(`shard ${shard}: 2 of the 4 runs of the study are in part-${shard[0]}.`);
    }
    expect(existsSync(join(folder, 'part-1/report.html'))).toBe(false);
    const merged = servesim(folder, 'merge', 'study.yaml', 'part-1', 'part-2', '-o', 'merged', '--json');
    expect([merged.stderr, merged.stdout]).toEqual(['', json]);
    expect(contents(join(folder, 'merged'))).toEqual(reference);
  });

  it('gives the same bytes when its shards share a folder', () => {
    for (const shard of ['1/2', '2/2']) servesim(folder, 'run', 'study.yaml', '-o', 'shared', '--shard', shard);
    expect(servesim(folder, 'merge', 'study.yaml', 'shared', '-o', 'shared').stderr).toBe('');
    expect(contents(join(folder, 'shared'))).toEqual(reference);
  });

  it('gives the same bytes when there are more shards than runs, and says which had none', () => {
    const parts = ['1', '2', '3', '4', '5'].map((index) => `fifth-${index}`);
    const outputs = parts.map((part) =>
      servesim(folder, 'run', 'study.yaml', '-o', part, '--shard', `${part.slice(-1)}/5`),
    );
    expect(outputs[4]!.stdout).toBe(
      'shard 5/5: has no run, since the study has only 4. Nothing is to be done, and nothing is written.\n',
    );
    expect(parts.map((part) => existsSync(join(folder, part)))).toEqual([true, true, true, true, false]);
    const merged = servesim(folder, 'merge', 'study.yaml', ...parts, '-o', 'of-five', '--json');
    expect([merged.stderr, merged.stdout]).toEqual(['', json]);
    const { code, stderr } = servesim(folder, 'merge', 'study.yaml', 'fifth-1', 'nowhere', '-o', 'not-merged');
    expect(code).toBe(2);
    expect(stderr).toContain('merge: 3 of 4 runs are in none of fifth-1, nowhere, or not whole:');
    expect(stderr).toContain('No such folder: nowhere.');
  });

  it('is not merged while runs are missing or cut short, and says which', () => {
    cpSync(join(folder, 'reference/runs'), join(folder, 'half/runs'), { recursive: true });
    const [cut, gone] = readdirSync(join(folder, 'half/runs'));
    truncateSync(join(folder, 'half/runs', cut!, 'requests.parquet'), 100);
    rmSync(join(folder, 'half/runs', gone!), { recursive: true });
    const { code, stderr } = servesim(folder, 'merge', 'study.yaml', 'half', '-o', 'not-merged');
    expect(code).toBe(2);
    expect(stderr).toContain('merge: 2 of 4 runs are in none of half, or not whole:');
    for (const id of [cut, gone]) expect(stderr).toMatch(new RegExp(`  ${id}: max_num_seqs=(4|64), seed [12]`));
    expect(existsSync(join(folder, 'not-merged'))).toBe(false);
  });

  it('is not merged with runs of another study', () => {
    writeFileSync(join(folder, 'other.yaml'), STUDY.replace('request_rate: 8', 'request_rate: 9'));
    const { code, stderr } = servesim(folder, 'merge', 'other.yaml', 'reference', '-o', 'not-merged');
    expect(code).toBe(2);
    expect(stderr).toContain('reference: none of its 4 runs is of this study.');
  });

  it('simulates again only what changed, and describes the rest as it is called now', () => {
    const place = folderWith({ 'study.yaml': STUDY });
    servesim(place, 'run', 'study.yaml', '-o', 'out', '--seeds', '1');
    writeFileSync(join(place, 'study.yaml'), STUDY.replace('name: tiny', 'name: renamed'));
    servesim(place, 'run', 'study.yaml', '-o', 'again', '-w', '1');
    const timeline = (file: string) => [...contents(join(place, file))].filter(([name]) => name.includes('timeline'));
    const before = timeline('out').map(([name]) => name);
    servesim(place, 'run', 'study.yaml', '-o', 'out');
    expect(before).toHaveLength(2);
    expect(contents(join(place, 'out'))).toEqual(contents(join(place, 'again')));
  });
});

/** Runs of a good part of a second each. */
const LONG = study(4000);

/** Kills a study (-9) once it has finished a run and is at work on the next. */
async function killed(place: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: place, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (!existsSync(join(place, 'out/runs')) || readdirSync(join(place, 'out/runs')).length === 0) await setTimeout(5);
  child.kill('SIGKILL');
  await ended;
}

describe('a study that is killed', () => {
  it('leaves whole runs and nothing half-written; run again, it does the rest and gives the same bytes', async () => {
    const place = folderWith({ 'study.yaml': LONG });
    servesim(place, 'run', 'study.yaml', '-o', 'reference', '-w', '2');
    const whole = contents(join(place, 'reference'));
    await killed(place, 'run', 'study.yaml', '-o', 'out', '-w', '2');
    const left = contents(join(place, 'out'));
    const finished = [...left].filter(([name]) => !name.startsWith('.partial-'));
    const ids = readdirSync(join(place, 'out/runs'));
    expect(finished.length).toBe(6 * ids.length);
    expect(ids.length).toBeLessThan(4);
    for (const [name, bytes] of finished) expect(bytes.equals(whole.get(name)!)).toBe(true);
    expect(readdirSync(join(place, 'out')).some((name) => name.startsWith('.partial-'))).toBe(true);
    const madeMs = ids.map((id) => statSync(join(place, 'out/runs', id, 'requests.parquet')).mtimeMs);
    expect(servesim(place, 'run', 'study.yaml', '-o', 'out', '-w', '2').stderr).toBe('');
    expect(contents(join(place, 'out'))).toEqual(whole);
    expect(readdirSync(join(place, 'out'))).toEqual(readdirSync(join(place, 'reference')));
    expect(ids.map((id) => statSync(join(place, 'out/runs', id, 'requests.parquet')).mtimeMs)).toEqual(madeMs);
  });
});

describe('what fails', () => {
  it('fails with the same words whatever the number of workers, and keeps the runs that are finished', () => {
    const refused = STUDY.replace('max_num_seqs: [4, 64]', 'max_num_queued_reqs: [100, 0]');
    const place = folderWith({ 'study.yaml': refused });
    const one = servesim(place, 'run', 'study.yaml', '-o', 'one', '-w', '1');
    const two = servesim(place, 'run', 'study.yaml', '-o', 'two', '-w', '2');
    expect(one.code).toBe(2);
    expect(one.stderr).toContain('every request is refused: max_num_queued_reqs');
    expect(two).toEqual(one);
    expect(readdirSync(join(place, 'one/runs'))).toHaveLength(2);
    expect(readdirSync(join(place, 'one'))).toEqual(['runs']);
  });

  it('a shard of a study whose runs follow from its results', () => {
    const place = folderWith({ 'study.yaml': `${STUDY}until: { ci_halfwidth: 5% of ttft_mean }\n` });
    const { code, stderr } = servesim(place, 'run', 'study.yaml', '--shard', '1/2', '-o', 'out');
    expect([code, readdirSync(place)]).toEqual([2, ['study.yaml']]);
    expect(stderr).toContain('--shard: this study has until, which decides by the results of all runs');
  });
});

describe('a study with a stopping rule', () => {
  it('makes the same runs and results with any number of workers', () => {
    const rule = 'until: { ci_halfwidth: 3% of ttft_mean, max_seeds: 6 }';
    const place = folderWith({ 'study.yaml': STUDY.replace(/sweep: .*/, rule) });
    const one = servesim(place, 'run', 'study.yaml', '-o', 'one', '-w', '1', '--json');
    const two = servesim(place, 'run', 'study.yaml', '-o', 'two', '-w', '2', '--json');
    expect([one.code, one.stderr]).toEqual([0, '']);
    expect(two).toEqual(one);
    expect(contents(join(place, 'two'))).toEqual(contents(join(place, 'one')));
    const { runs, statistics } = JSON.parse(one.stdout) as { runs: unknown[]; statistics: { notes: string[] } };
    expect(runs.length).toBeGreaterThan(2);
    expect(statistics.notes.at(-1)).toMatch(/^until: /);
  });
});

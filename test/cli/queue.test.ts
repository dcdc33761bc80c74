import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contents, folderWith, MAIN, type Outcome, servesim } from './servesim.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.warn('queue.test.ts: there is no redis-server on the PATH, so the queue is not tested.');

const STUDY = `name: tiny
deployment: { serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k, gpu: h100-sxm }
workload: { synthetic: chat, request_rate: 8, num_requests: 3000 }
seeds: 2
sweep: { deployment.max_num_seqs: [4, 64] }
`;

let server: ChildProcess;
let redis: Redis;
let url: string;
const started: ChildProcess[] = [];

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function worker(folder: string): ChildProcess {
  const child = spawn(process.execPath, [MAIN, 'worker', '--queue', url, '-w', '1'], { cwd: folder, stdio: 'ignore' });
  started.push(child);
  return child;
}

/** Runs a study by the fleet while others go on. */
function byFleet(folder: string, study: string, output: string): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, 'run', study, '-o', output, '--queue', url, '--json'], { cwd: folder });
  started.push(child);
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    texts.stdout += data;
  });
  child.stderr.on('data', (data) => {
    texts.stderr += data;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
}

const queueKey = async (name: string) => (await redis.keys(`servesim:servesim-*:${name}`))[0] ?? 'none';

/** A worker that is not quite dead could still take a run. */
async function killAll(): Promise<void> {
  const alive = started.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const ends = alive.map((child) => once(child, 'exit'));
  for (const child of alive) child.kill('SIGKILL');
  await Promise.all(ends);
}

/** Until a worker is at work on a run. */
async function aRunIsUnderWay(): Promise<void> {
  while ((await redis.llen(await queueKey('active'))) === 0) await setTimeout(10);
}

describe.skipIf(!hasRedis)('a fleet behind a queue', () => {
  beforeAll(async () => {
    const port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    server = spawn('redis-server', options, { stdio: 'ignore' });
    url = `redis://127.0.0.1:${port}`;
    redis = new Redis(url, { maxRetriesPerRequest: null });
    redis.on('error', () => {});
    await redis.ping();
  });

  afterEach(killAll);

  afterAll(() => {
    redis.disconnect();
    server.kill();
  });

  it('gives the same bytes as one machine, although a worker is killed in mid-run', async () => {
    const folder = folderWith({ 'study.yaml': STUDY });
    const reference = servesim(folder, 'run', 'study.yaml', '-o', 'reference', '--json');
    const first = worker(folder);
    const result = byFleet(folder, 'study.yaml', 'out');
    await aRunIsUnderWay();
    first.kill('SIGKILL');
    worker(folder);
    expect(await result).toEqual(reference);
    expect(contents(join(folder, 'out'))).toEqual(contents(join(folder, 'reference')));
    expect(await redis.keys('servesim:result:*')).toEqual([]);
  });

  it('goes on without whoever asked, who finds the results when he asks again', async () => {
    const folder = folderWith({ 'study.yaml': STUDY.replace('3000', '500') });
    const asked = spawn(process.execPath, [MAIN, 'run', 'study.yaml', '-o', 'out', '--queue', url], { cwd: folder });
    started.push(asked);
    while ((await redis.llen(await queueKey('wait'))) < 4) await setTimeout(10);
    await killAll();
    worker(folder);
    // A result is there before its job is complete.
    while ((await redis.zcard(await queueKey('completed'))) < 4) await setTimeout(20);
    await killAll();
    expect((await byFleet(folder, 'study.yaml', 'out')).code).toBe(0);
    servesim(folder, 'run', 'study.yaml', '-o', 'reference');
    expect(contents(join(folder, 'out'))).toEqual(contents(join(folder, 'reference')));
  });

  it('fails with the same words as one machine, and may be asked again', async () => {
    const refused = STUDY.replace('3000', '100').replace('max_num_seqs: [4, 64]', 'max_num_queued_reqs: [100, 0]');
    const folder = folderWith({ 'study.yaml': refused });
    const reference = servesim(folder, 'run', 'study.yaml', '-o', 'reference', '--json');
    expect(reference.code).toBe(2);
    worker(folder);
    expect(await byFleet(folder, 'study.yaml', 'out')).toEqual(reference);
    expect(await byFleet(folder, 'study.yaml', 'out')).toEqual(reference);
    expect(readdirSync(join(folder, 'out/runs'))).toHaveLength(2);
  });
});

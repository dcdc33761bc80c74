import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runCommand } from '../../src/cli/run.ts';
import { folderWith } from './servesim.ts';

/** Of connections to the queue: those that are open. */
const open = vi.hoisted(() => new Set<string>());
vi.mock(import('../../src/study/queue/fleet.ts'), () => ({
  fleet: async (url) => {
    open.add(url);
    return {
      width: 1,
      fill: async () => {
        throw new Error('no worker');
      },
      close: async () => {
        if (!open.delete(url)) throw new Error(`${url}: closed twice`);
      },
    };
  },
}));

const STUDY = `deployment: { serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k, gpu: h100-sxm }
workload: { synthetic: chat, request_rate: 8, num_requests: 5 }
`;

function run(folder: string, output: string): Promise<number> {
  return runCommand({
    ...{ study: join(folder, 'study.yaml'), output: join(folder, output), seeds: null, set: [] },
    ...{ fresh: false, dryRun: false, json: false },
    sweepFiles: { serveParams: null, benchParams: null, linkVars: null },
    running: { workers: null, shard: null, queue: 'redis://h' },
  });
}

it.each([
  ['is refused', `${STUDY}warm_up: mser-5\noutputs: { requests: csv }\n`, 'out', /warm_up needs/],
  ['has nowhere to write to', STUDY, 'study.yaml/out', /results cannot be written there/],
  ['fails', STUDY, 'out', /no worker/],
])('the connection to the queue is closed when a study %s', async (_, text, output, message) => {
  const folder = folderWith({ 'study.yaml': text });
  await expect(run(folder, output)).rejects.toThrow(message);
  expect(open).toEqual(new Set());
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

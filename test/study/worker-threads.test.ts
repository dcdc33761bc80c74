import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openStudy } from '../../src/study/open-study.ts';
import { studyContext } from '../../src/study/study-context.ts';
import { workerThreads } from '../../src/study/worker-threads.ts';
import { folderWith } from '../cli/servesim.ts';

const STUDY = `deployment: { serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k, gpu: h100-sxm }
workload: { synthetic: chat, request_rate: 8, num_requests: 5 }
`;

it('worker threads wait for the next round of a search', async () => {
  const study = openStudy(join(folderWith({ 'study.yaml': STUDY }), 'study.yaml'));
  const context = studyContext(study, false);
  const [run] = study.resolved.runs;
  let started = 0;
  const count = () => void started++;
  process.on('worker', count);
  const threads = workerThreads(1);
  try {
    for (let round = 1; round <= 2; round++) {
      const made = mkdtempSync(join(tmpdir(), 'servesim-test-'));
      await threads.fill({ run: run!, context, made, target: made }, () => {});
      expect(readdirSync(made)).toContain('summary.json');
      // What is decided between two rounds takes some time.
      await setTimeout(100);
    }
  } finally {
    await threads.close();
    process.off('worker', count);
  }
  expect(started).toBe(1);
});

import { describe, expect, it } from 'vitest';
import { openStudy } from '../../src/study/open-study.ts';
import { runStudy } from '../../src/study/run-study.ts';
import { folderWith } from '../cli/servesim.ts';

async function summary(serve: string, ...rest: string[]) {
  const lines = [`serve: vllm serve ${serve} --max-model-len 8192`, 'gpu: h200-sxm', ...rest];
  const text = [
    'deployment:',
    ...lines.map((line) => `  ${line}`),
    'workload: { synthetic: chat, request_rate: 8, num_requests: 60 }',
    '',
  ].join('\n');
  const study = openStudy(`${folderWith({ 'study.yaml': text })}/study.yaml`);
  const { report } = await runStudy(study, { outputFolder: null });
  return report.runs[0]!;
}

describe('a study of several GPUs', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct -pp 2', 2],
    ['meta-llama/Llama-3.1-8B-Instruct -tp 2 -dp 2', 4],
    ['Qwen/Qwen3-30B-A3B -dp 2 -ep', 2],
    ['Qwen/Qwen3-30B-A3B -tp 2 -dp 2', 4],
    ['google/gemma-3-27b-it -pp 2', 2],
  ])('of %s serves every request and counts %i GPUs a replica', async (serve, gpus) => {
    const run = await summary(serve, 'replicas: 2');
    expect(run.summary.sim.conservation).toMatchObject({ arrived: 60, finished: 60, waiting: 0, running: 0 });
    expect(run.summary.sim.gpus).toBe(2 * gpus);
    expect(run.facts.find(({ label }) => label === 'GPUs')!.value).toMatch(`2 replicas × ${gpus} × NVIDIA H200`);
  });

  it('takes longer for a token in a pipeline than the whole model on one GPU, by no more than handing over', async () => {
    const tpot = async (serve: string) => (await summary(serve)).summary.mean_tpot_ms!;
    const [alone, piped] = [
      await tpot('Qwen/Qwen3-8B --max-num-seqs 1'),
      await tpot('Qwen/Qwen3-8B -pp 2 --max-num-seqs 1'),
    ];
    expect(piped).toBeGreaterThan(alone);
    expect(piped).toBeLessThan(1.1 * alone);
  });
});

import { expect, it } from 'vitest';
import { tunePlan, tuneStudy } from '../../../src/study/tune/tune-study.ts';
import { memoryRunner, opened } from './support.ts';

it('candidates are measured one after the other, so that the request tables of one are in memory', async () => {
  const study = opened(`
deployment: { model: qwen3-8b, gpu: h100-sxm, max_model_len: 8192 }
workload: { synthetic: { lengths: { input: 100, output: 5 } }, request_rate: 5, num_requests: 30 }
slo: { ttft_p99: 2s }
warm_up: 1s
tune: { highest: workload.request_rate, candidates: [5, 6, 7], max_seeds: 5 }
`);
  const runner = memoryRunner(study);
  let underWay = 0;
  let most = 0;
  let asked = 0;
  const requests: typeof runner.requests = async (runId) => {
    asked++;
    most = Math.max(most, ++underWay);
    const table = await runner.requests(runId);
    underWay--;
    return table;
  };
  await tuneStudy(study, tunePlan(study, 'study.yaml'), { run: runner.run, requests });
  expect(asked).toBeGreaterThanOrEqual(15);
  expect(most).toBe(1);
});

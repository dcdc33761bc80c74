import { expect, it } from 'vitest';
import { loadStudy } from '../../src/config/load.ts';
import { resolveStudy } from '../../src/config/resolve.ts';
import type { ResolvedRun } from '../../src/config/resolved.ts';
import { keptRequests } from '../../src/record/run-record.ts';
import {
  PACKAGE_VERSION,
  packagedCatalog,
  packagedPriceBook,
  packagedWorkloads,
} from '../../src/study/package-files.ts';
import { profileReader } from '../../src/study/read-profile.ts';
import { deploymentContext } from '../../src/study/read-study.ts';
import { runOne } from '../../src/study/run.ts';
import { runReport } from '../../src/study/run-report.ts';

const catalog = packagedCatalog();
const bundledWorkloads = packagedWorkloads();
const SERVE = 'vllm serve Qwen/Qwen3-8B --max-model-len 8192';
const workload = { synthetic: { lengths: { input: 200, output: { uniform: { min: 50, max: 600 } } } } };

function resolved(study: Record<string, unknown>): ResolvedRun {
  const loaded = loadStudy(JSON.stringify({ name: 'cluster', ...study }), 'cluster');
  const context = deploymentContext(loaded, '.', catalog);
  const book = packagedPriceBook();
  return resolveStudy(loaded, {
    ...{ ...context, programVersion: PACKAGE_VERSION, bundledWorkloads, traceDigest: () => 'in memory' },
    priceBook: book,
  }).runs[0]!;
}

async function report(run: ResolvedRun, files: Record<string, string> = {}) {
  const result = await runOne(run, {
    catalog,
    readLines: async function* (path) {
      yield files[path]!.split('\n');
    },
    readProfile: profileReader('.'),
  });
  return { rows: keptRequests(result.record), ...runReport('cluster', result) };
}

it('pools of different GPUs serve by expected length, and each is told of', async () => {
  const run = resolved({
    deployments: {
      small: { serve: SERVE, gpu: 'l40s', replicas: 2 },
      large: { serve: SERVE, gpu: 'h100-sxm', replicas: 1, data_parallel_size: 2 },
    },
    cluster: {
      router: 'expected_length',
      expected_length: { by: 'oracle', pools: [{ pool: 'small', below: 300 }, { pool: 'large' }] },
    },
    workload: { ...workload, request_rate: 5, num_requests: 200 },
  });
  const { rows, summary, facts } = await report(run);
  for (let row = 0; row < rows.count; row++) expect(rows.replica[row]! < 2).toBe(rows.wantedTokens[row]! < 300);
  expect(summary.sim).toMatchObject({ replicas: 3, gpus: 4, conservation: { finished: 200, kv_blocks_in_use: 0 } });
  expect(summary.sim.fleet!.pools.map(({ name, gpu }) => [name, gpu])).toEqual([
    ['small', 'l40s'],
    ['large', 'h100-sxm'],
  ]);
  expect(facts.map(({ label }) => label)).toEqual(expect.arrayContaining(['GPUs, small', 'GPUs, large', 'Router']));
});

it('a recorded spot market takes replicas away, and only what was held is paid for', async () => {
  // Five minutes there, five away, and so on.
  const trace = JSON.stringify({ metadata: { gap_seconds: 300 }, data: [1, 0, 1, 0] });
  const run = resolved({
    deployment: {
      ...{ serve: SERVE, gpu: 'h100-sxm', replicas: 1 },
      market: { spot: { trace: 'market.json', offset: 0, notice: 0 } },
      start_up: { provision: 10, image: 0, bandwidth_gb_s: 100, compile: 0, capture: 0, warm_up: 0 },
    },
    workload: { ...workload, request_rate: 1, duration: '15m' },
  });
  const { summary } = await report(run, { 'market.json': trace });
  const { fleet, money, conservation } = summary.sim;
  expect(conservation).toMatchObject({ arrived: conservation.finished, lost: 0 });
  expect(fleet!.interruptions).toBeGreaterThanOrEqual(1);
  expect(fleet!.pools[0]!.gpu_hours_on_demand).toBe(0);
  expect(money!.gpu_hours_spot).toBe(fleet!.pools[0]!.gpu_hours_spot);
  expect(money!.gpu_hours_spot).toBeLessThan(summary.sim.simulated_s / 3600);
  expect(fleet!.queued_at_router).toBeGreaterThan(100);
});

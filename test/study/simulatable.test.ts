import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { openStudy } from '../../src/study/open-study.ts';
import { runStudy } from '../../src/study/run-study.ts';
import { runShard } from '../../src/study/shard.ts';
import { checkSimulatable } from '../../src/study/simulatable.ts';

const STUDY = [
  'deployment: { model: llama-3.1-8b, gpu: h100-sxm }',
  'workload: { synthetic: { lengths: { input: 100, output: 50 } }, request_rate: 5, num_requests: 20 }',
];
const GRID = 'sweep: { grid: { deployment.gpu: [h100-sxm, a100-sxm], deployment.kv_cache_dtype: [auto, fp8] } }';

function opened(...lines: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-simulatable-'));
  writeFileSync(join(folder, 'study.yaml'), `${[...STUDY, ...lines].join('\n')}\n`);
  return { study: openStudy(join(folder, 'study.yaml')), outputFolder: join(folder, 'results') };
}

test('variants without kernel times are named before anything is simulated or written', async () => {
  const { study, outputFolder } = opened(GRID, 'seeds: 2');
  const message = /^gpu=a100-sxm kv_cache_dtype=fp8: llama-3\.1-8b: no measured attention with fp8 KV cache/;
  await expect(runStudy(study, { outputFolder, workers: 1 })).rejects.toThrow(message);
  await expect(runShard(study, { index: 1, of: 2 }, { outputFolder, workers: 1 })).rejects.toThrow(message);
  expect(existsSync(outputFolder)).toBe(false);
});

test('variants with the same fault are named together, those with another in a line of their own', () => {
  const { study } = opened(
    GRID.replace(' } }', ', deployment.max_num_seqs: [64, 128], workload.request_rate: [0.1, 5] } }'),
    'warm_up: 1m',
  );
  let lines: string[] = [];
  try {
    checkSimulatable(study);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    lines = (error as InputError).message.split('\n');
  }
  expect(lines).toHaveLength(2);
  expect(lines.filter((line) => /no measured attention/.test(line))[0]).toMatch(
    /^gpu=a100-sxm kv_cache_dtype=fp8 max_num_seqs=64 request_rate=0\.1; gpu=a100-sxm .* request_rate=5: llama/,
  );
  expect(
    lines.filter((line) => /^gpu=h100-sxm .*: warm_up .* leaves no request: its 20 arrive/.test(line)),
  ).toHaveLength(1);
});

test('what can be simulated passes', () => {
  expect(() => checkSimulatable(opened().study)).not.toThrow();
});

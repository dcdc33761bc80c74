import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { estimateRuns } from '../../src/study/estimate.ts';
import { openStudy } from '../../src/study/open-study.ts';
import { WORKLOADS } from '../bench/workloads.ts';

const BENCH = new URL('../bench/studies/', import.meta.url).pathname;

/**
 * Seconds of CPU measured by the benchmark (docs/SPEED.md), of the workloads in which nothing is preempted, and of the empty
 * run, which it subtracts.
 */
const EMPTY_RUN = 0.31;
const MEASURED: Readonly<Record<string, number>> = {
  'chat-10k': 0.44,
  'chat-100k': 1.22,
  'reason-2k-fits': 0.16,
  saturated: 0.42,
  speculative: 0.64,
  'fleet-64': 1.86,
  'chat-1m': 10.1,
  'reason-100k-fits': 1.55,
  'spot-day': 52.5,
};

function opened(lines: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-estimate-'));
  const study = ['deployment: { model: meta-llama/Llama-3.1-8B-Instruct, gpu: h100-sxm }', ...lines].join('\n');
  for (const [name, text] of Object.entries({ 'study.yaml': study, ...files })) writeFileSync(join(folder, name), text);
  return openStudy(join(folder, 'study.yaml'));
}

const estimateOf = (lines: readonly string[], files?: Readonly<Record<string, string>>, workers?: number) => {
  const study = opened(lines, files);
  return estimateRuns(study, study.resolved.runs, workers);
};

const LENGTHS = 'synthetic: { lengths: { input: 100, output: 50 } }';

describe('the estimate of a study', () => {
  test.each(Object.entries(MEASURED))('is within a factor of two of what %s took', async (name, seconds) => {
    const { study, set } = WORKLOADS.find((each) => each.name === name)!;
    const open = openStudy(`${BENCH}${study}.yaml`, { set });
    const { cpuSeconds } = await estimateRuns(open, open.resolved.runs);
    const measured = seconds + EMPTY_RUN;
    expect(cpuSeconds / measured).toBeGreaterThan(0.5);
    expect(cpuSeconds / measured).toBeLessThan(2);
  });

  test('counts requests and tokens of all runs', async () => {
    const workload = `workload: { ${LENGTHS}, request_rate: 5, num_requests: 200 }`;
    const { requests, outputTokens } = await estimateOf([workload, 'seeds: 3']);
    expect([requests, outputTokens]).toEqual([600, 30_000]);
  });

  test('counts what is alike once', async () => {
    const workload = `workload: { ${LENGTHS}, request_rate: 5, num_requests: 200 }`;
    const sweep = 'sweep: { deployment.max_num_seqs: [256, 256.0e0, 128] }'.replace('256.0e0, ', '');
    const named =
      'sweep: { variants: [{ name: a, deployment.max_model_len: 8k }, { name: b, deployment.max_model_len: 8000 }] }';
    expect((await estimateOf([workload, sweep])).requests).toBe(400);
    expect((await estimateOf([workload, named])).requests).toBe(200);
  });

  test('takes a load that ends by its time from its rate', async () => {
    const { requests } = await estimateOf([`workload: { ${LENGTHS}, request_rate: 20, duration: 1h }`]);
    expect(requests).toBe(72_000);
  });

  test('reads a trace for its rows and lengths', async () => {
    const rows = Array.from({ length: 700 }, (_, i) => `${i / 10},100,30`);
    const { requests, outputTokens } = await estimateOf(['workload: { trace: t.csv }'], {
      't.csv': ['arrival_s,input_tokens,output_tokens', ...rows, ''].join('\n'),
    });
    expect([requests, outputTokens]).toEqual([700, 21_000]);
  });

  test('holds an answer to its limits', async () => {
    const workload = `workload: { ${LENGTHS}, max_tokens: 20, request_rate: 5, num_requests: 10 }`;
    expect((await estimateOf([workload])).outputTokens).toBe(200);
    const short = 'sweep: { deployment.max_model_len: [110] }';
    expect((await estimateOf([workload, short])).outputTokens).toBe(100);
  });

  test('is shared by workers, as far as the longest run lets them', async () => {
    const lines = [`workload: { ${LENGTHS}, request_rate: 100, num_requests: 1000000 }`, 'seeds: 4'];
    const [one, two, many] = await Promise.all([1, 2, 100].map((workers) => estimateOf(lines, {}, workers)));
    expect(two!.seconds).toBeCloseTo(one!.seconds / 2, 0);
    expect(many!.seconds).toBeCloseTo(one!.seconds / 4, 0);
    expect(many!.seconds).toBeGreaterThan(0);
  });
});

/** Whole public traces, where copies of them lie beside the repository; skipped elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import { openTrace } from '../../src/workload/open.ts';
import { batches, collect, dispersion, gaps, traceWorkload, variation } from './support.ts';

const FOLDER = new URL('../../../shared/traces/', import.meta.url);
const present = existsSync(FOLDER);

async function read(
  path: string,
  trace: Partial<NonNullable<Workload['trace']>> = {},
  settings: Partial<Workload> = {},
) {
  const bytes = readFileSync(new URL(path, FOLDER));
  const lines = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
  const source = openTrace(traceWorkload({ path, ...trace }, settings), randomStreams(1), () => batches(lines, 1000));
  const requests = await collect(source);
  return { requests, arrivalsUs: requests.map(({ arrivalUs }) => arrivalUs), stats: source.stats };
}

describe.skipIf(!present)('public traces are read as published', () => {
  test('Azure 2023 code: 8,819 requests in 57.3 min, CV of gaps 13.2, dispersion 13.2/72/164', async () => {
    const { requests, arrivalsUs, stats } = await read('azure-llm-2023/AzureLLMInferenceTrace_code.csv.gz');
    expect(requests.length).toBe(8819);
    expect(stats.spanUs / 60e6).toBeCloseTo(57.3, 1);
    expect(variation(gaps(arrivalsUs))).toBeCloseTo(13.2, 1);
    expect(Math.abs(dispersion(arrivalsUs, 1) / 13.2 - 1)).toBeLessThan(0.02);
    expect(Math.abs(dispersion(arrivalsUs, 10) / 72 - 1)).toBeLessThan(0.02);
    expect(Math.abs(dispersion(arrivalsUs, 60) / 164 - 1)).toBeLessThan(0.05);
    expect([5, 50, 99].map((p) => stats.promptTokens.percentile(p))).toEqual([75, 1469, 7436]);
    expect(stats.outputTokens.mean()).toBeCloseTo(27.88, 2);
  });

  test('Azure 2023 conversation, first half: 9,683 requests, from the first stamp to the microsecond', async () => {
    const { requests } = await read('azure-llm-2023/AzureLLMInferenceTrace_conv_first_half.csv.gz');
    expect(requests.length).toBe(9683);
    expect(requests[1]!.arrivalUs).toBe(4_314_579);
  });

  test('Mooncake conversation: ticks of 3 s, at most a millisecond early or late, and one block common to all', async () => {
    const { requests, arrivalsUs } = await read('mooncake-fast25/conversation_first_2000.jsonl.gz');
    expect(requests.length).toBe(2000);
    expect(arrivalsUs.every((time) => Math.abs(time - Math.round(time / 3e6) * 3e6) <= 1000)).toBe(true);
    const first = requests[0]!.prompt[0]!.segment;
    expect(requests.every(({ prompt }) => prompt[0]!.segment === first)).toBe(true);
  });

  test('Mooncake synthetic: 3,993 requests, Poisson at 3.91/s', async () => {
    const { requests, arrivalsUs, stats } = await read('mooncake-fast25/synthetic_trace.jsonl.gz');
    expect(requests.length).toBe(3993);
    expect((requests.length / stats.spanUs) * 1e6).toBeCloseTo(3.91, 1);
    expect(variation(gaps(arrivalsUs))).toBeCloseTo(1.011, 1);
    expect(stats.promptTokens.mean()).toBeCloseTo(15_325.5, 0);
  });

  test('an ideal cache of 512-token blocks hits 64 % of the blocks of Mooncake synthetic', async () => {
    const { requests } = await read('mooncake-fast25/synthetic_trace.jsonl.gz');
    const seen = new Set<number>();
    let accesses = 0;
    let hits = 0;
    for (const { prompt } of requests) {
      let matching = true;
      for (const { segment } of prompt) {
        matching &&= seen.has(segment);
        accesses++;
        if (matching) hits++;
        seen.add(segment);
      }
    }
    expect(hits / accesses).toBeCloseTo(0.64, 2);
  });

  test('a rate scales a real trace to that mean', async () => {
    const { arrivalsUs } = await read('azure-llm-2023/AzureLLMInferenceTrace_code.csv.gz', {}, { request_rate: 20 });
    expect(((arrivalsUs.length - 1) / arrivalsUs.at(-1)!) * 1e6).toBeCloseTo(20, 3);
  });

  test('the formats that are not read are refused by name', async () => {
    await expect(read('format-fixtures/burstgpt_v1.csv')).rejects.toThrow(/BurstGPT/);
    await expect(read('format-fixtures/burstgpt_v3.csv')).rejects.toThrow(/BurstGPT/);
    await expect(read('format-fixtures/qwen_bailian_blksz16.jsonl')).rejects.toThrow(/Qwen-Bailian/);
    await expect(read('vidur/splitwise_conv_first_1000.csv.gz')).rejects.toThrow(/Vidur/);
    await expect(read('tracelab/example_round_trace.jsonl')).rejects.toThrow(/TraceLab/);
  });
});

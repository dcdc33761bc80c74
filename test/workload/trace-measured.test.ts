import { describe, expect, test } from 'vitest';
import type { Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import { parseMeasuredRun } from '../../src/workload/measured/measured-run.ts';
import { openTrace } from '../../src/workload/open.ts';
import { batches, collect, traceWorkload } from './support.ts';

const CSV = [
  'id,arrival_s,input_tokens,output_tokens,queued_s,first_token_s,last_token_s',
  'late,3,40,5,3,3.5,4',
  'lost,2,40,0,2,,',
  'early,1,50,6,1,1.5,2',
];
const BENCH = {
  num_prompts: 3,
  input_lens: [40, 50, 60],
  output_lens: [1, 2, 3],
  start_times: [7, 5, 6],
  ttfts: [0.1, 0.1, 0.1],
  itls: [[], [0.1], [0.1, 0.1]],
  errors: ['', '', 'gone'],
};
const PREFIXES = ['{"id":"late","block_ids":[1,2]}', '{"id":"early","block_ids":[1,9,3]}'];

function open(lines: readonly string[], trace: Partial<NonNullable<Workload['trace']>> = {}, settings = {}) {
  const workload = traceWorkload(trace, { ignore_eos: true, ...settings });
  return openTrace(workload, randomStreams(1), (path) => batches(path === 'trace' ? lines : PREFIXES, 2));
}

describe('a measured run as a workload', () => {
  test('of a CSV file has its requests in order of arrival, with the lengths that were measured', async () => {
    const source = open(CSV);
    const requests = await collect(source);
    expect(requests).toMatchObject([
      { id: 0, arrivalUs: 0, promptTokens: 50, outputTokens: 6, maxTokens: 6, ignoreEos: true, origin: 'trace:4' },
      { id: 1, arrivalUs: 2_000_000, promptTokens: 40, outputTokens: 5, maxTokens: 5, origin: 'trace:2' },
    ]);
    expect(source.stats.droppedRows).toEqual({ noPrompt: 0, noOutput: 0, failed: 1 });
  });

  test('of vllm bench serve too, on one line or on many', async () => {
    for (const text of [JSON.stringify(BENCH), `\n${JSON.stringify(BENCH, null, 1)}\n`]) {
      expect(await collect(open(text.split('\n')))).toMatchObject([
        { arrivalUs: 0, promptTokens: 50, outputTokens: 2, origin: 'trace, request 1' },
        { arrivalUs: 2_000_000, promptTokens: 40, outputTokens: 1, origin: 'trace, request 0' },
      ]);
    }
  });

  test('has the same requests in the same order as the measured run that it is compared with', async () => {
    for (const lines of [CSV, [JSON.stringify(BENCH)]]) {
      const { requests } = parseMeasuredRun(lines.join('\n'), 'trace');
      const simulated = await collect(open(lines));
      expect(simulated.map(({ arrivalUs, promptTokens }) => [arrivalUs, promptTokens])).toEqual(
        requests.map(({ arrivalUs, promptTokens }) => [arrivalUs, promptTokens]),
      );
    }
  });

  test('can be sent at another rate, as any trace', async () => {
    const requests = await collect(open(CSV, {}, { request_rate: 1 }));
    expect(requests.map(({ arrivalUs }) => arrivalUs)).toEqual([0, 1_000_000]);
  });

  test('is read with the format that is given, and with no other', async () => {
    await expect(collect(open(CSV, { format: 'requests_csv' }))).resolves.toHaveLength(2);
    await expect(collect(open(CSV, { format: 'vllm_bench' }))).rejects.toThrow(
      'trace:1: the trace is said to have the format "vllm_bench", but its first line is that of "requests_csv".',
    );
  });
});

describe('prefix blocks of a measured run', () => {
  const prefix_blocks = { path: 'prefixes', sha256: '', block_size: 16 };

  test('are shared by the prompts that name them, and the rest of a prompt by none', async () => {
    const [early, late] = await collect(open(CSV, { prefix_blocks }));
    expect(early!.prompt.map(({ tokens }) => tokens)).toEqual([16, 16, 16, 2]);
    expect(late!.prompt.map(({ tokens }) => tokens)).toEqual([16, 16, 8]);
    expect(early!.prompt[0]).toEqual(late!.prompt[0]);
    const segments = (prompt: typeof early) => prompt!.prompt.slice(1).map(({ segment }) => segment);
    expect(segments(early).filter((segment) => segments(late).includes(segment))).toEqual([]);
  });

  test('have the size that is given', async () => {
    const [early] = await collect(open(CSV, { prefix_blocks: { ...prefix_blocks, block_size: 10 } }));
    expect(early!.prompt.map(({ tokens }) => tokens)).toEqual([10, 10, 10, 20]);
    await expect(collect(open(CSV, { prefix_blocks: { ...prefix_blocks, block_size: 32 } }))).rejects.toThrow(
      /prefixes: request early has 3 blocks, but a prompt of 50 tokens .* 1 full blocks of 32/,
    );
  });

  test('belong to no other trace', async () => {
    const mooncake = ['{"timestamp": 0, "input_length": 6, "output_length": 5, "hash_ids": [0]}'];
    await expect(collect(open(mooncake, { prefix_blocks }))).rejects.toThrow(
      'prefixes: prefix_blocks belongs to a measured run, but trace has format mooncake.',
    );
  });
});

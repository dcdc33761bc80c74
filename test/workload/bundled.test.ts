import { describe, expect, test } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import {
  AZURE_CHAT_INPUT,
  AZURE_CHAT_OUTPUT,
  AZURE_CODE_INPUT,
  AZURE_CODE_OUTPUT,
  LEVELS,
  R1_INPUT,
  R1_OUTPUT,
  R1_THINKING_SHARE,
} from './published-quantiles.ts';
import { bundled, collect, correlation, mean, quantile, syntheticWorkload } from './support.ts';

const DRAWS = 20_000;

/** First turns only: the published lengths are of whole requests, and a second turn's prompt is a sum of several. */
async function draw(name: string): Promise<Request[]> {
  const workload = syntheticWorkload({ ...bundled(name), follow_up: null }, { num_requests: DRAWS });
  return collect(syntheticSource(workload, randomStreams(1)));
}

/** Kolmogorov–Smirnov distance at the levels of the table; a value that spans several levels may lie at any of them. */
function ksDistance(values: readonly number[], table: readonly number[]): number {
  return Math.max(
    ...table.map((x) => {
      const atMost = (100 * values.filter((value) => value <= x).length) / values.length;
      const levels = LEVELS.filter((_, i) => table[i] === x);
      return Math.max(0, levels[0]! - atMost, x === table.at(-1) ? 0 : atMost - levels.at(-1)!) / 100;
    }),
  );
}

function expectLike(values: readonly number[], table: readonly number[]): void {
  for (const level of [5, 10, 25, 50, 75, 90, 95, 99]) {
    const published = table[LEVELS.indexOf(level)]!;
    const ratio = quantile(values, level) / published;
    expect(ratio, `p${level}, published ${published}`).toBeGreaterThan(0.9);
    expect(ratio, `p${level}, published ${published}`).toBeLessThan(1.1);
  }
  expect(ksDistance(values, table)).toBeLessThanOrEqual(0.05);
}

describe('the bundled workloads have the quantiles of the data they stand for, p5 to p99 within 10 %, KS within 0.05', () => {
  test('chat-azure', async () => {
    const requests = await draw('chat-azure');
    expectLike(
      requests.map((request) => request.promptTokens),
      AZURE_CHAT_INPUT,
    );
    expectLike(
      requests.map((request) => request.outputTokens),
      AZURE_CHAT_OUTPUT,
    );
    expect(mean(requests.map((request) => request.promptTokens)) / 1155).toBeCloseTo(1, 1);
    expect(mean(requests.map((request) => request.outputTokens)) / 211).toBeCloseTo(1, 1);
  });

  test('code-azure', async () => {
    const requests = await draw('code-azure');
    expectLike(
      requests.map((request) => request.promptTokens),
      AZURE_CODE_INPUT,
    );
    expectLike(
      requests.map((request) => request.outputTokens),
      AZURE_CODE_OUTPUT,
    );
    expect(mean(requests.map((request) => request.promptTokens)) / 2048).toBeCloseTo(1, 1);
    expect(mean(requests.map((request) => request.outputTokens)) / 27.9).toBeCloseTo(1, 1);
  });

  test('reasoning-r1', async () => {
    const requests = await draw('reasoning-r1');
    expectLike(
      requests.map((request) => request.promptTokens),
      R1_INPUT,
    );
    expectLike(
      requests.map((request) => request.outputTokens),
      R1_OUTPUT,
    );
    const shares = requests.map((request) => request.thinkingTokens / request.outputTokens);
    expectLike(shares, R1_THINKING_SHARE);
    expect(mean(shares)).toBeCloseTo(0.7, 1);
  });
});

describe('the bundled workloads keep what their data says beyond single lengths', () => {
  test('chat-azure answers prompts of about 1,068 tokens with about 406, as 28 % of the trace does', async () => {
    const requests = await draw('chat-azure');
    const typical = requests.filter(
      ({ promptTokens, outputTokens }) =>
        Math.abs(promptTokens / 1068 - 1) < 0.2 && Math.abs(outputTokens / 406 - 1) < 0.15,
    );
    expect(typical.length / DRAWS).toBeGreaterThan(0.25);
    expect(typical.length / DRAWS).toBeLessThan(0.4);
  });

  test('reasoning-r1 thinks 70 % of 1,527 tokens on average: share and length are drawn independently', async () => {
    const requests = await draw('reasoning-r1');
    const thinking = mean(requests.map((request) => request.thinkingTokens));
    expect(thinking / (0.7017 * 1527)).toBeCloseTo(1, 1);
    const shares = requests.map((request) => request.thinkingTokens / request.outputTokens);
    const lengths = requests.map((request) => Math.log(request.outputTokens));
    expect(correlation(shares, lengths)).toBeCloseTo(0, 1);
  });

  test('5 % of first turns of reasoning-r1 have a second one', async () => {
    const workload = syntheticWorkload(bundled('reasoning-r1'), { num_requests: DRAWS });
    const requests = await collect(syntheticSource(workload, randomStreams(1)));
    const own = (request: Request) => request.prompt.filter(({ segment }) => segment !== 1).length;
    const second = requests.filter((request) => own(request) > 1).length;
    expect(second / (DRAWS - second)).toBeCloseTo(0.05, 2);
  });
});

import { describe, expect, test } from 'vitest';
import type { Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { play } from './play.ts';
import {
  ARXIV_INPUT,
  ARXIV_OUTPUT,
  AZURE_CHAT_INPUT,
  AZURE_CHAT_OUTPUT,
  AZURE_CODE_INPUT,
  AZURE_CODE_OUTPUT,
  CODING_INPUT,
  CODING_OUTPUT,
  LEVELS,
  MOONCAKE_CHAT_INPUT,
  MOONCAKE_CHAT_OUTPUT,
  MOONCAKE_SYNTHETIC_INPUT,
  MOONCAKE_SYNTHETIC_OUTPUT,
  R1_INPUT,
  R1_OUTPUT,
  R1_THINKING_SHARE,
} from './published-quantiles.ts';
import { bundled, bundledWorkload, collect, correlation, mean, quantile, syntheticWorkload } from './support.ts';

const DRAWS = 20_000;

/** All requests of a bundled workload, later ones of sessions too. */
function drawAll(name: string, settings: Partial<Workload> = {}, seed = 1): Promise<Request[]> {
  return play(syntheticSource(bundledWorkload(name, { num_requests: DRAWS, ...settings }), randomStreams(seed)));
}

const prompts = (requests: readonly Request[]) => requests.map(({ promptTokens }) => promptTokens);
const outputs = (requests: readonly Request[]) => requests.map(({ outputTokens }) => outputTokens);

/** Of the prompt tokens, the part that stood in an earlier prompt or was written by the model before. */
function idealHit(requests: readonly Request[]): number {
  const seen = new Set<string>();
  let [hit, all] = [0, 0];
  for (const { prompt, promptTokens } of requests) {
    let path = '';
    for (const { segment, tokens } of prompt) {
      path += `/${segment}:${tokens}`;
      if (seen.has(path)) hit += tokens;
      seen.add(path);
    }
    all += promptTokens;
  }
  return hit / all;
}

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

const TIGHT = { within: 0.1, ks: 0.05 };

function expectLike(values: readonly number[], table: readonly number[], { within, ks } = TIGHT): void {
  for (const level of [5, 10, 25, 50, 75, 90, 95, 99]) {
    const published = table[LEVELS.indexOf(level)]!;
    const ratio = quantile(values, level) / published;
    expect(ratio, `p${level}, published ${published}`).toBeGreaterThanOrEqual(1 - within);
    expect(ratio, `p${level}, published ${published}`).toBeLessThanOrEqual(1 + within);
  }
  expect(ksDistance(values, table)).toBeLessThanOrEqual(ks);
}

/** The same against single published values by level. */
function expectQuantiles(values: readonly number[], published: Record<number, number>, within = 0.1): void {
  for (const [level, value] of Object.entries(published))
    expect(Math.abs(quantile(values, Number(level)) / value - 1), `p${level}, published ${value}`).toBeLessThan(within);
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

  test('chat-sessions, follow-ups included', async () => {
    const requests = await drawAll('chat-sessions');
    expectLike(prompts(requests), MOONCAKE_CHAT_INPUT);
    expectLike(outputs(requests), MOONCAKE_CHAT_OUTPUT);
    expect(mean(prompts(requests)) / 12_035).toBeCloseTo(1, 1);
    expect(mean(outputs(requests)) / 343).toBeCloseTo(1, 1);
  });

  test('summarise-arxiv', async () => {
    const requests = await drawAll('summarise-arxiv');
    expectLike(prompts(requests), ARXIV_INPUT);
    expectLike(outputs(requests), ARXIV_OUTPUT);
  });

  test('rag-long, over ten libraries', async () => {
    const seeds = Array.from({ length: 10 }, (_, i) => i + 1);
    const settings = { num_requests: DRAWS / 10 };
    const requests = (await Promise.all(seeds.map((seed) => drawAll('rag-long', settings, seed)))).flat();
    expectLike(prompts(requests), MOONCAKE_SYNTHETIC_INPUT);
    expectLike(outputs(requests), MOONCAKE_SYNTHETIC_OUTPUT);
  });

  test('agent-mooncake: its chats (KS within 0.08), and of the whole what is published', async () => {
    const requests = await drawAll('agent-mooncake', { num_requests: 2 * DRAWS });
    const chats = requests.filter((request) => request.class === 0);
    expectLike(prompts(chats), MOONCAKE_CHAT_INPUT, { within: 0.1, ks: 0.08 });
    expectLike(outputs(chats), MOONCAKE_CHAT_OUTPUT, { within: 0.1, ks: 0.08 });
    expectQuantiles(prompts(requests), { 50: 6346, 99: 61_525 });
    expectQuantiles(outputs(requests), { 50: 30 });
    expect(mean(prompts(requests)) / 8596).toBeCloseTo(1, 1);
    // 182 are published; its classes, as far as an excerpt shows them, make 167.
    expect(Math.abs(mean(outputs(requests)) / 182 - 1)).toBeLessThan(0.12);
  });

  test('agent-coding: within 20 %, KS within 0.12, over whole sessions', async () => {
    const sessions = { max_sessions: 1, request_rate: 'inf' } as const;
    const seeds = [1, 2, 3];
    const requests = (await Promise.all(seeds.map((seed) => drawAll('agent-coding', sessions, seed)))).flat();
    expectQuantiles(prompts(requests), CODING_INPUT, 0.2);
    expectQuantiles(outputs(requests), CODING_OUTPUT, 0.2);
    for (const [values, table] of [
      [prompts(requests), CODING_INPUT],
      [outputs(requests), CODING_OUTPUT],
    ] as const) {
      for (const [level, published] of Object.entries(table)) {
        const share = values.filter((value) => value <= published).length / values.length;
        expect(Math.abs(share - Number(level) / 100), `at p${level}`).toBeLessThan(0.12);
      }
    }
    expect(Math.abs(mean(prompts(requests)) / 122_400 - 1)).toBeLessThan(0.2);
    expect(Math.abs(mean(outputs(requests)) / 440 - 1)).toBeLessThan(0.2);
  });

  test('reasoning-hard has the medians and 99th percentiles that are published', async () => {
    const requests = await drawAll('reasoning-hard');
    expectQuantiles(prompts(requests), { 50: 3680, 99: 24_962 });
    expectQuantiles(outputs(requests), { 50: 1665, 99: 34_529 });
    expect(Math.abs(mean(prompts(requests)) / 4763 - 1)).toBeLessThan(0.1);
    expect(Math.abs(mean(outputs(requests)) / 3651 - 1)).toBeLessThan(0.1);
  });

  test('batch-offline: its summaries, and template tasks with the median and mean of answers that are published', async () => {
    const requests = await drawAll('batch-offline', { num_requests: 2 * DRAWS });
    const summaries = requests.filter((request) => request.class === 0);
    expectLike(prompts(summaries), ARXIV_INPUT);
    expectLike(outputs(summaries), ARXIV_OUTPUT);
    const templates = requests.filter((request) => request.class === 1);
    expectQuantiles(outputs(templates), { 50: 39 });
    expect(mean(outputs(templates)) / 92).toBeCloseTo(1, 1);
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

  test('a third of the requests of chat-sessions are follow-ups, and a cache of any size finds 37 % of the tokens', async () => {
    const requests = await drawAll('chat-sessions', { num_requests: 12_031 });
    const sessions = new Set(requests.map(({ session }) => session)).size;
    expect(Math.abs((requests.length - sessions) / requests.length - 0.33)).toBeLessThan(0.03);
    expect(Math.abs(idealHit(requests) - 0.374)).toBeLessThan(0.03);
  });

  test('a cache of any size finds 55 % of the tokens of agent-mooncake', async () => {
    expect(Math.abs(idealHit(await drawAll('agent-mooncake', { num_requests: 23_608 })) - 0.553)).toBeLessThan(0.02);
  });

  test('agent-mooncake has its three kinds of requests in the published parts', async () => {
    const requests = await drawAll('agent-mooncake');
    for (const [index, published] of [0.463, 0.39, 0.146].entries()) {
      const part = requests.filter((request) => request.class === index).length / DRAWS;
      expect(Math.abs(part - published)).toBeLessThan(0.02);
    }
  });

  test('rag-long reuses documents as its trace does, and answers long prompts shortly', async () => {
    const requests = await drawAll('rag-long', { num_requests: 4000 });
    expect(Math.abs(idealHit(requests) - 0.65)).toBeLessThan(0.04);
    const ranks = (values: readonly number[]) => {
      const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
      const rank = new Array<number>(values.length);
      for (const [i, at] of order.entries()) rank[at] = i;
      return rank;
    };
    expect(correlation(ranks(prompts(requests)), ranks(outputs(requests)))).toBeLessThan(-0.4);
    expect(correlation(ranks(prompts(requests)), ranks(outputs(requests)))).toBeGreaterThan(-0.6);
  });

  test('a prompt of agent-coding holds 96 % of the one before it, and 1 % of them have been summed up', async () => {
    const requests = await drawAll('agent-coding', { max_sessions: 1, request_rate: 'inf' });
    const later = requests.slice(1).flatMap((request, i) => {
      const before = requests[i]!;
      if (before.session !== request.session) return [];
      const shared = request.prompt.filter(({ segment }, k) => before.prompt[k]?.segment === segment);
      return [
        {
          hit: shared.reduce((sum, { tokens }) => sum + tokens, 0) / request.promptTokens,
          shrinks: request.promptTokens < before.promptTokens,
        },
      ];
    });
    expect(Math.abs(mean(later.map(({ hit }) => hit)) - 0.9645)).toBeLessThan(0.01);
    expect(mean(later.map(({ shrinks }) => Number(shrinks)))).toBeCloseTo(0.0087, 2);
    const sessions = new Set(requests.map(({ session }) => session)).size;
    expect(Math.abs(DRAWS / sessions / 68.5 - 1)).toBeLessThan(0.1);
  });

  test('half of the tokens of template tasks of batch-offline could be found in a cache', async () => {
    const requests = await drawAll('batch-offline');
    expect(idealHit(requests.filter((request) => request.class === 1))).toBeCloseTo(
      512 / (512 + Math.exp(5.9 + 0.405)),
      1,
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { request, run, STEP_US } from './fixtures.ts';

const ms = (times: Float64Array) => [...times].map((us) => us / 1000);

describe('a pipeline of two stages of 10 ms', () => {
  it('takes both for a token, and a request alone gets one every 20 ms', async () => {
    for (const asyncScheduling of [true, false]) {
      const { requests } = await run([request(0, 0, 100, 4)], { engine: { pipelineParallelSize: 2, asyncScheduling } });
      expect(ms(requests.firstTokenUs)).toEqual([20]);
      expect(ms(requests.lastTokenUs)).toEqual([80]);
    }
  });

  it.each([true, false])(
    'makes a step every 10 ms while two groups of requests take turns (async %s)',
    async (async) => {
      // Each prompt fills a batch, so that the two never meet in one.
      const load = [0, 1].map((id) => request(id, 0, 512, 50));
      const { requests, totals } = await run(load, { engine: { pipelineParallelSize: 2, asyncScheduling: async } });
      expect(ms(requests.firstTokenUs)).toEqual([20, 30]);
      expect(ms(requests.lastTokenUs)).toEqual([20 + 49 * 20, 30 + 49 * 20]);
      expect(totals).toMatchObject({ steps: 100, busyUs: 1_010_000 });
    },
  );

  it('lets a request wait that comes while the engine waits for a batch, and computes both together from then on', async () => {
    const load = [request(0, 0, 100, 50), request(1, 4000, 100, 50)];
    const { requests, totals } = await run(load, { engine: { pipelineParallelSize: 2, asyncScheduling: false } });
    expect(ms(requests.firstTokenUs)).toEqual([20, 40]);
    expect(totals.steps).toBe(51);
  });

  it('computes the chunks of a prompt one behind the other', async () => {
    // Four chunks of 512: the last one enters at 30 ms.
    const { requests } = await run([request(0, 0, 2048, 1)], { engine: { pipelineParallelSize: 2 } });
    expect(ms(requests.firstTokenUs)).toEqual([50]);
  });

  it('is as fast as its slowest stage while prompts keep it full', async () => {
    const steps = { stageDurationsUs: () => [4000, 10_000] };
    // 40 chunks: 4 ms for the first stage of the first, then 10 ms each.
    const load = Array.from({ length: 10 }, (_, id) => request(id, 0, 2048, 1));
    const { requests, totals } = await run(load, { engine: { pipelineParallelSize: 2 }, steps });
    expect(totals.steps).toBe(40);
    expect(Math.max(...ms(requests.lastTokenUs))).toBe(404);
    expect(totals.busyUs).toBe(404_000);
  });

  it('lets no token be computed before the one that it follows', async () => {
    // Twelve requests in batches of at most 8; each token takes two stages of its own.
    const load = Array.from({ length: 12 }, (_, id) => request(id, id * 3000, 64, 20));
    const { requests } = await run(load, { engine: { pipelineParallelSize: 2, maxNumSeqs: 12 } });
    for (let row = 0; row < 12; row++)
      expect(requests.lastTokenUs[row]! - requests.firstTokenUs[row]!).toBeGreaterThanOrEqual(19 * 2 * STEP_US);
  });
});

describe('a server of two engines without experts', () => {
  it('gives requests to both, each with a device of its own', async () => {
    const { requests, totals } = await run(
      [0, 1].map((id) => request(id, 0, 512, 1)),
      { dataParallelSize: 2 },
    );
    // On one engine the second prompt would take a step of its own.
    expect(ms(requests.firstTokenUs)).toEqual([10, 10]);
    expect([...requests.replica]).toEqual([0, 0]);
    expect(totals).toMatchObject({ replicas: 1, cores: 2, steps: 2, busyUs: 20_000 });
  });

  it('has one limit of requests for both', async () => {
    const { totals } = await run(
      [0, 1, 2].map((id) => request(id, id * 1000, 16, 2)),
      { dataParallelSize: 2, limits: { requests: 2, promptTokens: null } },
    );
    expect(totals.conservation).toMatchObject({ finished: 2, rejected: 1 });
  });

  it('adds up what runs, and shows how full both caches are together', async () => {
    const load = [0, 1].map((id) => request(id, 0, 160, 20));
    const { timeline } = await run(load, { dataParallelSize: 2, engine: { asyncScheduling: false } });
    expect(timeline.running[2]).toBe(2);
    // 11 of 1,000 blocks on each: 160 tokens of prompt, then outputs.
    expect(timeline.kvUsage[2]).toBeCloseTo(0.011, 6);
  });
});

describe('two ranks of a model with experts', () => {
  /** A step costs 10 ms for each request in it; a dummy 1 ms; a step of both ranks as much as the longer one. */
  const us = (shape: BatchShape | null) => (shape === null ? 1000 : shape.scheduledRequests * 10_000);
  const lockStep = {
    dataParallelSize: 2,
    lockStep: true,
    steps: { lockStepUs: (shapes: readonly (BatchShape | null)[]) => Math.max(...shapes.map(us)) },
  };

  it('go as slowly as the one with more to do', async () => {
    // Requests 0 and 2 on the first rank, 1 on the second.
    const load = [0, 1, 2].map((id) => request(id, 0, 16, 3));
    const { requests, totals } = await run(load, lockStep);
    expect(ms(requests.lastTokenUs)).toEqual([60, 60, 60]);
    expect(totals).toMatchObject({ steps: 6, busyUs: 2 * 60_000 });
  });

  it('make dummies while the other one works, in which no step is counted', async () => {
    const { requests, totals } = await run([request(0, 0, 16, 3)], lockStep);
    expect(ms(requests.lastTokenUs)).toEqual([30]);
    expect(totals).toMatchObject({ steps: 3, busyUs: 30_000, endUs: 30_000 });
  });

  it('take up a request at the end of the step under way', async () => {
    const load = [request(0, 0, 16, 5), request(1, 12_000, 16, 1)];
    const { requests } = await run(load, lockStep);
    // The idle rank is within a dummy that lasts as long as the step of the other one, until 20 ms.
    expect(ms(requests.scheduledUs)).toEqual([0, 20]);
    expect(ms(requests.firstTokenUs)).toEqual([10, 30]);
  });

  it('go on with dummies after the last output, until the ranks agree that nothing is left', async () => {
    // Three steps and, scheduled ahead, an empty one: dummies until the 16th forward pass, from 30 to 43 ms.
    const later = (timeUs: number) => run([request(0, 0, 16, 3), request(1, timeUs, 16, 1)], lockStep);
    expect(ms((await later(41_500)).requests.scheduledUs)[1]).toBe(42);
    expect(ms((await later(42_000)).requests.scheduledUs)[1]).toBe(42);
    expect(ms((await later(43_500)).requests.scheduledUs)[1]).toBe(43.5);
  });

  it('hold prompts in the same steps', async () => {
    const engine = { prefillScheduleInterval: 4 };
    const load = [request(0, 0, 16, 12), request(1, 0, 16, 12), request(2, 5000, 16, 1), request(3, 5000, 16, 1)];
    const { requests } = await run(load, { ...lockStep, engine });
    // The next prompts are computed in the fifth step, which is scheduled when the third has ended.
    expect(ms(requests.scheduledUs)).toEqual([0, 0, 30, 30]);
  });

  it('come to rest though one has a request that can never be served', async () => {
    const load = [request(0, 0, 200, 1), request(1, 0, 16, 2)];
    const { totals } = await run(load, { ...lockStep, engine: { numGpuBlocks: 8 } });
    expect(totals.conservation).toMatchObject({ finished: 1, waiting: 1 });
    expect(totals.stuck).toMatch(/^request 0 \(200 tokens\) can never be admitted on replica 0/);
  });
});

import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { FINISH_REASONS } from '../../src/record/run-record.ts';
import { request, run } from './fixtures.ts';

const ms = (times: Float64Array) => [...times].map((us) => us / 1000);
const reasons = (codes: Uint8Array) => [...codes].map((code) => FINISH_REASONS[code]);

describe('a request alone, steps of 10 ms', () => {
  it.each([true, false])(
    'gets its first token after one step and one more each step (async %s)',
    async (asyncScheduling) => {
      const { requests, totals } = await run([request(0, 0, 100, 3)], { engine: { asyncScheduling } });
      expect(ms(requests.firstTokenUs)).toEqual([10]);
      expect(ms(requests.lastTokenUs)).toEqual([30]);
      expect(totals.steps).toBe(3);
      expect(totals.busyUs).toBe(30_000);
    },
  );

  it('computes a prompt of 1,200 tokens in three steps of at most 512', async () => {
    const { requests } = await run([request(0, 0, 1200, 2)]);
    expect(ms(requests.firstTokenUs)).toEqual([30]);
    expect(ms(requests.lastTokenUs)).toEqual([40]);
  });

  it('spends the front end’s time before the engine sees it', async () => {
    const { requests } = await run([request(0, 7000, 100, 1)], { frontEndUs: 5000 });
    expect(ms(requests.arrivalUs)).toEqual([7]);
    expect(ms(requests.queuedUs)).toEqual([12]);
    expect(ms(requests.firstTokenUs)).toEqual([22]);
  });
});

describe('a request that arrives while a step executes', () => {
  const requests = [request(0, 0, 16, 10), request(1, 15_000, 16, 1)];

  it('joins the next step with synchronous scheduling', async () => {
    const record = await run(requests, { engine: { asyncScheduling: false } });
    expect(ms(record.requests.scheduledUs)[1]).toBe(20);
    expect(ms(record.requests.firstTokenUs)[1]).toBe(30);
  });

  it('joins one step later with asynchronous scheduling: the next step is scheduled already', async () => {
    const record = await run(requests);
    expect(ms(record.requests.scheduledUs)[1]).toBe(20);
    expect(ms(record.requests.firstTokenUs)[1]).toBe(40);
  });

  it('is seen by the schedule call of the step that ends at that very moment', async () => {
    const record = await run([requests[0]!, request(1, 20_000, 16, 1)], { engine: { asyncScheduling: false } });
    expect(ms(record.requests.scheduledUs)[1]).toBe(20);
  });
});

describe('an output that ends by an end token', () => {
  it('costs asynchronous scheduling the step that is under way', async () => {
    const byEndToken = { ignoreEos: false, maxTokens: null };
    const asynchronous = await run([request(0, 0, 16, 3, byEndToken)]);
    expect(asynchronous.totals.steps).toBe(4);
    expect(ms(asynchronous.requests.lastTokenUs)).toEqual([30]);
    const synchronous = await run([request(0, 0, 16, 3, byEndToken)], { engine: { asyncScheduling: false } });
    expect(synchronous.totals.steps).toBe(3);
    expect(reasons(asynchronous.requests.finishReason)).toEqual(['stop']);
  });

  it('costs nothing where max_tokens ends it, because that is known beforehand', async () => {
    expect((await run([request(0, 0, 16, 3)])).totals.steps).toBe(3);
  });
});

describe('thinking', () => {
  it('ends with the first answer token', async () => {
    const { requests } = await run([request(0, 0, 16, 5, { thinkingTokens: 3 })]);
    expect(ms(requests.firstTokenUs)).toEqual([10]);
    expect(ms(requests.firstAnswerTokenUs)).toEqual([40]);
    expect([...requests.thinkingTokens]).toEqual([3]);
  });

  it('that is cut off leaves no answer', async () => {
    const { requests } = await run([request(0, 0, 16, 5, { thinkingTokens: 4, maxTokens: 2 })]);
    expect(requests.firstAnswerTokenUs[0]).toBeNaN();
    expect([...requests.thinkingTokens]).toEqual([2]);
    expect(reasons(requests.finishReason)).toEqual(['length']);
  });
});

describe('a closed loop', () => {
  it('sends the next request when one ends', async () => {
    const three = [0, 1, 2].map((id) => request(id, 0, 16, 2));
    const { requests, totals } = await run(three, {
      engine: { asyncScheduling: false },
      simulation: { maxConcurrency: 1 },
    });
    expect(ms(requests.arrivalUs)).toEqual([0, 20, 40]);
    expect(ms(requests.lastTokenUs)).toEqual([20, 40, 60]);
    expect(totals.peakConcurrency).toBe(1);
  });

  it('goes on after a refused request', async () => {
    const { totals } = await run([request(0, 0, 5000, 2), request(1, 0, 16, 2)], {
      simulation: { maxConcurrency: 1, longPrompts: 'reject' },
    });
    expect(totals.conservation).toMatchObject({ arrived: 2, rejected: 1, finished: 1 });
  });
});

describe('a prompt that is not shorter than max_model_len', () => {
  const tooLong = request(0, 0, 4096, 1, { origin: 'trace.csv:7' });

  it('is bad input, named by its place in the trace', async () => {
    await expect(run([tooLong])).rejects.toThrow(InputError);
    await expect(run([tooLong])).rejects.toThrow(/^trace\.csv:7: a prompt of 4096 tokens, but max_model_len is 4096/);
  });

  it('is refused and counted where the study says so', async () => {
    const { requests, totals } = await run([tooLong, request(1, 0, 4095, 9)], {
      simulation: { longPrompts: 'reject' },
    });
    expect(reasons(requests.finishReason)).toEqual(['rejected', 'length']);
    // The longest prompt that is accepted leaves room for one token.
    expect([...requests.outputTokens]).toEqual([0, 1]);
    expect(totals.conservation).toMatchObject({ arrived: 2, finished: 1, rejected: 1 });
  });
});

describe('admission limits of the API server', () => {
  it('refuse a request while max_num_queued_reqs are in flight', async () => {
    const { requests } = await run(
      [0, 1, 2].map((id) => request(id, id * 1000, 16, 2)),
      { limits: { requests: 2, promptTokens: null } },
    );
    expect(reasons(requests.finishReason)).toEqual(['length', 'length', 'rejected']);
  });

  it('refuse a request while max_num_queued_tokens await their first output', async () => {
    const { requests } = await run([request(0, 0, 100, 2), request(1, 1000, 16, 1), request(2, 11_000, 16, 1)], {
      limits: { requests: null, promptTokens: 100 },
    });
    expect(reasons(requests.finishReason)).toEqual(['length', 'rejected', 'length']);
  });
});

describe('several replicas', () => {
  it('take turns under round robin', async () => {
    const { requests } = await run(
      [0, 1, 2, 3].map((id) => request(id, 0, 16, 1)),
      { replicas: 3 },
    );
    expect([...requests.replica]).toEqual([0, 1, 2, 0]);
  });

  it('get the request where the fewest are outstanding', async () => {
    const { requests } = await run(
      [request(0, 0, 16, 50), request(1, 1, 16, 1), request(2, 60_000, 16, 1), request(3, 60_001, 16, 1)],
      { replicas: 2, router: 'least_outstanding' },
    );
    expect([...requests.replica]).toEqual([0, 1, 1, 0]);
  });
});

describe('requests that arrive at the same moment', () => {
  it('at an idle engine share its first step', async () => {
    const { requests } = await run([0, 1, 2].map((id) => request(id, 5000, 100, 1)));
    expect(ms(requests.firstTokenUs)).toEqual([15, 15, 15]);
  });

  it('are spread by least_outstanding, though the front end still works on them', async () => {
    const { requests } = await run(
      [0, 1, 2, 3].map((id) => request(id, 0, 16, 1)),
      {
        replicas: 4,
        router: 'least_outstanding',
        frontEndUs: 5000,
      },
    );
    expect([...requests.replica]).toEqual([0, 1, 2, 3]);
  });
});

describe('the most output tokens in a second', () => {
  it('are counted in whole seconds from the first arrival', async () => {
    // Steps of 10 ms from 0.5 s on: tokens at 0.51 s, 0.52 s, …; the first second after the arrival holds the first 99.
    const { totals } = await run([request(0, 500_000, 16, 150)]);
    expect(totals.maxOutputTokensPerS).toBe(99);
  });
});

describe('a queue that can never move', () => {
  it('is reported, as vLLM would hang, and the run ends', async () => {
    const { totals } = await run([request(0, 0, 2000, 5), request(1, 0, 16, 5)], { engine: { numGpuBlocks: 101 } });
    expect(totals.stuck).toMatch(
      /request 0 \(2000 tokens\) can never be admitted on replica 0: the KV cache has 100 blocks/,
    );
    expect(totals.conservation).toMatchObject({ arrived: 2, finished: 0, waiting: 2 });
  });

  it('is recognised when a request preempts itself for ever', async () => {
    const { totals } = await run([request(0, 0, 2000, 5)], {
      engine: { numGpuBlocks: 101, schedulerReserveFullIsl: false, asyncScheduling: false },
    });
    expect(totals.stuck).not.toBeNull();
    expect(totals.conservation).toMatchObject({ arrived: 1, finished: 0 });
  });
});

/** Clusters that are queues of textbooks: one request at a time in a replica, every step as long as the other. */
import { describe, expect, it } from 'vitest';
import { exponential } from '../../src/core/distributions.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { type Cluster, request, run, STEP_US } from './fixtures.ts';

const oneAtATime = { maxNumSeqs: 1, asyncScheduling: false, numGpuBlocks: 4000, maxModelLen: 40_000 };
const BATCHES = 20;
/** Student's t of 99 %, two-sided, 19 degrees of freedom (tables). */
const STUDENT_T = 2.861;

/** Poisson arrivals; service takes a step for each output token. */
function poisson(requests: number, meanGapUs: number, tokens: () => number): Request[] {
  const gap = exponential(randomStreams(2)('gaps'), meanGapUs);
  let timeUs = 0;
  return Array.from({ length: requests }, (_, id) => {
    timeUs += gap();
    return request(id, Math.round(timeUs), 1, tokens());
  });
}

/** Mean time before service, and the half width of its 99 % interval by the means of batches; the first is left out. */
async function meanWaitUs(
  requests: readonly Request[],
  cluster: Cluster,
): Promise<{ meanUs: number; halfWidthUs: number }> {
  const { requests: rows } = await run(requests, { ...cluster, engine: oneAtATime });
  const size = Math.floor(rows.count / (BATCHES + 1));
  const means = Array.from({ length: BATCHES }, (_, batch) => {
    const from = (batch + 1) * size;
    let sumUs = 0;
    for (let row = from; row < from + size; row++) sumUs += rows.scheduledUs[row]! - rows.arrivalUs[row]!;
    return sumUs / size;
  });
  const meanUs = means.reduce((sum, each) => sum + each) / BATCHES;
  const variance = means.reduce((sum, each) => sum + (each - meanUs) ** 2, 0) / (BATCHES - 1);
  return { meanUs, halfWidthUs: STUDENT_T * Math.sqrt(variance / BATCHES) };
}

/** Numbers of trials up to the first success. */
function geometric(mean: number): () => number {
  const uniform = randomStreams(2)('tokens');
  return () => Math.max(1, Math.ceil(Math.log(1 - uniform()) / Math.log(1 - 1 / mean)));
}

/** Probability of waiting with c servers and so much work offered (Erlang's C). */
function erlangC(servers: number, offered: number): number {
  let blocking = 1;
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking);
  return blocking / (1 - (offered / servers) * (1 - blocking));
}

describe('the mean wait is that of theory, within its interval', () => {
  it.each([
    [1, 0.5],
    [1, 0.8],
    [2, 0.8],
    [5, 0.85],
  ])('M/M/c: %i replicas behind one queue, busy %f', async (servers, load) => {
    const tokens = 400;
    const serviceUs = tokens * STEP_US;
    const { meanUs, halfWidthUs } = await meanWaitUs(poisson(40_000, serviceUs / (servers * load), geometric(tokens)), {
      replicas: servers,
      router: 'least_outstanding',
      simulation: { kinds: [{ frontEndUs: 0, mostOutstanding: 1, cores: 1 }] },
    });
    const expectedUs = (erlangC(servers, servers * load) * serviceUs) / (servers * (1 - load));
    expect(Math.abs(meanUs - expectedUs)).toBeLessThan(halfWidthUs);
    expect(halfWidthUs).toBeLessThan(0.3 * expectedUs);
  });

  it.each<[string, () => number, number, number]>([
    ['all alike', () => 100, 100, 100 ** 2],
    ['one in ten a hundred times as long', every(10, 1000, 10), 109, (9 * 10 ** 2 + 1000 ** 2) / 10],
  ])('M/G/1: services %s', async (_name, tokens, mean, meanSquare) => {
    const load = 0.7;
    const { meanUs, halfWidthUs } = await meanWaitUs(poisson(40_000, (mean * STEP_US) / load, tokens), {});
    const expectedUs = ((load / mean) * meanSquare * STEP_US) / (2 * (1 - load));
    expect(Math.abs(meanUs - expectedUs)).toBeLessThan(halfWidthUs);
    expect(halfWidthUs).toBeLessThan(0.3 * expectedUs);
  });
});

/** `rare` once in so many times on average, else `common`. */
function every(times: number, rare: number, common: number): () => number {
  const uniform = randomStreams(2)('tokens');
  return () => (uniform() * times < 1 ? rare : common);
}

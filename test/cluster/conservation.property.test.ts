import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkServed, checkTimes, type KeptRecord, request, run, STEP_US } from './fixtures.ts';

const load = fc
  .array(
    fc.record({
      gapUs: fc.integer({ min: 0, max: 60_000 }),
      promptTokens: fc.integer({ min: 1, max: 700 }),
      outputTokens: fc.integer({ min: 1, max: 60 }),
      ignoreEos: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) => {
    let timeUs = 0;
    return rows.map(({ gapUs, promptTokens, outputTokens, ignoreEos }, id) => {
      timeUs += gapUs;
      return request(id, timeUs, promptTokens, outputTokens, { ignoreEos });
    });
  });

const cluster = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  router: fc.constantFrom<'round_robin' | 'random' | 'least_outstanding'>('round_robin', 'random', 'least_outstanding'),
  engine: fc.record({
    numGpuBlocks: fc.integer({ min: 60, max: 200 }),
    asyncScheduling: fc.boolean(),
    enablePrefixCaching: fc.boolean(),
  }),
  frontEndUs: fc.constantFrom(0, 5000),
  simulation: fc.record({
    maxConcurrency: fc.option(fc.integer({ min: 1, max: 10 })),
  }),
});

describe('in every random cluster and load', () => {
  it('each request ends once, in order of its life, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(load, cluster, async (requests, settings) => {
        const record = await run(requests, settings);
        checkServed(record, requests);
        checkTimes(record);
        checkPrefillTakesAStep(record);
        checkTotals(record);
      }),
      { numRuns: 100 },
    );
  });

  it('the same load gives the same record', async () => {
    await fc.assert(
      fc.asyncProperty(load, cluster, async (requests, settings) => {
        expect(await run(requests, settings)).toEqual(await run(requests, settings));
      }),
      { numRuns: 30 },
    );
  });
});

function checkPrefillTakesAStep({ requests }: KeptRecord): void {
  for (let row = 0; row < requests.count; row++)
    expect(requests.firstTokenUs[row]! - requests.scheduledUs[row]!).toBeGreaterThanOrEqual(STEP_US);
}

/** Sums that can be had in two ways agree. */
function checkTotals({ requests, timeline, interTokenUs, totals }: KeptRecord): void {
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const outputTokens = sum(requests.outputTokens);
  expect(sum(timeline.outputTokens)).toBe(outputTokens);
  expect(sum(interTokenUs.counts)).toBe(outputTokens - requests.count);
  expect(sum(timeline.preemptions)).toBe(totals.preemptions);
  expect(sum(requests.preemptions)).toBe(totals.preemptions);
  expect(sum(timeline.steps)).toBe(totals.steps);
  expect(totals.busyUs).toBe(totals.steps * STEP_US);
  expect(totals.busyUs).toBeLessThanOrEqual(totals.endUs * totals.replicas);
  const gapsUs = interTokenUs.valuesUs.reduce((total, value, i) => total + value * interTokenUs.counts[i]!, 0);
  expect(gapsUs).toBe(sum(requests.lastTokenUs) - sum(requests.firstTokenUs));
  expect(Math.max(...timeline.kvUsageMax)).toBeLessThanOrEqual(1);
}

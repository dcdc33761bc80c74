import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { type Cluster, checkServed, checkTimes, request, run } from './fixtures.ts';

const load = fc
  .array(
    fc.record({
      gapUs: fc.integer({ min: 1, max: 40_000 }),
      promptTokens: fc.integer({ min: 1, max: 700 }),
      outputTokens: fc.integer({ min: 1, max: 40 }),
      ignoreEos: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((rows) => {
    let timeUs = 0;
    return rows.map(({ gapUs, promptTokens, outputTokens, ignoreEos }, id) => {
      timeUs += gapUs;
      return request(id, timeUs, promptTokens, outputTokens, { ignoreEos });
    });
  });

/** A law of step times that tells batches apart, so that a wrong order would show. */
const stepUs = (shape: BatchShape) => 3000 + 17 * shape.scheduledTokens + shape.decodeContextTokens;

function stepsOf(stages: number, dummyUs: number) {
  return {
    durationUs: stepUs,
    stageDurationsUs: (shape: BatchShape) => Array.from({ length: stages }, (_, stage) => stepUs(shape) + 100 * stage),
    lockStepUs: (shapes: readonly (BatchShape | null)[]) =>
      Math.max(...shapes.map((shape) => (shape === null ? dummyUs : stepUs(shape)))),
  };
}

const engine = fc.record({
  // The longest request takes 47 blocks of either group.
  numGpuBlocks: fc.integer({ min: 100, max: 180 }),
  asyncScheduling: fc.boolean(),
  enablePrefixCaching: fc.boolean(),
  prefillScheduleInterval: fc.constantFrom(1, 3),
  kvGroups: fc.constantFrom(
    [{ kind: 'full', blockSize: 16, window: 0, chunk: 0 } as const],
    [
      { kind: 'sliding', blockSize: 16, window: 128, chunk: 0 } as const,
      { kind: 'full', blockSize: 16, window: 0, chunk: 0 } as const,
    ],
  ),
});

const cluster: fc.Arbitrary<Cluster> = fc
  .record({
    engine,
    replicas: fc.integer({ min: 1, max: 2 }),
    spread: fc.constantFrom(
      { pipelineParallelSize: 3, dataParallelSize: 1, lockStep: false },
      { pipelineParallelSize: 2, dataParallelSize: 2, lockStep: false },
      { pipelineParallelSize: 1, dataParallelSize: 2, lockStep: true },
      { pipelineParallelSize: 1, dataParallelSize: 3, lockStep: true },
      { pipelineParallelSize: 1, dataParallelSize: 3, lockStep: false },
    ),
  })
  .map(({ engine, replicas, spread: { pipelineParallelSize, ...spread } }) => ({
    ...{ replicas, ...spread },
    engine: { ...engine, pipelineParallelSize },
    steps: stepsOf(pipelineParallelSize, 1000),
  }));

describe('in every random cluster of pipelines and data-parallel engines', () => {
  it('each request ends once, with all of its tokens, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(load, cluster, async (requests, settings) => {
        const record = await run(requests, settings);
        checkServed(record, requests);
        checkTimes(record);
        expect(record.totals.busyUs).toBeLessThanOrEqual(record.totals.endUs * record.totals.cores);
      }),
      { numRuns: 150 },
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

describe('a single rank in lock step, its dummies taking no time', () => {
  it('does what an engine of its own does, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(load, engine, async (requests, settings) => {
        const plain = { ...settings, prefillScheduleInterval: 1 };
        const alone = await run(requests, { engine: plain, steps: stepsOf(1, 0) });
        const inStep = await run(requests, { engine: plain, steps: stepsOf(1, 0), lockStep: true });
        // Only an engine of its own runs ahead through steps of pure decoding.
        expect({ ...inStep.totals, stepsRunAhead: 0 }).toEqual({ ...alone.totals, stepsRunAhead: 0 });
        expect({ ...inStep, totals: null }).toEqual({ ...alone, totals: null });
      }),
      { numRuns: 150 },
    );
  });
});

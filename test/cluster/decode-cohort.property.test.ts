import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KvGroup } from '../../src/engine/options.ts';
import type { Span } from '../../src/workload/request.ts';
import { READABLE, type Ways } from '../engine/random-engine.ts';
import { type Cluster, type KeptRecord, request, run, tracedSteps } from './fixtures.ts';

const runs = { numRuns: Number(process.env.SERVESIM_EQUALITY_RUNS ?? 200) };

const full: KvGroup = { kind: 'full', blockSize: 16, window: 0, chunk: 0 };
const sliding: KvGroup = { kind: 'sliding', blockSize: 16, window: 48, chunk: 0 };
const chunked: KvGroup = { kind: 'chunked', blockSize: 16, window: 0, chunk: 64 };

const load = fc
  .array(
    fc.record({
      gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 400_000 })),
      shared: fc.integer({ min: 1, max: 3 }),
      sharedTokens: fc.integer({ min: 0, max: 150 }),
      promptTokens: fc.integer({ min: 1, max: 500 }),
      /** The prompt begins with that of the request before, and so many tokens of its output. */
      continuesAfter: fc.constantFrom(null, null, 10, 40),
      outputTokens: fc.integer({ min: 1, max: 120 }),
      thinkingTokens: fc.constantFrom(0, 0, 5, 60),
      maxTokens: fc.constantFrom(40, 100, 200),
      ignoreEos: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  )
  .map((rows) => {
    let timeUs = 0;
    let last: Span[] = [];
    return rows.map(({ gapUs, shared, sharedTokens, promptTokens, outputTokens, continuesAfter, ...rest }, id) => {
      timeUs += gapUs;
      const own = { segment: 2 * id + 11, tokens: promptTokens };
      const answer = { segment: 2 * id + 10, tokens: continuesAfter ?? 0 };
      const begin = continuesAfter === null ? [{ segment: shared, tokens: sharedTokens }] : [...last, answer];
      const prompt = [...begin, own].filter(({ tokens }) => tokens > 0);
      last = prompt;
      const allTokens = prompt.reduce((sum, { tokens }) => sum + tokens, 0);
      return request(id, timeUs, allTokens, outputTokens, {
        ...rest,
        prompt,
        outputSegment: 2 * id + 12,
        maxTokens: rest.ignoreEos ? outputTokens : rest.maxTokens,
        thinkingTokens: Math.min(rest.thinkingTokens, outputTokens),
      });
    });
  });

const cluster: fc.Arbitrary<Cluster> = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  router: fc.constantFrom<'round_robin' | 'random' | 'least_outstanding'>('round_robin', 'random', 'least_outstanding'),
  dataParallelSize: fc.constantFrom(1, 1, 2),
  lockStep: fc.boolean(),
  limits: fc.constantFrom({ requests: null, promptTokens: null }, { requests: 6, promptTokens: 1500 }),
  engine: fc.record({
    kvGroups: fc.constantFrom<readonly KvGroup[]>([full], [full], [sliding], [full, sliding], [full, chunked]),
    // For two groups of layers; half of them is not much more than the longest request needs.
    numGpuBlocks: fc.integer({ min: 100, max: 300 }),
    maxModelLen: fc.constantFrom(700, 4096),
    maxNumSeqs: fc.constantFrom(2, 8, 40),
    maxNumBatchedTokens: fc.constantFrom(32, 256, 1024),
    longPrefillTokenThreshold: fc.constantFrom(0, 0, 30),
    prefillScheduleInterval: fc.constantFrom(1, 1, 3),
    asyncScheduling: fc.boolean(),
    enablePrefixCaching: fc.boolean(),
    schedulerReserveFullIsl: fc.boolean(),
    watermark: fc.constantFrom(0, 0.05),
  }),
  frontEndUs: fc.constantFrom(0, 5000),
  // Steps that all take the same time end at the same moments in every replica, and what one leads to reaches another then.
  steps: fc.constantFrom(tracedSteps, tracedSteps, {}),
  simulation: fc.record({
    maxConcurrency: fc.option(fc.integer({ min: 1, max: 10 }), { nil: null }),
    longPrompts: fc.constant<'reject'>('reject'),
  }),
});

const COHORTS: Ways = { decodeCohort: true, blockNumbers: true };

/** The record, and the free blocks of every pool in their order. */
async function outcome(requests: Parameters<typeof run>[0], settings: Cluster, { decodeCohort, blockNumbers }: Ways) {
  const { kvGroups, numGpuBlocks, maxNumBatchedTokens } = settings.engine!;
  const engine = {
    ...settings.engine,
    maxNumScheduledTokens: maxNumBatchedTokens!,
    numGpuBlocks: Math.ceil((numGpuBlocks! * kvGroups!.length) / 2),
  };
  let free: number[][] = [];
  const record: KeptRecord = await run(requests, {
    ...settings,
    ...{ engine, decodeCohort, blockNumbers },
    onEnd: (replicas) => {
      free = replicas.flatMap(({ cores }) => cores.map(({ scheduler }) => scheduler.kv.pool.freeOrder()));
    },
  });
  // How the simulation went about it is the one thing in which the two differ.
  return { record: { ...record, totals: { ...record.totals, stepsRunAhead: 0 } }, free };
}

it('a cluster with decode cohorts leaves the same record, to the last microsecond and block', async () => {
  await fc.assert(
    fc.asyncProperty(load, cluster, async (requests, settings) => {
      expect(await outcome(requests, settings, COHORTS)).toEqual(await outcome(requests, settings, READABLE));
    }),
    runs,
  );
});

it('the same record with blocks that are counted only, as simulations run', async () => {
  await fc.assert(
    fc.asyncProperty(load, cluster, async (requests, settings) => {
      const [simulated, readable] = [{ ...COHORTS, blockNumbers: false }, READABLE];
      const [{ record }, { record: expected }] = [
        await outcome(requests, settings, simulated),
        await outcome(requests, settings, readable),
      ];
      expect(record).toEqual(expected);
    }),
    runs,
  );
});

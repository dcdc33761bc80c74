/** Random fleets with everything that can befall them, and loads for them. */
import fc from 'fast-check';
import { Fleet, type FleetPool } from '../../src/cluster/fleet.ts';
import type { FleetObserver } from '../../src/cluster/fleet-observer.ts';
import { createGuess, createRouting, type RoutingOptions } from '../../src/cluster/routing/create-routing.ts';
import { simulate } from '../../src/cluster/simulation.ts';
import type { SpotSlot } from '../../src/cluster/spot/spot-slot.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Replica } from '../../src/engine/replica.ts';
import { type FleetRecord, FleetRecorder } from '../../src/record/fleet-recorder.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { keptRequests, type RequestTable, type RunRecord } from '../../src/record/run-record.ts';
import type { Request, Span } from '../../src/workload/request.ts';
import { engine, request, stepDuration, tracedSteps } from './fixtures.ts';
import { scripted } from './scripted-slot.ts';

const { durationUs } = tracedSteps;
const steps = stepDuration({ ...tracedSteps, stageDurationsUs: (shape) => [durationUs(shape), durationUs(shape)] });

export const load: fc.Arbitrary<Request[]> = fc
  .array(
    fc.record({
      gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 400_000 })),
      shared: fc.integer({ min: 1, max: 3 }),
      sharedTokens: fc.integer({ min: 0, max: 150 }),
      promptTokens: fc.integer({ min: 1, max: 500 }),
      outputTokens: fc.integer({ min: 1, max: 120 }),
      thinkingTokens: fc.constantFrom(0, 0, 5, 60),
      maxTokens: fc.constantFrom(40, 100, 200),
      ignoreEos: fc.boolean(),
      priority: fc.integer({ min: 0, max: 2 }),
      class: fc.integer({ min: 0, max: 1 }),
      session: fc.option(fc.nat(5), { nil: null }),
      preprocessUs: fc.constantFrom(0, 0, 8000),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  )
  .map((rows) => {
    let timeUs = 0;
    return rows.map(({ gapUs, shared, sharedTokens, promptTokens, outputTokens, ...rest }, id) => {
      timeUs += gapUs;
      const prompt: Span[] = [
        { segment: shared, tokens: sharedTokens },
        { segment: 2 * id + 11, tokens: promptTokens },
      ].filter(({ tokens }) => tokens > 0);
      return request(id, timeUs, sharedTokens * Number(prompt.length > 1) + promptTokens, outputTokens, {
        ...rest,
        prompt,
        outputSegment: 2 * id + 12,
        maxTokens: rest.ignoreEos ? outputTokens : rest.maxTokens,
        thinkingTokens: Math.min(rest.thinkingTokens, outputTokens),
      });
    });
  });

const slot = fc
  .tuple(fc.boolean(), fc.array(fc.integer({ min: 1, max: 1_500_000 }), { maxLength: 12 }))
  .map(([isUp, gaps]) => {
    let timeUs = 0;
    const times = gaps.map((gap) => {
      timeUs += gap;
      return timeUs;
    });
    return { isUp, times };
  });

const pool = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  spare: fc.integer({ min: 0, max: 2 }),
  isSpot: fc.boolean(),
  onDemand: fc.integer({ min: 0, max: 1 }),
  slots: fc.array(slot, { minLength: 5, maxLength: 5 }),
  startUpUs: fc.constantFrom(0, 1000, 300_000),
  noticeUs: fc.constantFrom(0, 20_000, 400_000),
  onNotice: fc.constantFrom<'drain' | 'ignore' | 'migrate'>('drain', 'ignore', 'migrate'),
  standIns: fc.boolean(),
  autoscale: fc.option(
    fc.record({
      on: fc.constantFrom<'waiting' | 'kv_usage'>('waiting', 'kv_usage'),
      target: fc.constantFrom(0.3, 2),
      intervalUs: fc.constantFrom(50_000, 400_000),
      downDelayUs: fc.constantFrom(0, 1_000_000),
    }),
    { nil: null, freq: 2 },
  ),
  frontEndUs: fc.constantFrom(0, 5000),
  limits: fc.constantFrom(
    { requests: null, promptTokens: null },
    { requests: 6, promptTokens: null },
    { requests: 6, promptTokens: 1500 },
  ),
  dataParallelSize: fc.constantFrom(1, 1, 1, 2),
  lockStep: fc.boolean(),
  engine: fc.record({
    numGpuBlocks: fc.integer({ min: 60, max: 200 }),
    maxModelLen: fc.constantFrom(700, 4096),
    maxNumSeqs: fc.constantFrom(2, 8, 40),
    maxNumBatchedTokens: fc.constantFrom(32, 256, 1024),
    schedulingPolicy: fc.constantFrom<'fcfs' | 'priority'>('fcfs', 'priority'),
    asyncScheduling: fc.boolean(),
    enablePrefixCaching: fc.boolean(),
  }),
});

type RandomPool = typeof pool extends fc.Arbitrary<infer P> ? P : never;

const prefixes = { threshold: 0.3, balanceAbs: 3, balanceRel: 1.5, maxNodes: 20 };
const lengths = (pools: readonly RandomPool[], by: 'class' | 'oracle' | 'classifier'): RoutingOptions => ({
  policy: 'expected_length',
  guess: by === 'classifier' ? { by, error: 0.5 } : { by },
  pools: pools.map((each, i) => ({
    pool: i,
    below: i === pools.length - 1 ? null : 40 * (i + 1),
    maxModelLen: each.engine.maxModelLen,
  })),
});

export const cluster = fc.record({
  pools: fc.array(pool, { minLength: 1, maxLength: 3 }),
  router: fc.constantFrom<(pools: readonly RandomPool[]) => RoutingOptions>(
    () => ({ policy: 'round_robin' }),
    () => ({ policy: 'random' }),
    () => ({ policy: 'least_outstanding' }),
    () => ({ policy: 'least_kv_usage' }),
    () => ({ policy: 'power_of_two' }),
    () => ({ policy: 'session' }),
    () => ({ policy: 'prefix_aware', prefixes }),
    (pools) => lengths(pools, 'oracle'),
    (pools) => lengths(pools, 'classifier'),
    (pools) => lengths(pools, 'class'),
  ),
  holdsWhenFull: fc.boolean(),
  healthCheckUs: fc.constantFrom(0, 0, 100_000),
  queueLimit: fc.constantFrom(null, null, 4),
  retries: fc.constantFrom(0, 1, 5, 50),
  timeLimitUs: fc.constantFrom(null, null, 300_000, 2_000_000),
  onLost: fc.constantFrom<'restart' | 'resume'>('restart', 'resume'),
  maxConcurrency: fc.option(fc.integer({ min: 1, max: 10 }), { nil: null, freq: 3 }),
});

export type RandomCluster = typeof cluster extends fc.Arbitrary<infer C> ? C : never;

export interface ClusterOutcome {
  readonly record: RunRecord & { readonly requests: RequestTable };
  readonly fleet: FleetRecord;
  /** Answers that left engines, by request. */
  readonly answers: ReadonlyMap<number, number>;
  /** Output tokens that left engines, and those of them that were lost. */
  readonly tokens: { readonly written: number; readonly lost: number };
}

export async function runCluster(
  requests: readonly Request[],
  settings: RandomCluster,
  decodeCohort = true,
): Promise<ClusterOutcome> {
  const { pools, router, holdsWhenFull, healthCheckUs, ...clients } = settings;
  const fleet = new Fleet({ pools: pools.map(fleetPool), healthCheckUs });
  const ofMembers = fleet.members.map((member) => pools[member.pool]!);
  const recorder = new Recorder(
    ofMembers.reduce((sum, { dataParallelSize }) => sum + dataParallelSize, 0),
    0,
    {
      coreBlocks: ofMembers.flatMap((each) =>
        new Array<number>(each.dataParallelSize).fill(each.engine.numGpuBlocks - 1),
      ),
    },
  );
  const fleetRecorder = new FleetRecorder(
    pools.map(({ replicas }, i) => ({ name: `p${i}`, gpu: 'gpu', gpusPerReplica: 1, replicas })),
  );
  const answers = new Map<number, number>();
  const routing = router(pools);
  const end = await simulate({
    source: batches(requests),
    fleet,
    kinds: pools.map(({ frontEndUs, limits, dataParallelSize }) => ({
      ...{ frontEndUs, cores: dataParallelSize },
      mostOutstanding: holdsWhenFull ? limits.requests : null,
    })),
    createReplica: ({ id, pool: index }, firstCore, reportEnd) => {
      const own = pools[index]!;
      return new Replica({
        ...{ id, firstCore, steps, decodeCohort },
        engine: engineOf(own),
        limits: own.limits,
        observer: recorder,
        drafts: null,
        dataParallelSize: own.dataParallelSize,
        lockStep: own.lockStep && own.dataParallelSize > 1,
        reportEnd: (ended) => {
          answers.set(ended.index, (answers.get(ended.index) ?? 0) + 1);
          reportEnd(ended);
        },
      });
    },
    routing: createRouting(routing, randomStreams(1)),
    guess: createGuess(routing, randomStreams(1)),
    ...clients,
    longPrompts: 'reject',
    observer: recorder,
    fleetObserver: fleetRecorder satisfies FleetObserver,
  });
  const record = recorder.record(end.endUs, end.replicas, end);
  const fleetRecord = fleetRecorder.record(end.endUs);
  return {
    record: { ...record, requests: keptRequests(record) },
    fleet: fleetRecord,
    answers,
    tokens: {
      written: record.timeline.outputTokens.reduce((sum, tokens) => sum + tokens, 0),
      lost: fleetRecord.outputTokensLost,
    },
  };
}

function engineOf({ engine: own }: RandomPool): EngineOptions {
  return { ...engine, ...own, maxNumScheduledTokens: own.maxNumBatchedTokens };
}

function fleetPool({ spare, isSpot, autoscale, replicas, onDemand, slots, ...rest }: RandomPool): FleetPool {
  const most = autoscale === null ? replicas : replicas + spare;
  const first = Math.min(onDemand, most);
  return {
    ...rest,
    replicas,
    onDemand: isSpot ? first : most,
    slots: isSpot ? slots.slice(0, most - first).map(scriptedSlot) : [],
    autoscale: autoscale === null ? null : { ...autoscale, min: 1, max: most, tolerance: 0.1, upDelayUs: 0 },
  };
}

function scriptedSlot({ isUp, times }: { isUp: boolean; times: readonly number[] }): SpotSlot {
  if (isUp) return scripted(...times);
  const away = scripted(0, ...times);
  away.change();
  return away;
}

async function* batches(requests: readonly Request[]): AsyncGenerator<readonly Request[]> {
  for (let i = 0; i < requests.length; i += 3) yield requests.slice(i, i + 3);
}

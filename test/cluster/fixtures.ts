/** Small clusters whose every step takes the same time, so that each expected time can be worked out by hand. */
import { expect } from 'vitest';
import { Fleet, type FleetPool } from '../../src/cluster/fleet.ts';
import { createRouting } from '../../src/cluster/routing/create-routing.ts';
import { simulate } from '../../src/cluster/simulation.ts';
import type { SimulationOptions } from '../../src/cluster/simulation-options.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { DraftModel } from '../../src/engine/draft-model.ts';
import type { StepDuration } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Replica } from '../../src/engine/replica.ts';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import { oneByOne } from '../../src/latency/step-time.ts';
import { FleetRecorder } from '../../src/record/fleet-recorder.ts';
import { Recorder, type RecorderOptions } from '../../src/record/recorder.ts';
import type { RequestTable, RunRecord } from '../../src/record/run-record.ts';
import type { Request } from '../../src/workload/request.ts';

export const STEP_US = 10_000;

export const engine: EngineOptions = {
  kvGroups: [{ kind: 'full', blockSize: 16, window: 0, chunk: 0 }],
  numGpuBlocks: 1001,
  maxModelLen: 4096,
  maxNumSeqs: 8,
  maxNumActiveSeqs: null,
  maxNumBatchedTokens: 512,
  maxNumScheduledTokens: 512,
  enableChunkedPrefill: true,
  longPrefillTokenThreshold: 0,
  longPrefillTokenThresholdAdaptive: false,
  prefillScheduleInterval: 1,
  enablePrefixCaching: true,
  prefixCacheRetentionInterval: 0,
  schedulingPolicy: 'fcfs',
  asyncScheduling: true,
  pipelineParallelSize: 1,
  schedulerReserveFullIsl: true,
  watermark: 0,
  speculation: null,
};

export function request(
  id: number,
  arrivalUs: number,
  promptTokens: number,
  outputTokens: number,
  rest?: Partial<Request>,
): Request {
  return {
    id,
    arrivalUs,
    prompt: [{ segment: 2 * id + 1, tokens: promptTokens }],
    promptTokens,
    outputSegment: 2 * id + 2,
    outputTokens,
    thinkingTokens: 0,
    maxTokens: outputTokens,
    ignoreEos: true,
    class: 0,
    priority: 0,
    session: null,
    preprocessUs: 0,
    origin: null,
    ...rest,
  };
}

/** A record with a row for every request, which is what `run` makes unless it is asked not to keep them. */
export type KeptRecord = RunRecord & { readonly requests: RequestTable };

export interface Cluster extends RecorderOptions {
  engine?: Partial<EngineOptions>;
  replicas?: number;
  router?: 'round_robin' | 'random' | 'least_outstanding';
  simulation?: Partial<SimulationOptions>;
  /** Of all replicas. */
  frontEndUs?: number;
  /** One pool of so many replicas, in which nothing ever happens, if nothing else is said. */
  pool?: Partial<FleetPool>;
  limits?: { requests: number | null; promptTokens: number | null };
  drafts?: DraftModel;
  dataParallelSize?: number;
  lockStep?: boolean;
  steps?: Partial<StepDuration>;
  decodeCohort?: boolean;
  blockNumbers?: boolean;
  /** Called with the servers when the run has ended. */
  onEnd?: (replicas: readonly Replica[]) => void;
}

export async function run(requests: readonly Request[], cluster: Cluster = {}): Promise<KeptRecord> {
  const count = cluster.pool?.replicas ?? cluster.replicas ?? 1;
  const dataParallelSize = cluster.dataParallelSize ?? 1;
  const recorder = new Recorder(count * dataParallelSize, cluster.engine?.speculation?.draftTokens ?? 0, {
    ...(cluster.keepRequests === undefined ? {} : { keepRequests: cluster.keepRequests }),
    ...(cluster.sink === undefined ? {} : { sink: cluster.sink }),
  });
  const options = { ...engine, ...cluster.engine };
  const replica = {
    engine: options,
    limits: cluster.limits ?? { requests: null, promptTokens: null },
    steps: stepDuration({ ...evenSteps(options.pipelineParallelSize), ...cluster.steps }),
    observer: recorder,
    drafts: cluster.drafts ?? null,
    dataParallelSize,
    lockStep: cluster.lockStep ?? false,
    decodeCohort: cluster.decodeCohort ?? true,
    ...(cluster.blockNumbers === undefined ? {} : { blockNumbers: cluster.blockNumbers }),
  };
  const pools = [{ ...STEADY, replicas: count, ...cluster.pool }];
  const end = await simulate({
    source: batches(requests),
    fleet: new Fleet({ pools, healthCheckUs: 0 }),
    kinds: [{ frontEndUs: cluster.frontEndUs ?? 0, mostOutstanding: null, cores: dataParallelSize }],
    createReplica: ({ id }, firstCore, reportEnd) => new Replica({ ...replica, id, firstCore, reportEnd }),
    routing: createRouting({ policy: cluster.router ?? 'round_robin' }, randomStreams(1)),
    guess: null,
    queueLimit: null,
    retries: 5,
    timeLimitUs: null,
    onLost: 'restart',
    maxConcurrency: null,
    longPrompts: 'error',
    observer: recorder,
    fleetObserver: new FleetRecorder([{ name: 'pool', gpu: 'gpu', gpusPerReplica: 1, replicas: count }]),
    ...cluster.simulation,
  });
  cluster.onEnd?.(end.replicas);
  return recorder.record(end.endUs, end.replicas, end) as KeptRecord;
}

const STEADY: Omit<FleetPool, 'replicas'> = {
  onDemand: 0,
  slots: [],
  startUpUs: 0,
  noticeUs: 0,
  onNotice: 'drain',
  standIns: false,
  autoscale: null,
};

/** Steps of decodes in a row as steps one by one. */
export function stepDuration(steps: Omit<StepDuration, 'decodesUs'>): StepDuration {
  return {
    ...steps,
    decodesUs: (shape, count, durationsUs) => oneByOne(steps.durationUs, shape, count, durationsUs),
  };
}

/** Every integer of a shape leaves its trace in the duration. */
function tracedDurationUs(shape: BatchShape): number {
  const { chunkTokens, chunkCachedTokens, ...sums } = shape;
  let hash = 17;
  for (const value of [...Object.values(sums), ...chunkTokens, -1, ...chunkCachedTokens])
    hash = (Math.imul(hash, 31) + value) | 0;
  return 1 + ((hash >>> 7) % 20_000);
}

/** Steps whose durations tell every shape from every other. */
export const tracedSteps: Pick<StepDuration, 'durationUs' | 'lockStepUs'> = {
  durationUs: tracedDurationUs,
  lockStepUs: (shapes) => Math.max(...shapes.map((shape) => (shape === null ? 500 : tracedDurationUs(shape)))),
};

/** Every step, every stage and every step of several ranks takes the same time. */
function evenSteps(stages: number): Omit<StepDuration, 'decodesUs'> {
  return {
    durationUs: () => STEP_US,
    stageDurationsUs: () => new Array<number>(stages).fill(STEP_US),
    lockStepUs: () => STEP_US,
  };
}

/** A source that hands over two requests at a time. */
async function* batches(requests: readonly Request[]): AsyncGenerator<readonly Request[]> {
  for (let i = 0; i < requests.length; i += 2) yield requests.slice(i, i + 2);
}

/** What happens to a request happens in order, at whole microseconds. */
export function checkTimes({ requests }: KeptRecord): void {
  for (let row = 0; row < requests.count; row++) {
    const life = [
      requests.arrivalUs[row]!,
      requests.queuedUs[row]!,
      requests.scheduledUs[row]!,
      requests.firstTokenUs[row]!,
      requests.lastTokenUs[row]!,
    ];
    expect(life).toEqual([...life].sort((a, b) => a - b));
    expect(life.every(Number.isInteger)).toBe(true);
  }
}

/** Every request of the load ended, with all of its tokens, and nothing is left behind. */
export function checkServed({ requests, totals }: KeptRecord, load: readonly Request[]): void {
  expect(totals.conservation).toEqual({
    arrived: load.length,
    finished: load.length,
    rejected: 0,
    aborted: 0,
    timedOut: 0,
    lost: 0,
    waiting: 0,
    running: 0,
    blocksInUse: 0,
  });
  expect([...requests.outputTokens]).toEqual(load.map(({ outputTokens }) => outputTokens));
}

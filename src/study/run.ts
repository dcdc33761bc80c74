/** One resolved run → its record. The single path that every command takes, so that all give the same bytes. */

import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { createGuess, createRouting } from '../cluster/routing/create-routing.ts';
import type { ServerKind } from '../cluster/servers.ts';
import { simulate } from '../cluster/simulation.ts';
import type { Deployment, Pool, ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import { type RandomStreams, randomStreams } from '../core/random.ts';
import { MOST_EXACT, Outcomes } from '../metrics/outcomes.ts';
import { type FleetRecord, FleetRecorder } from '../record/fleet-recorder.ts';
import { Recorder } from '../record/recorder.ts';
import type { RunRecord } from '../record/run-record.ts';
import type { ReadLines } from '../workload/open.ts';
import { openWorkload } from '../workload/open.ts';
import type { Request, RequestSource } from '../workload/request.ts';
import { describeTrace } from '../workload/trace-stats.ts';
import { fleetOf, type ReadText, recordedPools, routingOf } from './fleet-of.ts';
import type { ReadProfile } from './read-profile.ts';
import { replicaFactory } from './replicas.ts';
import { draftModelOf } from './speculation.ts';
import { stepTimeOf } from './step-time-of.ts';

export interface RunInputs {
  readonly catalog: Catalog;
  /** Opens the lines of a trace named in the study: of requests, or of the spot market. */
  readonly readLines: ReadLines;
  /** Reads a kernel profile named in the study. */
  readonly readProfile: ReadProfile;
  /** Told now and then how far the simulation is. */
  readonly onProgress?: (timeUs: number, requestsSent: number) => void;
  /** False: the record has no request table, and memory does not grow with the number of requests. Default: true. */
  readonly keepRequests?: boolean;
}

export interface RunResult {
  readonly run: ResolvedRun;
  readonly record: RunRecord;
  /** What its replicas went through. */
  readonly fleet: FleetRecord;
  /** Of each replica that there could be, the name of its pool. */
  readonly poolOfReplica: readonly string[];
  /** What became of its requests. */
  readonly outcomes: Outcomes;
  /** What the step times rest on, for the reader. */
  readonly latencyNotes: readonly string[];
  /** What was read of a trace, in words; empty for a synthetic workload. */
  readonly traceNotes: readonly string[];
}

/** Simulates a run. Throws InputError on bad input, in the workload too. */
export async function runOne(run: ResolvedRun, inputs: RunInputs): Promise<RunResult> {
  const { pools, workload } = run;
  const streams = randomStreams(run.seed);
  const fleet = fleetOf(run, streams, await marketTraces(run, inputs.readLines));
  const { recorder, outcomes } = recordingOf(
    run,
    fleet.members.map(({ pool }) => pool),
    inputs.keepRequests ?? true,
  );
  const fleetRecorder = new FleetRecorder(recordedPools(run));
  const stepTimes = pools.map(({ deployment }) => stepTimeOf(deployment, inputs.catalog, inputs.readProfile));
  const factories = pools.map(({ name, deployment }, i) => {
    const drafts = draftModelOf(deployment.speculation, i === 0 ? streams : (of) => streams(`${of}/${name}`));
    return replicaFactory(deployment, { steps: stepTimes[i]!, observer: recorder, drafts });
  });
  const source = openWorkload(workload, streams, inputs.readLines);
  const end = await simulate({
    source: interruptible(source),
    ...clusterOptions(run, streams),
    fleet,
    createReplica: ({ id, pool }, firstCore, reportEnd) => factories[pool]!(id, firstCore, reportEnd),
    observer: recorder,
    fleetObserver: fleetRecorder,
    ...(inputs.onProgress === undefined ? {} : { onProgress: inputs.onProgress }),
  });
  const wanted = pools.reduce((sum, { deployment }) => sum + deployment.replicas, 0);
  const record = recorder.record(end.endUs, end.replicas, { ...end, wanted });
  checkServed(run, record);
  checkConservation(record);
  return {
    run,
    record,
    fleet: fleetRecorder.record(end.endUs),
    poolOfReplica: fleet.members.map(({ pool }) => pools[pool]!.name),
    outcomes,
    latencyNotes: [...new Set(stepTimes.flatMap((each) => each.notes()))],
    traceNotes: 'stats' in source ? describeTrace(source.stats) : [],
  };
}

/** What is kept of the requests, and what they come to. `poolOf`: of each replica that there could be, the place of its pool. */
function recordingOf({ pools, workload, slo }: ResolvedRun, poolOf: readonly number[], keepRequests: boolean) {
  const ofMembers = poolOf.map((pool) => pools[pool]!.deployment);
  const outcomes = new Outcomes({
    slo,
    classes: workload.classes,
    maxModelLen: ofMembers.map(({ engine }) => engine.max_model_len),
    ...(pools.length > 1 ? { poolOf } : {}),
    ...(keepRequests ? {} : { mostExact: MOST_EXACT }),
  });
  const recorder = new Recorder(coresOf(ofMembers), mostDrafts(pools), {
    ...{ keepRequests, sink: outcomes },
    coreBlocks: ofMembers.flatMap((each) => coreBlocks(each)),
  });
  return { recorder, outcomes };
}

/** The recorded availability that the pools name, in memory. */
async function marketTraces({ pools }: ResolvedRun, readLines: ReadLines): Promise<ReadText> {
  const texts = new Map<string, string>();
  for (const { market } of pools) {
    if (market.kind !== 'spot' || market.law.kind !== 'trace') continue;
    for (const { path } of market.law.files) {
      const lines: string[] = [];
      for await (const batch of readLines(path)) lines.push(...batch);
      texts.set(path, lines.join('\n'));
    }
  }
  return (path) => texts.get(path)!;
}

/** What stands between clients and servers, and how long clients wait. */
function clusterOptions(run: ResolvedRun, streams: RandomStreams) {
  const { pools, workload, cluster } = run;
  const routing = routingOf(run);
  return {
    kinds: pools.map((pool) => serverKind(pool, cluster.queue !== null)),
    routing: createRouting(routing, streams),
    guess: createGuess(routing, streams),
    queueLimit: cluster.queue === 'unbounded' ? null : cluster.queue,
    retries: cluster.retries,
    timeLimitUs: cluster.time_limit_us,
    onLost: cluster.on_lost,
    maxConcurrency: workload.max_concurrency,
    longPrompts: workload.long_prompts,
  };
}

/** `counts`: the router lets requests wait that a server would refuse. */
function serverKind({ deployment }: Pool, counts: boolean): ServerKind {
  return {
    frontEndUs: deployment.latency.front_end_us,
    mostOutstanding: counts ? deployment.engine.max_num_queued_reqs : null,
    cores: deployment.data_parallel_size,
  };
}

function coresOf(deployments: readonly Deployment[]): number {
  return deployments.reduce((sum, each) => sum + each.data_parallel_size, 0);
}

/** KV blocks of each core, without the null block. */
function coreBlocks({ data_parallel_size, engine }: Deployment): number[] {
  return new Array<number>(data_parallel_size).fill(engine.num_gpu_blocks - 1);
}

function mostDrafts(pools: readonly Pool[]): number {
  return Math.max(...pools.map(({ deployment }) => deployment.speculation?.draft_tokens ?? 0));
}

/** Lets the process see signals between batches; a simulation alone would never come up for air. */
function interruptible(source: RequestSource): RequestSource {
  async function* batches(): AsyncGenerator<readonly Request[]> {
    for await (const batch of source) {
      await setImmediate();
      yield batch;
    }
  }
  return { sessions: source.sessions, [Symbol.asyncIterator]: batches };
}

/** A workload of which nothing could be served is bad input, not a result. */
function checkServed({ pools, workload }: ResolvedRun, { totals }: RunRecord): void {
  const { arrived, rejected } = totals.conservation;
  if (arrived === 0)
    throw new InputError(`workload ${workload.name}: not a single request; raise num_requests or duration.`);
  if (rejected < arrived) return;
  const shortest = totals.shortestPromptTokens;
  const longest = Math.max(...pools.map(({ deployment }) => deployment.engine.max_model_len));
  const reason =
    shortest >= longest
      ? `the shortest prompt has ${shortest} tokens, but max_model_len is ${longest}, so a prompt may have at most ${longest - 1}`
      : 'max_num_queued_reqs or max_num_queued_tokens lets none in';
  throw new InputError(`workload ${workload.name}: every request is refused: ${reason}.`);
}

/** No request is lost or counted twice, and idle engines hold no blocks. A violation is a bug of this program. */
function checkConservation({ totals }: RunRecord): void {
  const { blocksInUse, arrived, ...ends } = totals.conservation;
  const { running } = ends;
  if (arrived !== Object.values(ends).reduce((sum, requests) => sum + requests) || (running === 0 && blocksInUse > 0))
    throw new Error(`requests or blocks were lost: ${JSON.stringify(totals.conservation)}`);
}

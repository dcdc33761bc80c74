/** One resolved run → its record. The single path that every command takes, so that all give the same bytes. */

import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { Router, type RouterPolicy } from '../cluster/router.ts';
import { simulate } from '../cluster/simulation.ts';
import type { ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import { randomStreams } from '../core/random.ts';
import { MOST_EXACT, Outcomes } from '../metrics/outcomes.ts';
import { Recorder } from '../record/recorder.ts';
import type { RunRecord } from '../record/run-record.ts';
import type { ReadLines } from '../workload/open.ts';
import { openWorkload } from '../workload/open.ts';
import type { Request, RequestSource } from '../workload/request.ts';
import { describeTrace } from '../workload/trace-stats.ts';
import type { ReadProfile } from './read-profile.ts';
import { createReplicas } from './replicas.ts';
import { draftModelOf } from './speculation.ts';
import { stepTimeOf } from './step-time-of.ts';

export interface RunInputs {
  readonly catalog: Catalog;
  /** Opens the lines of a trace named in the study. */
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
  /** What became of its requests. */
  readonly outcomes: Outcomes;
  /** What the step times rest on, for the reader. */
  readonly latencyNotes: readonly string[];
  /** What was read of a trace, in words; empty for a synthetic workload. */
  readonly traceNotes: readonly string[];
}

/** Simulates a run. Throws InputError on bad input, in the workload too. */
export async function runOne(run: ResolvedRun, inputs: RunInputs): Promise<RunResult> {
  const router = refuseNotYetSimulated(run);
  const { deployment, workload } = run;
  const streams = randomStreams(run.seed);
  const stepTime = stepTimeOf(deployment, inputs.catalog, inputs.readProfile);
  const cores = deployment.replicas * deployment.data_parallel_size;
  const keepRequests = inputs.keepRequests ?? true;
  const outcomes = new Outcomes({
    slo: run.slo,
    classes: workload.classes,
    maxModelLen: deployment.engine.max_model_len,
    ...(keepRequests ? {} : { mostExact: MOST_EXACT }),
  });
  const recorder = new Recorder(cores, deployment.speculation?.draft_tokens ?? 0, { keepRequests, sink: outcomes });
  const drafts = draftModelOf(deployment.speculation, streams);
  const replicas = createReplicas(deployment, stepTime, recorder, drafts);
  const source = openWorkload(workload, streams, inputs.readLines);
  const endUs = await simulate({
    source: interruptible(source),
    replicas,
    router: new Router(router, deployment.replicas, streams('router')),
    frontEndUs: deployment.latency.front_end_us,
    maxConcurrency: workload.max_concurrency,
    longPrompts: workload.long_prompts,
    observer: recorder,
    ...(inputs.onProgress === undefined ? {} : { onProgress: inputs.onProgress }),
  });
  const record = recorder.record(endUs, replicas);
  checkServed(run, record);
  checkConservation(record);
  return {
    run,
    record,
    outcomes,
    latencyNotes: stepTime.notes,
    traceNotes: 'stats' in source ? describeTrace(source.stats) : [],
  };
}

/** What a study can say and the event loop does not follow. Returns the router, which is one that it knows. */
function refuseNotYetSimulated({ pools, cluster }: ResolvedRun): RouterPolicy {
  const { router } = cluster;
  const known = (['round_robin', 'random', 'least_outstanding'] as const).find((policy) => policy === router);
  const refused: readonly (readonly [boolean, string])[] = [
    [pools.length > 1, 'deployments with several pools'],
    [pools.some(({ market }) => market.kind === 'spot'), 'market: spot'],
    [pools.some(({ autoscale }) => autoscale !== null), 'autoscale'],
    [known === undefined, `cluster.router ${router}`],
    [cluster.queue !== null, 'cluster.queue'],
    [cluster.time_limit_us !== null, 'cluster.time_limit'],
    [cluster.health_check_us > 0, 'cluster.health_check'],
  ];
  const names = refused.flatMap(([isGiven, name]) => (isGiven ? [name] : []));
  if (known === undefined || names.length > 0)
    throw new InputError(`not simulated: ${names.join(', ')}; servesim check and run --dry-run read it.`);
  return known;
}

/** Lets the process see signals between batches; a simulation alone would never come up for air. */
async function* interruptible(source: RequestSource): AsyncGenerator<readonly Request[]> {
  for await (const batch of source) {
    await setImmediate();
    yield batch;
  }
}

/** A workload of which nothing could be served is bad input, not a result. */
function checkServed({ deployment, workload }: ResolvedRun, { totals }: RunRecord): void {
  const { arrived, rejected } = totals.conservation;
  if (arrived === 0)
    throw new InputError(`workload ${workload.name}: not a single request; raise num_requests or duration.`);
  if (rejected < arrived) return;
  const shortest = totals.shortestPromptTokens;
  const { max_model_len } = deployment.engine;
  const reason =
    shortest >= max_model_len
      ? `the shortest prompt has ${shortest} tokens, but max_model_len is ${max_model_len}, so a prompt may have at most ${max_model_len - 1}`
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

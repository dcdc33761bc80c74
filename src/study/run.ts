/** One resolved run → its record. The single path that every command takes, so that all give the same bytes. */

import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { Router } from '../cluster/router.ts';
import { simulate } from '../cluster/simulation.ts';
import type { ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import { randomStreams } from '../core/random.ts';
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
}

export interface RunResult {
  readonly run: ResolvedRun;
  readonly record: RunRecord;
  /** What the step times rest on, for the reader. */
  readonly latencyNotes: readonly string[];
  /** What was read of a trace, in words; empty for a synthetic workload. */
  readonly traceNotes: readonly string[];
}

/** Simulates a run. Throws InputError on bad input, in the workload too. */
export async function runOne(run: ResolvedRun, inputs: RunInputs): Promise<RunResult> {
  const { deployment, workload } = run;
  const streams = randomStreams(run.seed);
  const stepTime = stepTimeOf(deployment, inputs.catalog, inputs.readProfile);
  const cores = deployment.replicas * deployment.data_parallel_size;
  const recorder = new Recorder(cores, deployment.speculation?.draft_tokens ?? 0);
  const drafts = draftModelOf(deployment.speculation, streams);
  const replicas = createReplicas(deployment, stepTime, recorder, drafts);
  const source = openWorkload(workload, streams, inputs.readLines);
  const endUs = await simulate({
    source: interruptible(source),
    replicas,
    router: new Router(deployment.router, deployment.replicas, streams('router')),
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
    latencyNotes: stepTime.notes,
    traceNotes: 'stats' in source ? describeTrace(source.stats) : [],
  };
}

/** Lets the process see signals between batches; a simulation alone would never come up for air. */
async function* interruptible(source: RequestSource): AsyncGenerator<readonly Request[]> {
  for await (const batch of source) {
    await setImmediate();
    yield batch;
  }
}

/** A workload of which nothing could be served is bad input, not a result. */
function checkServed({ deployment, workload }: ResolvedRun, { totals, requests }: RunRecord): void {
  const { arrived, rejected } = totals.conservation;
  if (arrived === 0)
    throw new InputError(`workload ${workload.name}: not a single request; raise num_requests or duration.`);
  if (rejected < arrived) return;
  const shortest = requests.promptTokens.reduce((least, tokens) => Math.min(least, tokens));
  const { max_model_len } = deployment.engine;
  const reason =
    shortest >= max_model_len
      ? `the shortest prompt has ${shortest} tokens, but max_model_len is ${max_model_len}, so a prompt may have at most ${max_model_len - 1}`
      : 'max_num_queued_reqs or max_num_queued_tokens lets none in';
  throw new InputError(`workload ${workload.name}: every request is refused: ${reason}.`);
}

/** No request is lost or counted twice, and idle engines hold no blocks. A violation is a bug of this program. */
function checkConservation({ totals }: RunRecord): void {
  const { arrived, finished, rejected, waiting, running, blocksInUse } = totals.conservation;
  if (arrived !== finished + rejected + waiting + running || (running === 0 && blocksInUse > 0))
    throw new Error(`requests or blocks were lost: ${JSON.stringify(totals.conservation)}`);
}

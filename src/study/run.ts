/** One resolved run → its record. The single path that every command takes, so that all give the same bytes. */

import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import { kernelsOf } from '../catalog/catalog.ts';
import { Router } from '../cluster/router.ts';
import { simulate } from '../cluster/simulation.ts';
import type { Deployment, EngineSettings, ResolvedRun, Speculation } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import { randomStreams } from '../core/random.ts';
import type { EngineOptions } from '../engine/options.ts';
import { Replica } from '../engine/replica.ts';
import type { StepTime } from '../latency/step-time.ts';
import { createStepTime } from '../latency/step-time.ts';
import { Recorder } from '../record/recorder.ts';
import type { RunRecord } from '../record/run-record.ts';
import type { ReadLines } from '../workload/open.ts';
import { openWorkload } from '../workload/open.ts';
import type { Request, RequestSource } from '../workload/request.ts';
import { describeTrace } from '../workload/trace-stats.ts';
import { draftingOf, draftModelOf, speculationOptions } from './speculation.ts';

export interface RunInputs {
  readonly catalog: Catalog;
  /** Opens the lines of a trace named in the study. */
  readonly readLines: ReadLines;
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
  const stepTime = stepTimeOf(deployment, inputs.catalog);
  const recorder = new Recorder(deployment.replicas, deployment.speculation?.draft_tokens ?? 0);
  const options = engineOptions(deployment.engine, deployment.speculation);
  const limits = {
    requests: deployment.engine.max_num_queued_reqs,
    promptTokens: deployment.engine.max_num_queued_tokens,
  };
  const drafts = draftModelOf(deployment.speculation, streams);
  const replicas = Array.from(
    { length: deployment.replicas },
    (_, id) => new Replica(id, options, limits, stepTime, recorder, drafts),
  );
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

/** Step times of a deployment, from the GPU's published kernel measurements. */
export function stepTimeOf(deployment: Deployment, catalog: Catalog): StepTime {
  return createStepTime({
    model: deployment.model,
    gpu: deployment.gpu,
    kernels: kernelsOf(catalog, deployment.gpu, 'deployment.gpu'),
    tensorParallelSize: deployment.tensor_parallel_size,
    quantization: deployment.quantization,
    kvCacheDtype: deployment.kv_cache_dtype,
    cudagraphCaptureSizes: deployment.cudagraph_capture_sizes,
    stepOverheadUs: deployment.latency.step_overhead_us,
    drafting: draftingOf(deployment),
  });
}

/** vLLM's settings as the engine takes them: one full-attention group. */
export function engineOptions(settings: EngineSettings, speculation: Speculation | null): EngineOptions {
  return {
    kvGroups: [{ kind: 'full', blockSize: settings.block_size, window: 0, chunk: 0 }],
    numGpuBlocks: settings.num_gpu_blocks,
    maxModelLen: settings.max_model_len,
    maxNumSeqs: settings.max_num_seqs,
    maxNumActiveSeqs: settings.max_num_active_seqs,
    maxNumBatchedTokens: settings.max_num_batched_tokens,
    maxNumScheduledTokens: settings.max_num_scheduled_tokens,
    enableChunkedPrefill: settings.enable_chunked_prefill,
    longPrefillTokenThreshold: settings.long_prefill_token_threshold,
    longPrefillTokenThresholdAdaptive: settings.long_prefill_token_threshold_adaptive,
    prefillScheduleInterval: settings.prefill_schedule_interval,
    enablePrefixCaching: settings.enable_prefix_caching,
    prefixCacheRetentionInterval: settings.prefix_cache_retention_interval,
    schedulingPolicy: settings.scheduling_policy,
    asyncScheduling: settings.async_scheduling,
    schedulerReserveFullIsl: settings.scheduler_reserve_full_isl,
    watermark: settings.watermark,
    speculation: speculationOptions(speculation),
  };
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

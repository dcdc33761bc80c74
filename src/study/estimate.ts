/**
 * How long the simulation of a study will take, before any of it is simulated. What it costs is requests and engine steps, so both are
 * estimated: requests from the first ones of each workload, which are made or read; steps from the mean number of requests that
 * run at a time, which by Little's law is rate × output tokens × time of a step, within what the engine can hold. The costs of a
 * request and of a step are fitted to the benchmark in docs/SPEED.md, whose figures are met within a factor of two where the KV cache
 * suffices. Preemptions are not foreseen: with six of them a request it takes three times as long.
 */
import { resolve } from 'node:path';
import type { Deployment, ResolvedRun } from '../config/resolved.ts';
import { randomStreams } from '../core/random.ts';
import { emptyShape, setDecodes } from '../engine/batch-shape-of.ts';
import type { StepTime } from '../latency/step-time.ts';
import { openWorkload } from '../workload/open.ts';
import type { Request } from '../workload/request.ts';
import type { OpenStudy } from './open-study.ts';
import { readLines } from './read-lines.ts';
import { profileReader } from './read-profile.ts';
import { stepTimeOf } from './step-time-of.ts';

/** Seconds of CPU time on the machine of the benchmark; those of a process are start-up, and compiling what is run often. */
const SECONDS_PER_PROCESS = 0.5;
const SECONDS_PER_REQUEST = 8e-6;
const SECONDS_PER_STEP = 0.06e-6;

/** Requests looked at to know those that come. */
const SAMPLE = 512;

export interface RunEstimate {
  readonly requests: number;
  readonly outputTokens: number;
  readonly steps: number;
  readonly cpuSeconds: number;
}

export interface StudyEstimate extends RunEstimate {
  /** With start-up, on so many threads. */
  readonly seconds: number;
}

/** What the requests of a workload are like. */
interface Load {
  readonly requests: number;
  readonly meanPromptTokens: number;
  readonly meanOutputTokens: number;
  /** Requests a second; infinite where all are there at once. */
  readonly rate: number;
}

/** Of these runs, one after the other in each of `workers` threads; those that are alike are simulated once. */
export async function estimateRuns(
  study: Pick<OpenStudy, 'catalog' | 'folder'>,
  all: readonly ResolvedRun[],
  workers = 1,
): Promise<StudyEstimate> {
  const runs = [...new Map(all.map((run) => [run.run_id, run])).values()];
  const loads = new Map<string, Promise<Load>>();
  const parts: RunEstimate[] = [];
  for (const run of runs) {
    const key = JSON.stringify([
      run.workload,
      Math.min(...run.pools.map(({ deployment }) => deployment.engine.max_model_len)),
    ]);
    const load = loads.get(key) ?? loadOf(run, study.folder);
    loads.set(key, load);
    parts.push(runEstimate(run, await load, study));
  }
  const sum = (of: keyof RunEstimate) => parts.reduce((total, part) => total + part[of], 0);
  const threads = Math.max(1, Math.min(workers, runs.length));
  const longest = Math.max(0, ...parts.map(({ cpuSeconds }) => cpuSeconds));
  const cpuSeconds = sum('cpuSeconds') + threads * SECONDS_PER_PROCESS;
  return {
    requests: sum('requests'),
    outputTokens: sum('outputTokens'),
    steps: sum('steps'),
    cpuSeconds,
    seconds: Math.max(cpuSeconds / threads, longest + SECONDS_PER_PROCESS),
  };
}

function runEstimate(run: ResolvedRun, load: Load, study: Pick<OpenStudy, 'catalog' | 'folder'>): RunEstimate {
  const { requests, meanOutputTokens } = load;
  const { deployment } = run.pools[0]!;
  const engines = run.pools.reduce((sum, { deployment: d }) => sum + d.replicas * d.data_parallel_size, 0);
  const stepTime = stepTimeOf(deployment, study.catalog, profileReader(study.folder));
  const running = runningPerEngine(run, load, engines, stepTime);
  const outputTokens = requests * meanOutputTokens;
  // A prompt has a step of its own at times.
  const steps = outputTokens / running + requests / 2;
  return { requests, outputTokens, steps, cpuSeconds: requests * SECONDS_PER_REQUEST + steps * SECONDS_PER_STEP };
}

/** Mean number of requests in a step of one engine, 1 or more. */
function runningPerEngine(run: ResolvedRun, load: Load, engines: number, stepTime: StepTime): number {
  const { deployment } = run.pools[0]!;
  const contextTokens = Math.max(1, Math.round(load.meanPromptTokens + load.meanOutputTokens / 2));
  const most = Math.max(
    1,
    Math.min(
      deployment.engine.max_num_seqs,
      ((deployment.engine.num_gpu_blocks - 1) * deployment.engine.block_size) / contextTokens,
      (run.workload.max_concurrency ?? Number.POSITIVE_INFINITY) / engines,
      load.requests / engines,
    ),
  );
  const wanted = (running: number) =>
    (load.rate / engines) * load.meanOutputTokens * (stepUs(stepTime, deployment, running, contextTokens) / 1e6);
  // More in a step take longer, so more come together: up to where as many leave as come, or nothing more fits.
  let running = 1;
  for (let round = 0; round < 30 && running < most; round++) running = Math.min(most, Math.max(1, wanted(running)));
  // Steps are made only while somebody is there: of a Poisson number, the mean of those above 0.
  const mean = Math.min(most, wanted(running));
  return running < most ? Math.max(1, mean / -Math.expm1(-mean)) : most;
}

function stepUs(stepTime: StepTime, { model }: Deployment, running: number, contextTokens: number): number {
  const requests = Math.max(1, Math.round(running));
  const window = Math.min(contextTokens, model.slidingWindow?.tokens ?? contextTokens);
  const shape = emptyShape();
  setDecodes(shape, {
    requests,
    contextTokens: requests * contextTokens,
    maxContextTokens: contextTokens,
    minContextTokens: contextTokens,
    windowContextTokens: requests * window,
    maxWindowContextTokens: window,
  });
  return stepTime.durationUs(shape);
}

/** The first requests of a run, and by them all of it. */
async function loadOf(run: ResolvedRun, folder: string): Promise<Load> {
  const { workload, seed } = run;
  const source = openWorkload(workload, randomStreams(seed), (path) => readLines(resolve(folder, path), path));
  const maxModelLen = Math.max(...run.pools.map(({ deployment }) => deployment.engine.max_model_len));
  // A trace ends where it ends; the rest of a law is known by its number or its time.
  const isCounted = workload.kind === 'trace' && workload.num_requests === null;
  const first: Request[] = [];
  let count = 0;
  for await (const batch of source) {
    count += batch.length;
    first.push(...batch.slice(0, SAMPLE - first.length));
    if (first.length === SAMPLE && !isCounted) break;
  }
  const lastUs = first.at(-1)?.arrivalUs ?? 0;
  const seenRate = lastUs === 0 ? Number.POSITIVE_INFINITY : first.length / (lastUs / 1e6);
  const rate = typeof workload.request_rate === 'number' ? workload.request_rate : seenRate;
  const isWhole = isCounted || (first.length < SAMPLE && source.sessions === undefined);
  const mean = (tokens: (request: Request) => number) =>
    first.reduce((sum, request) => sum + tokens(request), 0) / Math.max(1, first.length);
  return {
    requests: isWhole ? count : expectedRequests(workload, rate),
    meanPromptTokens: mean(({ promptTokens }) => promptTokens),
    meanOutputTokens: mean((request) => writtenTokens(request, maxModelLen)),
    rate,
  };
}

/** Whichever limit comes first. */
function expectedRequests({ num_requests, duration_s }: ResolvedRun['workload'], rate: number): number {
  const arriving = duration_s === null ? Number.POSITIVE_INFINITY : duration_s * rate;
  return Math.min(num_requests ?? Number.POSITIVE_INFINITY, Math.round(arriving));
}

function writtenTokens({ promptTokens, outputTokens, maxTokens }: Request, maxModelLen: number): number {
  return Math.max(0, Math.min(outputTokens, maxTokens ?? outputTokens, maxModelLen - promptTokens));
}

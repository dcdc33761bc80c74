/**
 * How long the GPU computes in one engine step: the sum of its kernels, each a formula fitted to public measurements.
 *
 *     step = layers * (GEMMs + experts + small kernels + 2 all-reduces)(padded tokens)
 *          + layers * attention(decodes, contexts, chunks) + (output head + sampler)(rows)
 *          + proposing drafts, with speculative decoding
 *
 * Rows of logits are one a request and one for each verified draft. The first and the third sum are functions of one
 * integer and remembered; attention depends on the integers of the shape alone, so a step of decodes only is a function
 * of them, and both engine paths get the same time to the bit. With pipeline parallelism each stage has its layers, the
 * last one the rest, and every stage but the first waits for what the one before hands over.
 */
import { InputError } from '../core/input-error.ts';
import type { BatchShape } from './batch-shape.ts';
import { exchangeNotes, handOver } from './collectives.ts';
import { createDraftTime, type Drafting } from './draft-time.ts';
import { createForward, type Forward, type ForwardOptions } from './forward.ts';
import { stageMixes } from './layer-mix.ts';
import { createLockStep, type LockStep } from './lock-step.ts';
import { memoize } from './memo.ts';
import { samplerUs } from './sampler.ts';

/** Microseconds of the kernels of one step by purpose, unrounded. */
export interface KernelParts {
  readonly gemm: number;
  /** Routed experts. */
  readonly experts: number;
  readonly attention: number;
  readonly smallKernels: number;
  readonly allReduce: number;
  /** Between pipeline stages. */
  readonly handOver: number;
  readonly lmHead: number;
  readonly sampler: number;
  readonly drafting: number;
}

/** Unrounded microseconds of a step on the GPU, without the host. */
export interface KernelTime {
  us(shape: BatchShape): number;
  /** One entry a pipeline stage, first to last; their sum is `us`. */
  stagesUs(shape: BatchShape): number[];
  /**
   * A step of data-parallel ranks that wait for each other in every layer with experts: one shape a rank, null for a rank
   * without work, which computes one dummy token.
   */
  lockStepUs(shapes: readonly (BatchShape | null)[]): number;
  /**
   * How to tell `us` of steps of so many requests with one token each and nothing else from the sum of their contexts and the
   * longest; null: it depends on more.
   */
  decodes?(requests: number): DecodesUs | null;
  /** Told of each step that was executed. */
  executed?(shape: BatchShape): void;
  /** Estimates and choices that a reader of a result must know. */
  readonly notes: readonly string[];
  /** What else such a reader must know once a run has ended. */
  notesOfRun?(): readonly string[];
}

/**
 * Writes the microseconds of `count` steps of decodes into `us`; contexts in tokens after the first step, each one token longer
 * from step to step.
 */
export type DecodesUs = (contextTokens: number, maxContextTokens: number, count: number, us: Float64Array) => void;

export interface KernelTimeOptions extends ForwardOptions {
  readonly pipelineParallelSize: number;
  /** null: without speculative decoding. */
  readonly drafting: Drafting | null;
}

/** The kernels of a deployment, by purpose. */
export interface PartedKernelTime extends KernelTime {
  /** The parts of one engine that waits for no other add up to its time. */
  parts(shape: BatchShape): KernelParts;
}

/** Builds the kernel times of one deployment from a GPU's coefficients, or says which measurement is missing. */
export function createKernelTime(options: KernelTimeOptions): PartedKernelTime {
  const { model, kernels, tensorParallelSize, pipelineParallelSize, dataParallelSize } = options;
  const locked = dataParallelSize > 1 && model.moe !== null;
  refuseCombinations(options, locked);
  const stages = stageMixes(model, pipelineParallelSize).map((mix) => createForward(options, mix));
  const last = stages.at(-1)!;
  const drafting = options.drafting === null ? null : createDraftTime(options, options.drafting);
  const tail: Tail = {
    lmHead: last.lmHead,
    sampler: (rows) => samplerUs(kernels, last.shape, rows),
    drafting: (batch) => (drafting === null ? 0 : drafting.us(batch)),
  };
  const byRows = memoize((rows) => tail.lmHead(rows) + tail.sampler(rows));
  const tailUs = (batch: BatchShape) => byRows(rowsOf(batch)) + tail.drafting(batch);
  const on = { kernels, interconnect: options.interconnect, hidden: model.hidden };
  const handed = stages.length === 1 ? () => 0 : memoize(handOver(on, tensorParallelSize));
  const alone = oneEngine(stages, handed, tailUs);
  const steady = stages.length === 1 && drafting === null && last.attention.decodesAreBatch;
  const decodesBySize: (DecodesUs | undefined)[] = [];
  const decodes = (requests: number): DecodesUs | null => {
    if (!steady) return null;
    decodesBySize[requests] ??= decodesOf(last, byRows(requests), requests);
    return decodesBySize[requests];
  };
  const shared = { parts: partsOf(stages, handed, tail), notes: notesOf(options, last.notes, drafting?.notes ?? []) };
  if (!locked) {
    const lockStepUs: LockStep = (shapes) => Math.max(...shapes.map((shape) => (shape === null ? 0 : alone.us(shape))));
    return { ...alone, decodes, lockStepUs, ...shared };
  }
  const lockStepUs = createLockStep(options, last, tailUs);
  const us = firstRankAlone(lockStepUs, dataParallelSize);
  return { us, stagesUs: (batch) => [us(batch)], lockStepUs, ...shared };
}

/** What the last stage does after its layers, in microseconds. */
interface Tail {
  lmHead(rows: number): number;
  sampler(rows: number): number;
  drafting(batch: BatchShape): number;
}

/** Rows of logits: one a request and one for each verified draft. */
function rowsOf(batch: BatchShape): number {
  return batch.scheduledRequests + batch.verifiedDrafts;
}

function partsOf(
  stages: readonly Forward[],
  handed: (tokens: number) => number,
  tail: Tail,
): (batch: BatchShape) => KernelParts {
  return (batch) => {
    const tokens = stages[0]!.pad(batch.scheduledTokens);
    const total = (part: (stage: Forward) => number) => stages.reduce((sum, stage) => sum + part(stage), 0);
    return {
      gemm: total((stage) => stage.gemm(tokens)),
      experts: total((stage) => stage.experts(tokens)),
      attention: total((stage) => stage.attention.batch(batch, 0)),
      smallKernels: total((stage) => stage.smallKernels(tokens)),
      allReduce: total((stage) => stage.allReduce(tokens)),
      handOver: (stages.length - 1) * handed(tokens),
      lmHead: tail.lmHead(rowsOf(batch)),
      sampler: tail.sampler(rowsOf(batch)),
      drafting: tail.drafting(batch),
    };
  };
}

/** Times of an engine that waits for no other. */
function oneEngine(
  stages: readonly Forward[],
  handed: (tokens: number) => number,
  tailUs: (batch: BatchShape) => number,
): Pick<KernelTime, 'us' | 'stagesUs'> {
  const first = stages[0]!;
  const layersUs = (stage: Forward, batch: BatchShape) =>
    stage.byTokens(stage.pad(batch.scheduledTokens)) + stage.attention.batch(batch, 0);
  const stagesUs = (batch: BatchShape) =>
    stages.map((stage, i) => {
      const received = i === 0 ? 0 : handed(stage.pad(batch.scheduledTokens));
      return received + layersUs(stage, batch) + (i === stages.length - 1 ? tailUs(batch) : 0);
    });
  if (stages.length === 1) return { us: (batch) => layersUs(first, batch) + tailUs(batch), stagesUs };
  return { us: (batch) => stagesUs(batch).reduce((sum, us) => sum + us, 0), stagesUs };
}

/** The same additions in the same order as for a batch, those that do not change made once. */
function decodesOf({ pad, byTokens, attention }: Forward, rowsUs: number, requests: number): DecodesUs {
  const tokensUs = byTokens(pad(requests));
  return (contextTokens, maxContextTokens, count, us) => {
    attention.decodes(requests, contextTokens, maxContextTokens, count, us);
    addAround(us, count, tokensUs, rowsUs);
  };
}

function addAround(us: Float64Array, count: number, beforeUs: number, afterUs: number): void {
  for (let i = 0; i < count; i++) us[i] = beforeUs + us[i]! + afterUs;
}

/** A step in which the other ranks have no work. */
function firstRankAlone(lockStep: LockStep, ranks: number): (batch: BatchShape) => number {
  const idle = new Array<null>(ranks - 1).fill(null);
  return (batch) => lockStep([batch, ...idle]);
}

function refuseCombinations({ pipelineParallelSize, drafting, model }: KernelTimeOptions, locked: boolean): void {
  if (!locked) return;
  if (pipelineParallelSize > 1) {
    throw new InputError(
      `pipeline_parallel_size ${pipelineParallelSize}: data-parallel ranks of a model with experts (${model.id}) wait ` +
        'for each other in every layer; together with pipeline parallelism that is not modelled. Use one of the two.',
    );
  }
  if (drafting !== null && drafting.drafter.kind !== 'lookup') {
    throw new InputError(
      `speculative_config: a drafter of data-parallel ranks of a model with experts (${model.id}) is not modelled. ` +
        'Leave speculative decoding or data_parallel_size out.',
    );
  }
}

function notesOf(options: KernelTimeOptions, forward: readonly string[], drafting: readonly string[]): string[] {
  const { pipelineParallelSize, dataParallelSize, model } = options;
  const exchanges = pipelineParallelSize > 1 || (dataParallelSize > 1 && model.moe !== null);
  const all = [...new Set([...forward, ...(exchanges ? exchangeNotes(options) : []), ...drafting])];
  if (options.kernels.note !== '') all.push(`${options.kernels.gpu}: ${options.kernels.note}`);
  if (options.cudagraphCaptureSizes.length === 0) {
    all.push(
      'without CUDA graphs the CPU launches every kernel; that time is not measured, so small batches are too fast',
    );
  }
  return all;
}

/**
 * How long one engine step takes on the GPU: the sum of its kernels, each a formula fitted to public measurements, plus
 * a constant for what no kernel table holds (median of 0.3 ms left over on 419 public serving points of H100, H200 and
 * B200, github.com/ai-dynamo/aiconfigurator and InferenceMAX). Nothing here is fitted to the run being predicted.
 *
 *     step = layers * (GEMMs + small kernels + 2 all-reduces)(padded tokens)
 *          + layers * attention(decodes, contexts, chunks) + (output head + sampler)(rows) + overhead
 *          + proposing drafts, with speculative decoding
 *
 * Rows of logits are one a request and one for each verified draft. The first and the third sum are functions of one
 * integer and remembered; attention is affine in integers, so a step of decodes only is a function of the integers of
 * its shape, and both engine paths get the same time to the bit.
 */
import type { BatchShape } from './batch-shape.ts';
import { createDraftTime, type Drafting } from './draft-time.ts';
import { createForward, type ForwardOptions } from './forward.ts';
import { memoize } from './memo.ts';
import { samplerUs } from './sampler.ts';

export interface StepTimeOptions extends ForwardOptions {
  /** Added to every step, microseconds; default of the configuration 300. */
  readonly stepOverheadUs: number;
  /** null: without speculative decoding. */
  readonly drafting: Drafting | null;
}

/** Microseconds of one step by purpose, unrounded. */
export interface StepParts {
  readonly gemm: number;
  readonly attention: number;
  readonly smallKernels: number;
  readonly allReduce: number;
  readonly lmHead: number;
  readonly sampler: number;
  readonly drafting: number;
  readonly overhead: number;
}

export interface StepTime {
  /** Duration of a step in whole microseconds, >= 1. */
  durationUs(shape: BatchShape): number;
  /** The same, by purpose; the parts add up to the duration before rounding. */
  parts(shape: BatchShape): StepParts;
  /** Estimates and choices that a reader of a result must know. */
  readonly notes: readonly string[];
}

/** Builds the step-time function of one deployment, or says which measurement is missing. */
export function createStepTime(options: StepTimeOptions): StepTime {
  const { kernels, stepOverheadUs } = options;
  const forward = createForward(options);
  const drafting = options.drafting === null ? null : createDraftTime(options, options.drafting);
  const sampler = (rows: number) => samplerUs(kernels, forward.shape, rows);
  const byRows = memoize((rows) => forward.lmHead(rows) + sampler(rows));
  const draftUs = (batch: BatchShape) => (drafting === null ? 0 : drafting.us(batch));
  return {
    durationUs: (batch) => {
      const rows = batch.scheduledRequests + batch.verifiedDrafts;
      const kernelsUs = forward.byTokens(forward.pad(batch.scheduledTokens)) + byRows(rows);
      return Math.max(1, Math.round(kernelsUs + forward.attention(batch, 0) + stepOverheadUs + draftUs(batch)));
    },
    parts: (batch) => {
      const tokens = forward.pad(batch.scheduledTokens);
      const rows = batch.scheduledRequests + batch.verifiedDrafts;
      return {
        gemm: forward.gemm(tokens),
        attention: forward.attention(batch, 0),
        smallKernels: forward.smallKernels(tokens),
        allReduce: forward.allReduce(tokens),
        lmHead: forward.lmHead(rows),
        sampler: sampler(rows),
        drafting: draftUs(batch),
        overhead: stepOverheadUs,
      };
    },
    notes: notesOf(options, [...forward.notes, ...(drafting?.notes ?? [])]),
  };
}

function notesOf(options: StepTimeOptions, notes: readonly string[]): string[] {
  const all = [...new Set(notes)];
  if (options.kernels.note !== '') all.push(`${options.kernels.gpu}: ${options.kernels.note}`);
  if (options.cudagraphCaptureSizes.length === 0) {
    all.push(
      'without CUDA graphs the CPU launches every kernel; that time is not measured, so small batches are too fast',
    );
  }
  return all;
}

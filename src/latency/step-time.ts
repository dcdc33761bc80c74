/**
 * How long one engine step takes: the kernels (`kernel-time.ts`, a profile, or a fitted step model), scaled where a
 * calibration says so, plus a constant for what no kernel table holds. The default constant, 0.3 ms, is the median left
 * over on 419 public serving points of H100, H200 and B200 (github.com/ai-dynamo/aiconfigurator and InferenceMAX); it is
 * not fitted to the run being predicted. Rounded once, to whole microseconds.
 */
import { type BatchShape, lengthen } from './batch-shape.ts';
import type { KernelTime } from './kernel-time.ts';

/** What is added to kernel times, and by what they are multiplied. Microseconds may be negative, a duration never is. */
export interface StepOverheads {
  /** Of kernel times; 1 without a calibration. */
  readonly scale: number;
  readonly stepUs: number;
  /** More, in a step that computes prompt tokens. */
  readonly promptStepUs: number;
}

export interface StepTime {
  /** Duration of a step in whole microseconds, >= 1. */
  durationUs(shape: BatchShape): number;
  /**
   * Durations of `count` steps of the decodes of `shape` and nothing else, written into `durationsUs`: the first is that of
   * the shape, and from step to step each context is one token longer. In a model whose layers see all of it.
   */
  decodesUs(shape: BatchShape, count: number, durationsUs: Float64Array): void;
  /** Told of each step that was executed; undefined: nobody wants to know. */
  readonly executed: ((shape: BatchShape) => void) | undefined;
  /** Its parts by stage of the pipeline, whole microseconds each; what no kernel takes is on the first stage. */
  stageDurationsUs(shape: BatchShape): number[];
  /** The same for data-parallel ranks in lock step: one shape a rank, null for one without work. */
  lockStepUs(shapes: readonly (BatchShape | null)[]): number;
  /** Estimates and choices that a reader of a result must know, and after a run what it has shown. */
  notes(): readonly string[];
}

/** Step times from kernel times. */
export function createStepTime(kernels: KernelTime, overheads: StepOverheads): StepTime {
  const { scale, stepUs, promptStepUs } = overheads;
  const whole = (kernelsUs: number, computesPrompts: boolean) =>
    Math.max(1, Math.round(scale * kernelsUs + stepUs + (computesPrompts ? promptStepUs : 0)));
  const durationUs = (shape: BatchShape) => whole(kernels.us(shape), shape.chunkTokens.length > 0);
  return {
    durationUs,
    decodesUs: (shape, count, durationsUs) => {
      const kernelsUs = kernels.decodes?.(shape.decodes) ?? null;
      if (kernelsUs === null) return oneByOne(durationUs, shape, count, durationsUs);
      kernelsUs(shape.decodeContextTokens, shape.decodeMaxContextTokens, count, durationsUs);
      wholeEach(durationsUs, count, scale, stepUs);
    },
    executed: kernels.executed,
    stageDurationsUs: (shape) =>
      kernels
        .stagesUs(shape)
        .map((us, stage) => (stage === 0 ? whole(us, shape.chunkTokens.length > 0) : Math.round(scale * us))),
    lockStepUs: (shapes) =>
      whole(
        kernels.lockStepUs(shapes),
        shapes.some((shape) => shape !== null && shape.chunkTokens.length > 0),
      ),
    notes: () => [...kernels.notes, ...(kernels.notesOfRun?.() ?? [])],
  };
}

function wholeEach(us: Float64Array, count: number, scale: number, stepUs: number): void {
  for (let i = 0; i < count; i++) us[i] = Math.max(1, Math.round(scale * us[i]! + stepUs));
}

/** The same for step times that know no shorter way. The shape is the last step's in the end. */
export function oneByOne(
  durationUs: (shape: BatchShape) => number,
  shape: BatchShape,
  count: number,
  durationsUs: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    if (i > 0) lengthen(shape);
    durationsUs[i] = durationUs(shape);
  }
}

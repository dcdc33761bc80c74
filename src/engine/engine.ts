/** What the event loop drives: something that schedules batches, executes them and handles their output. */
import type { BatchShape } from '../latency/batch-shape.ts';

/** What steps cost: integer microseconds, functions of the shapes of batches alone. */
export interface StepDuration {
  /** An engine of one stage. */
  durationUs(shape: BatchShape): number;
  /** Each stage of a pipeline. */
  stageDurationsUs(shape: BatchShape): readonly number[];
  /** Ranks that wait for each other; null: the rank has no batch and computes a dummy. */
  lockStepUs(shapes: readonly (BatchShape | null)[]): number;
}

/** One engine core on its own, or several in lock step. The caller owns the clock and says when a step is done. */
export interface Engine {
  /** A step is being executed; `stepDone` is due for it. */
  readonly isBusy: boolean;
  /** Nothing moves though requests are left: as vLLM, it would wait for ever. */
  readonly isStuck: boolean;
  /**
   * Schedules until the device has to be waited for. Returns when `stepDone` is due; null: nothing is to be done until
   * something arrives. Not to be called while busy. Nothing reaches the engine before `horizonUs`, so that it may handle
   * steps that end earlier on its own.
   */
  advance(timeUs: number, horizonUs: number): number | null;
  /** What `advance` waited for has been executed: its output is handled. Returns how many requests ended. */
  stepDone(timeUs: number): number;
}

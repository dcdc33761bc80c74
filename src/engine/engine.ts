/** What the event loop drives: something that schedules batches, executes them and handles their output. */
import type { BatchShape } from '../latency/batch-shape.ts';

/** What steps cost: integer microseconds, functions of the shapes of batches alone. */
export interface StepDuration {
  /** An engine of one stage. */
  durationUs(shape: BatchShape): number;
  /**
   * As many steps of the decodes of `shape` alone, one after another: the first is that of the shape, and from step to step
   * each context is one token longer. Only for models whose layers see all of it.
   */
  decodesUs(shape: BatchShape, count: number, durationsUs: Float64Array): void;
  /** Told of each step that was executed. */
  readonly executed?: ((shape: BatchShape) => void) | undefined;
  /** Each stage of a pipeline. */
  stageDurationsUs(shape: BatchShape): readonly number[];
  /** Ranks that wait for each other; null: the rank has no batch and computes a dummy. */
  lockStepUs(shapes: readonly (BatchShape | null)[]): number;
}

/** One engine core on its own, or several in lock step. The caller owns the clock and says when a step is done. */
export interface Engine {
  /** When `stepDone` is due for a step that is being executed, unless something reaches the engine before; infinite: idle. */
  readonly dueUs: number;
  /** Nothing moves though requests are left: as vLLM, it would wait for ever. */
  readonly isStuck: boolean;
  /**
   * Schedules until the device has to be waited for, then `stepDone` is due; or until nothing is to be done before
   * something arrives.
   */
  advance(timeUs: number): void;
  /** What `advance` waited for has been executed: its output is handled. */
  stepDone(timeUs: number): void;
  /**
   * Something is about to reach the engine, which may have planned steps ahead: those that end at `timeUs` or later are
   * forgotten, and `dueUs` may be earlier than it was.
   */
  interrupt(timeUs: number): void;
}

/** Whether something is due in it: a step is being executed. */
export function isBusy({ dueUs }: Pick<Engine, 'dueUs'>): boolean {
  return dueUs < Number.POSITIVE_INFINITY;
}

/**
 * The order of scheduling and handling output (vLLM 0.33: EngineCore.step and step_with_batch_queue). Synchronous:
 * schedule, execute, handle. Asynchronous, the default: the next batch is scheduled while the last one executes, so
 * two batches are under way and a new arrival joins one step later. A pipeline has one more under way for every further
 * stage. Knows no clock.
 */
import { type Batch, requestsIn } from './batch.ts';
import { batchesUnderWay } from './options.ts';
import type { Scheduler } from './scheduler.ts';

export interface EngineIteration {
  /** The batch scheduled in this iteration; null if nothing was there to schedule. */
  readonly scheduled: Batch | null;
  /** The oldest batch under way, whose output must be waited for and handled before the next iteration; or null. */
  readonly due: Batch | null;
}

export class EngineLoop {
  /** Batches scheduled and not yet handled, oldest first. */
  private readonly underWay: Batch[] = [];
  private readonly depth: number;
  private readonly scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
    this.depth = batchesUnderWay(scheduler.options);
  }

  get isIdle(): boolean {
    return !this.scheduler.hasWork && this.underWay.length === 0;
  }

  /** Tokens are being computed, or their output waits to be handled. */
  get hasTokensUnderWay(): boolean {
    return this.underWay.some((batch) => requestsIn(batch) > 0);
  }

  /** The batch that was scheduled last and has not been handed out; null: there is none. */
  get newest(): Batch | null {
    return this.underWay.at(-1) ?? null;
  }

  /** The oldest batch under way without scheduling another; null: none is. */
  drain(): Batch | null {
    return this.underWay.shift() ?? null;
  }

  iterate(): EngineIteration {
    if (!this.scheduler.hasWork) return { scheduled: null, due: this.underWay.shift() ?? null };
    const scheduled = this.scheduler.schedule();
    this.underWay.push(scheduled);
    const canScheduleAhead = this.underWay.length < this.depth && (requestsIn(scheduled) > 0 || this.scheduler.hasWork);
    return { scheduled, due: canScheduleAhead ? null : (this.underWay.shift() ?? null) };
  }
}

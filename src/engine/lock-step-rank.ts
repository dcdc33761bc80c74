/**
 * One rank of a model with experts under data parallelism, between two steps that all ranks make together (vLLM 0.33:
 * DPEngineCoreProc.run_busy_loop around EngineCore.step and step_with_batch_queue). Every turn of its loop hands the GPU
 * exactly one forward pass, so that all ranks make the same number: a batch, or a dummy where nothing was scheduled. A
 * batch does not keep the loop from its next turn, as with asynchronous scheduling anywhere; a dummy does.
 */
import type { BatchShape } from '../latency/batch-shape.ts';
import { type Batch, requestsIn } from './batch.ts';
import type { EngineCore } from './engine-core.ts';
import { batchesUnderWay } from './options.ts';

const DUMMY = Symbol('dummy forward pass');

export class LockStepRank {
  readonly core: EngineCore;
  private readonly depth: number;
  /** Batches scheduled and not yet handled, oldest first; empty ones too. */
  private readonly underWay: Batch[] = [];
  /** Forward passes that the GPU has not made yet, in order. */
  private readonly forwards: (Batch | typeof DUMMY)[] = [];
  /** The batch whose output the loop waits for; null: it waits for a dummy, or not at all. */
  private awaited: Batch | null = null;
  /** Nothing was scheduled in the turn that waits, so that a dummy is due once the output is there. */
  private owesDummy = false;

  constructor(core: EngineCore) {
    this.core = core;
    this.depth = batchesUnderWay(core.scheduler.options);
  }

  /** There is something for which the ranks must go on. */
  get hasWork(): boolean {
    return (
      (this.core.hasUnfinished && !this.core.isLivelocked) || this.underWay.some(hasTokens) || this.awaited !== null
    );
  }

  /** Forward passes handed to the GPU and not yet made. */
  get forwardsAhead(): number {
    return this.forwards.length;
  }

  /** Turns of the loop until it has to wait. `throttles`: whether the turn with that many forwards ahead holds prompts. */
  run(timeUs: number, throttles: (forwardsAhead: number) => boolean): void {
    while (this.awaited === null && this.forwards.at(-1) !== DUMMY) this.turn(timeUs, throttles);
  }

  /** What the GPU does next: the shape of a batch; null: a dummy. */
  nextShape(): BatchShape | null {
    const forward = this.forwards[0];
    return forward === undefined || forward === DUMMY ? null : this.core.shapeOf(forward);
  }

  /** The next forward pass has been made. */
  forwardDone(timeUs: number): void {
    const forward = this.forwards.shift();
    if (forward === undefined || forward !== this.awaited) return;
    this.awaited = null;
    if (this.owesDummy) this.forwards.push(DUMMY);
    this.core.handle(forward, timeUs);
    this.core.observeState(timeUs);
  }

  /** All dummies have been made, and the loop has come to rest. */
  rest(): void {
    this.forwards.length = 0;
    this.underWay.length = 0;
  }

  private turn(timeUs: number, throttles: (forwardsAhead: number) => boolean): void {
    const { core, underWay, forwards } = this;
    let hasForward = false;
    if (this.canSchedule) {
      const batch = core.scheduler.schedule(throttles(forwards.length));
      underWay.push(batch);
      core.scheduled(batch, timeUs, underWay.some(hasTokens));
      hasForward = hasTokens(batch);
      if (hasForward) {
        forwards.push(batch);
        core.observeState(timeUs);
      }
      if (underWay.length < this.depth && (hasForward || this.canSchedule)) {
        if (!hasForward) forwards.push(DUMMY);
        return;
      }
    }
    const oldest = underWay.shift();
    if (oldest !== undefined && hasTokens(oldest)) {
      this.awaited = oldest;
      this.owesDummy = !hasForward;
    } else if (!hasForward) forwards.push(DUMMY);
  }

  private get canSchedule(): boolean {
    return this.core.scheduler.hasWork && !this.core.isLivelocked;
  }
}

function hasTokens(batch: Batch): boolean {
  return requestsIn(batch) > 0;
}

/** Engines in the order in which something is due in them. */
import { EventQueue } from '../core/event-queue.ts';
import { type Engine, isBusy } from '../engine/engine.ts';
import type { Server } from './server.ts';

/** An engine as it stands in the queue: for what its devices execute. */
export interface EngineRun {
  readonly server: Server;
  readonly engine: Engine;
  /** Among all engines: steps that end at the same time are handled in this order. */
  readonly number: number;
  /**
   * When its entry is due that counts; infinite: none does. Entries at other times have been overtaken by something that
   * reached the engine.
   */
  dueUs: number;
  /** Its server was lost, or is gone. */
  isGone: boolean;
}

export class EngineQueue {
  private readonly queue = new EventQueue<EngineRun>();
  /** Engines that are waited for. */
  private due = 0;

  /** Not after the time at which something is due in an engine; infinite: nothing is. */
  get nextUs(): number {
    return this.due === 0 ? Number.POSITIVE_INFINITY : this.queue.nextUs;
  }

  /** Takes out the engine that is due at `nextUs`; null: what stood there has been overtaken. */
  poll(): EngineRun | null {
    const { timeUs, event } = this.queue.poll()!;
    if (event.dueUs !== timeUs) return null;
    event.dueUs = Number.POSITIVE_INFINITY;
    this.due--;
    return event;
  }

  /** Puts an engine to the time that it is due. */
  follow(run: EngineRun): void {
    const { dueUs } = run.engine;
    if (dueUs === run.dueUs) return;
    if (!isBusy(run)) this.due++;
    if (dueUs === Number.POSITIVE_INFINITY) this.due--;
    else this.queue.add(dueUs, run.number, run);
    run.dueUs = dueUs;
  }

  /** Nothing in it will ever be due again. */
  leave(run: EngineRun): void {
    if (isBusy(run)) this.due--;
    run.dueUs = Number.POSITIVE_INFINITY;
    run.isGone = true;
  }
}

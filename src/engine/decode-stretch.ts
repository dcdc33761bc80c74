/**
 * Steps of an engine in which its decode cohort is all there is, one after another without the event loop: nothing is
 * admitted, nobody joins or leaves, and the only KV blocks touched are those of members at a border. Each step is an output
 * handled, a schedule call, and the step that it starts, as everywhere; here that is a few additions. The engine can run
 * ahead like this until the time at which something could reach it.
 */
import type { BatchShape } from '../latency/batch-shape.ts';
import type { Batch } from './batch.ts';
import { emptyShape } from './batch-shape-of.ts';
import type { DecodeCohort } from './decode-cohort.ts';
import type { StepDuration } from './engine.ts';
import type { EngineCore } from './engine-core.ts';

/** The steps under way: when the older ends, and with asynchronous scheduling the newer; else both are the same. */
export interface StepEnds {
  dueUs: number;
  lastUs: number;
}

export class DecodeStretch {
  private readonly core: EngineCore;
  private readonly cohort: DecodeCohort;
  private readonly steps: StepDuration;
  private readonly shape: BatchShape = emptyShape();

  constructor(core: EngineCore, cohort: DecodeCohort, steps: StepDuration) {
    this.core = core;
    this.cohort = cohort;
    this.steps = steps;
  }

  /**
   * Runs ahead from the end of the batch that is due, as far as that ends before `horizonUs`. Moves `ends` on and returns
   * how many steps were run.
   */
  run(due: Batch, ends: StepEnds, horizonUs: number): number {
    const { core, cohort, steps, shape } = this;
    const { scheduler } = core;
    const possible = ends.dueUs < horizonUs && scheduler.isSteady ? cohort.steadyCalls(due) : 0;
    if (possible === 0) return 0;
    const isAhead = scheduler.options.asyncScheduling;
    const requests = cohort.size;
    let made = 0;
    while (made < possible && ends.dueUs < horizonUs) {
      const borders = cohort.bordersOfNextCall();
      if (!scheduler.canGrow(borders)) break;
      const timeUs = ends.dueUs;
      core.decoded(requests, timeUs);
      cohort.steadyOutput();
      scheduler.grow(borders);
      cohort.steadyCall(shape);
      const endUs = ends.lastUs + steps.durationUs(shape);
      core.executed(shape, ends.lastUs, endUs);
      core.observeState(timeUs);
      ends.dueUs = isAhead ? ends.lastUs : endUs;
      ends.lastUs = endUs;
      made++;
    }
    scheduler.skipSteps(made);
    core.stepsRunAhead += made;
    return made;
  }
}

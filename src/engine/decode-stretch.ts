/**
 * Steps of an engine in which its decode cohort is all there is, planned ahead without the event loop: nothing is admitted,
 * nobody joins or leaves, and the only KV blocks touched are those of members at a border. Each step is an output handled, a
 * schedule call, and the step that it starts, as everywhere. A plan is no more than the times at which its steps end; they
 * are made when the last of them has ended, or when something reaches the engine, which forgets those that end later. The
 * output after a plan may end a request or be followed by an admission; if it is not, the next plan begins with its step.
 */
import type { BatchShape } from '../latency/batch-shape.ts';
import type { Batch } from './batch.ts';
import { emptyShape, setDecodes } from './batch-shape-of.ts';
import { isOfMembers } from './cohort-calls.ts';
import type { DecodeCohort } from './decode-cohort.ts';
import type { StepDuration } from './engine.ts';
import type { EngineCore } from './engine-core.ts';
import { isPlain } from './options.ts';
import { SteadyGrowth } from './steady-growth.ts';

/** Most steps in a plan, and in one of a model with windows, whose steps cost more. */
const MOST = 1024;
const MOST_WITH_WINDOWS = 64;

export class DecodeStretch {
  private readonly core: EngineCore;
  private readonly cohort: DecodeCohort;
  private readonly steps: StepDuration;
  /** null: layers have windows, so borders are looked at one by one. */
  private readonly growth: SteadyGrowth | null;
  /** Batches under way when an output is handled, less one. */
  private readonly ahead: 0 | 1;
  private readonly shape: BatchShape = emptyShape();
  /**
   * When the output is handled that each planned step begins with, from 1 on, and then when those end that are under way; at
   * `made` when the output before was handled.
   */
  private readonly timesUs = new Float64Array(MOST + 3);
  private readonly durationsUs = new Float64Array(MOST);
  /** KV blocks in use before the planned steps, and after each. */
  private readonly usedBlocks = new Int32Array(MOST + 1);
  /** The planned steps are those after `made` to `planned`. */
  private made = 0;
  private planned = 0;
  /** The batches under way. */
  private due: Batch | null = null;
  private newest: Batch | null = null;

  constructor(core: EngineCore, cohort: DecodeCohort, steps: StepDuration) {
    const { options, kv } = core.scheduler;
    this.core = core;
    this.cohort = cohort;
    this.steps = steps;
    this.ahead = options.asyncScheduling ? 1 : 0;
    this.growth = isPlain(options) ? new SteadyGrowth(kv.pool, cohort.members.borders) : null;
  }

  get isPlanned(): boolean {
    return this.planned > this.made;
  }

  /** When the batch ends that is due after the planned steps. */
  get dueUs(): number {
    return this.timesUs[this.planned + 1]!;
  }

  /** When the newest batch ends that is under way then. */
  get lastUs(): number {
    return this.timesUs[this.planned + 1 + this.ahead]!;
  }

  /** Plans steps from the end of the batch that is due, at `dueUs`; the newest under way ends at `lastUs`. */
  plan(due: Batch, newest: Batch, dueUs: number, lastUs: number): boolean {
    const { scheduler } = this.core;
    const calls = scheduler.isSteady ? this.cohort.steadyCalls(due, newest) : 0;
    if (calls === 0 || !scheduler.growsUnnoticed) return false;
    return this.planCalls(calls, due, newest, dueUs, lastUs);
  }

  /**
   * The output of `handled` was handled at `handledUs`, whatever came of it: makes the step that begins with that, if the
   * cohort is all there is, and plans those after it. `handled` is then the batch that is due.
   */
  goOn(handled: Batch, newest: Batch, handledUs: number, lastUs: number): boolean {
    const { core, cohort, steps } = this;
    const calls = cohort.steadyCallsAfter(handled, newest);
    if (calls === 0 || !core.scheduler.growsUnnoticed || !core.scheduler.becomesSteady()) return false;
    if (!this.planCalls(calls, handled, newest, handledUs, lastUs)) return false;
    if (steps.executed !== undefined) this.tellOfShapes(1);
    this.call();
    this.count(1);
    return true;
  }

  private planCalls(calls: number, due: Batch, newest: Batch, dueUs: number, lastUs: number): boolean {
    const count = this.callsWithRoom(Math.min(calls, MOST));
    if (count === 0) return false;
    this.priceSteps(count);
    const { timesUs, durationsUs, ahead } = this;
    timesUs[1] = dueUs;
    timesUs[1 + ahead] = lastUs;
    let endUs = lastUs;
    for (let i = 0; i < count; i++) {
      endUs += durationsUs[i]!;
      timesUs[i + 2 + ahead] = endUs;
    }
    this.made = 0;
    this.planned = count;
    this.due = due;
    this.newest = newest;
    return true;
  }

  /** Makes those of the planned steps that begin before `untilUs`; `dueUs` and `lastUs` are as after them. */
  make(untilUs: number): void {
    const { timesUs, planned, ahead, growth } = this;
    let until = planned;
    while (until > this.made && timesUs[until]! >= untilUs) until--;
    const dueUs = timesUs[until + 1]!;
    const lastUs = timesUs[until + 1 + ahead]!;
    const count = until - this.made;
    if (this.steps.executed !== undefined) this.tellOfShapes(count);
    while (this.made < until && !this.cohort.areWhole(this.due!, this.newest!)) this.makeFirst();
    if (growth === null) while (this.made < until) this.makeNext();
    else if (this.made < until) this.makeRest(growth, until - this.made);
    this.count(count);
    this.made = 0;
    this.planned = 0;
    timesUs[1] = dueUs;
    timesUs[1 + ahead] = lastUs;
  }

  private callsWithRoom(most: number): number {
    const { cohort, core, growth, usedBlocks } = this;
    if (growth !== null) return growth.callsWithRoom(cohort.callsMade, most, usedBlocks);
    const { kv, options } = core.scheduler;
    let room = kv.pool.freeBlocks;
    const limit = Math.min(most, MOST_WITH_WINDOWS);
    for (let i = 0; i < limit; i++) {
      // Each member at a border takes a block a group at most.
      room -= options.kvGroups.length * cohort.members.borders.at(cohort.callsMade + i).length;
      if (room < 0) return i;
    }
    return limit;
  }

  private priceSteps(count: number): void {
    const { cohort, shape, steps, durationsUs, growth } = this;
    setDecodes(shape, cohort.members.contexts.measure(1));
    if (growth !== null) {
      steps.decodesUs(shape, count, durationsUs);
      return;
    }
    for (let i = 0; i < count; i++) {
      if (i > 0) setDecodes(shape, cohort.members.contexts.measure(i + 1));
      durationsUs[i] = steps.durationUs(shape);
    }
  }

  /** Makes a step that begins with the output of a batch in which some are by name. */
  private makeFirst(): void {
    const { core, cohort } = this;
    const due = this.due!;
    const timeUs = this.timesUs[this.made + 1]!;
    if (isOfMembers(due)) {
      core.decoded(due.cohort!.decoding, timeUs);
      cohort.handled(due);
    } else core.handle(due, timeUs);
    // Without windows blocks are only taken, so that the state after the call says it all.
    if (this.growth === null) core.observeState(timeUs);
    this.call();
  }

  /** What follows the output: the schedule call, and the step that it starts. */
  private call(): void {
    this.core.scheduler.growAll();
    this.cohort.shift(this.due!, this.newest!);
    this.tellOfNext();
  }

  private makeNext(): void {
    const { core, cohort } = this;
    const timeUs = this.timesUs[this.made + 1]!;
    core.decoded(cohort.size, timeUs);
    core.observeState(timeUs);
    cohort.handleSteadily(1);
    core.scheduler.grow(cohort.members.borders.at(cohort.callsMade));
    cohort.callSteadily(1);
    this.tellOfNext();
  }

  private tellOfNext(): void {
    const { core, cohort, timesUs, ahead } = this;
    const step = ++this.made;
    core.executedDecodes(cohort.size, timesUs[step + ahead]!, timesUs[step + 1 + ahead]!);
    core.observeState(timesUs[step]!);
  }

  /** Makes so many of the planned steps at once. */
  private makeRest(growth: SteadyGrowth, count: number): void {
    const { core, cohort, timesUs, usedBlocks, ahead, made } = this;
    core.ranAhead(cohort.size, made, count, ahead, timesUs, usedBlocks);
    growth.make(cohort.callsMade, count, usedBlocks[made + count]! - usedBlocks[made]!);
    cohort.handleSteadily(count);
    cohort.callSteadily(count);
  }

  private count(steps: number): void {
    this.core.scheduler.skipSteps(steps);
    this.core.stepsRunAhead += steps;
  }

  private tellOfShapes(count: number): void {
    for (let i = 0; i < count; i++) {
      setDecodes(this.shape, this.cohort.members.contexts.measure(i + 1));
      this.steps.executed!(this.shape);
    }
  }
}

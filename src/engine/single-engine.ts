/**
 * One engine core with GPUs of its own: the engine loop, and the pipeline that executes its batches one after another.
 * schedule → duration → apply.
 */
import { START_US } from '../core/start-us.ts';
import { type Batch, requestsIn } from './batch.ts';
import { emptyShape } from './batch-shape-of.ts';
import { DecodeStretch } from './decode-stretch.ts';
import type { Engine, StepDuration } from './engine.ts';
import type { EngineCore } from './engine-core.ts';
import { EngineLoop } from './engine-loop.ts';
import { Pipeline } from './pipeline.ts';

export class SingleEngine implements Engine {
  private readonly core: EngineCore;
  private readonly loop: EngineLoop;
  private readonly steps: StepDuration;
  private readonly stages: number;
  private readonly pipeline: Pipeline;
  /** When each batch under way will have been executed, oldest first. */
  private readonly endsUs: number[] = [];
  private readonly shape = emptyShape();
  private due: Batch | null = null;
  /** Its output was handled just now, and nothing has been scheduled since. */
  private handled: Batch | null = null;
  private dueBatchUs = START_US;
  /** null: every step is scheduled on its own. */
  private readonly stretch: DecodeStretch | null;

  constructor(core: EngineCore, steps: StepDuration) {
    this.core = core;
    this.loop = new EngineLoop(core.scheduler);
    this.steps = steps;
    this.stages = core.scheduler.options.pipelineParallelSize;
    this.pipeline = new Pipeline(this.stages);
    const { cohort } = core.scheduler;
    this.stretch = cohort !== null && core.canRunAhead ? new DecodeStretch(core, cohort, steps) : null;
  }

  get dueUs(): number {
    if (this.due === null) return Number.POSITIVE_INFINITY;
    return this.stretch?.isPlanned ? this.stretch.dueUs : this.dueBatchUs;
  }

  get isStuck(): boolean {
    return this.due === null && this.core.hasUnfinished;
  }

  advance(timeUs: number): void {
    const { core, loop } = this;
    if (this.goOn(timeUs)) return;
    while (this.due === null && !loop.isIdle) {
      const { scheduled, due } = core.isLivelocked ? { scheduled: null, due: loop.drain() } : loop.iterate();
      if (scheduled !== null) {
        core.scheduled(scheduled, timeUs, loop.hasTokensUnderWay || (due !== null && requestsIn(due) > 0));
        this.execute(scheduled, timeUs);
      }
      if (due !== null) {
        this.due = due;
        this.dueBatchUs = this.endsUs.shift()!;
        this.planAhead();
      } else if (core.isLivelocked) return;
    }
  }

  stepDone(timeUs: number): void {
    if (this.stretch?.isPlanned) {
      this.makePlanned(Number.POSITIVE_INFINITY);
      if (this.planAhead()) return;
    }
    const due = this.due!;
    this.due = null;
    this.core.handle(due, timeUs);
    this.core.observeState(timeUs);
    this.handled = due;
  }

  interrupt(timeUs: number): void {
    if (this.stretch?.isPlanned) this.makePlanned(timeUs);
  }

  private planAhead(): boolean {
    if (this.stretch === null) return false;
    const newest = this.loop.newest ?? this.due!;
    return this.stretch.plan(this.due!, newest, this.dueBatchUs, this.endsUs[0] ?? this.dueBatchUs);
  }

  /** After an output: makes the step that begins now, if the decode cohort is all there is. */
  private goOn(timeUs: number): boolean {
    const { stretch, handled, loop } = this;
    this.handled = null;
    if (stretch === null || handled === null) return false;
    if (!stretch.goOn(handled, loop.newest ?? handled, timeUs, this.endsUs[0] ?? timeUs)) return false;
    this.due = handled;
    this.follow(stretch);
    return true;
  }

  private makePlanned(untilUs: number): void {
    this.stretch!.make(untilUs);
    this.follow(this.stretch!);
  }

  /** The batches under way end when it says. */
  private follow({ dueUs, lastUs }: DecodeStretch): void {
    this.dueBatchUs = dueUs;
    if (this.endsUs.length > 0) this.endsUs[0] = lastUs;
    this.pipeline.busyUntil(lastUs);
  }

  private execute(batch: Batch, timeUs: number): void {
    const { core, pipeline, steps } = this;
    if (requestsIn(batch) === 0) {
      this.endsUs.push(Math.max(timeUs, pipeline.emptyUs));
      return;
    }
    const shape = core.shapeOf(batch, this.shape);
    const startUs = pipeline.startUs(Math.max(timeUs, this.tokensKnownUs(batch)));
    const endUs = pipeline.run(startUs, this.stages === 1 ? [steps.durationUs(shape)] : steps.stageDurationsUs(shape));
    this.endsUs.push(endUs);
    steps.executed?.(shape);
    core.executed(shape, startUs, endUs);
    core.observeState(timeUs);
  }

  /**
   * When the tokens that the batch reads are known. A token scheduled ahead is the output of the batch as many schedule
   * calls ago as there are stages; in a device of one stage that has always been executed before.
   */
  private tokensKnownUs(batch: Batch): number {
    if (this.stages === 1) return 0;
    const readsOutput = batch.scheduled.some(
      ({ request, verifiedDrafts, yieldsOutput }) =>
        request.outputPlaceholders > (yieldsOutput ? 1 + verifiedDrafts : 0),
    );
    return readsOutput ? (this.endsUs.at(-this.stages) ?? 0) : 0;
  }
}

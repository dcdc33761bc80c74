/**
 * The data-parallel ranks of a model with experts (vLLM 0.33: DPEngineCoreProc). Its layers with experts need all ranks
 * at once, so every forward pass of one waits for those of the others, and while any rank has work the others make
 * dummies. That nothing is left is agreed upon in the first and in every 16th pass since the ranks last woke up
 * (`dp_sync_interval`): until then dummies go on, and a request that arrives meanwhile waits for the one under way.
 */
import { type Engine, isBusy, type StepDuration } from './engine.ts';
import type { EngineCore } from './engine-core.ts';
import { LockStepRank } from './lock-step-rank.ts';

/** `dp_sync_interval`, forward passes. */
const SYNC_INTERVAL = 16;

/** The dummies that follow the last work of a wave. */
interface Rest {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly dummyUs: number;
}

export class LockStepEngine implements Engine {
  private readonly ranks: readonly LockStepRank[];
  private readonly steps: StepDuration;
  /** Prompts may be computed in every n-th forward pass of a wave, all ranks together. */
  private readonly prefillInterval: number;
  /** When the forward pass under way ends. */
  dueUs = Number.POSITIVE_INFINITY;
  /** Forward passes since the ranks last woke up. */
  private forwards = 0;
  private resting: Rest | null = null;

  constructor(cores: readonly EngineCore[], steps: StepDuration, prefillInterval: number) {
    this.ranks = cores.map((core) => new LockStepRank(core));
    this.steps = steps;
    this.prefillInterval = prefillInterval;
  }

  get isStuck(): boolean {
    return !isBusy(this) && this.ranks.some(({ core }) => core.hasUnfinished);
  }

  advance(timeUs: number): void {
    const borderUs = this.wake(timeUs);
    if (borderUs > timeUs) {
      this.dueUs = borderUs;
      return;
    }
    const throttles = (ahead: number) =>
      this.prefillInterval > 1 && (this.forwards + ahead) % this.prefillInterval !== 0;
    if (!this.ranks.some((rank) => rank.hasWork)) {
      this.comeToRest(timeUs);
      return;
    }
    for (const rank of this.ranks) rank.run(timeUs, throttles);
    const shapes = this.ranks.map((rank) => rank.nextShape());
    if (!this.ranks.some((rank) => rank.hasWork)) {
      this.comeToRest(timeUs);
      return;
    }
    const endUs = timeUs + this.steps.lockStepUs(shapes);
    for (const [rank, shape] of shapes.entries())
      if (shape !== null) this.ranks[rank]!.core.executed(shape, timeUs, endUs);
    this.dueUs = endUs;
  }

  stepDone(timeUs: number): void {
    this.dueUs = Number.POSITIVE_INFINITY;
    if (this.resting !== null) return;
    this.forwards++;
    for (const rank of this.ranks) rank.forwardDone(timeUs);
  }

  /** Nothing is ever planned ahead. */
  interrupt(): void {}

  private comeToRest(timeUs: number): void {
    // A rank that has seen its last output has handed on a dummy already.
    const made = this.forwards + Math.max(...this.ranks.map((rank) => rank.forwardsAhead));
    const agreedIn = made <= 1 ? made : Math.ceil(made / SYNC_INTERVAL) * SYNC_INTERVAL;
    const dummyUs = this.steps.lockStepUs(this.ranks.map(() => null));
    this.resting = { fromUs: timeUs, untilUs: timeUs + (agreedIn - this.forwards) * dummyUs, dummyUs };
    for (const rank of this.ranks) rank.rest();
  }

  /** Ends the rest, if there is one. Returns when the ranks can schedule: now, or when the dummy under way has ended. */
  private wake(timeUs: number): number {
    if (this.resting === null) return timeUs;
    const { fromUs, untilUs, dummyUs } = this.resting;
    if (timeUs >= untilUs) {
      this.forwards = 0;
      this.resting = null;
      return timeUs;
    }
    const dummies = Math.ceil((timeUs - fromUs) / dummyUs);
    const borderUs = fromUs + dummies * dummyUs;
    if (borderUs > timeUs) return borderUs;
    this.forwards += dummies;
    this.resting = null;
    return timeUs;
  }
}

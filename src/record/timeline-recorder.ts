/**
 * The state of the engine cores over time in a bounded number of intervals. Intervals double in length whenever the run
 * outgrows them, so a run of any length has between a half and the whole of MAX_INTERVALS of them.
 */
import { START_US } from '../core/start-us.ts';
import type { DecodeSteps } from '../engine/observer.ts';
import type { Timeline } from './run-record.ts';

const MAX_INTERVALS = 2048;
/** 1/64 s, so that whole seconds are whole intervals while a run is shorter than half an hour. */
const FIRST_INTERVAL_US = 15_625;

/** Sums over an interval (integrals over time, or counts). */
const emptySums = () => ({
  running: new Float64Array(MAX_INTERVALS),
  waiting: new Float64Array(MAX_INTERVALS),
  promptTokens: new Float64Array(MAX_INTERVALS),
  outputTokens: new Float64Array(MAX_INTERVALS),
  preemptions: new Float64Array(MAX_INTERVALS),
  steps: new Float64Array(MAX_INTERVALS),
  accepted: new Float64Array(MAX_INTERVALS),
  finished: new Float64Array(MAX_INTERVALS),
  away: new Float64Array(MAX_INTERVALS),
});

/** KV blocks in use in cores that have as many, by interval. */
interface BlockUse {
  /** Of each core. */
  blocks: number;
  /** Integral over time. */
  readonly used: Float64Array;
  /** Most in one core. */
  readonly most: Float64Array;
}

interface CoreState {
  sinceUs: number;
  running: number;
  waiting: number;
  usedBlocks: number;
  readonly use: BlockUse;
  /** Since when it does not serve; null: it does. */
  awayUs: number | null;
}

export class TimelineRecorder {
  private intervalUs = START_US + FIRST_INTERVAL_US;
  /** How long a run the intervals cover. */
  private limitUs = START_US + FIRST_INTERVAL_US * MAX_INTERVALS;
  /** One of them is passed to `count` and `spread`. */
  readonly sums = emptySums();
  /** Of cores with as many KV blocks each. */
  private readonly kinds: readonly BlockUse[];
  private readonly cores: CoreState[];

  /** `coreBlocks`: KV blocks of each core; left out, all have as many. */
  constructor(cores: number, coreBlocks: readonly number[] = new Array<number>(cores).fill(1)) {
    const kinds = new Map([...new Set(coreBlocks)].map((blocks) => [blocks, emptyUse(blocks)]));
    this.kinds = [...kinds.values()];
    this.cores = coreBlocks.map((blocks) => ({
      ...{ sinceUs: START_US, running: 0, waiting: 0, usedBlocks: 0, awayUs: null },
      use: kinds.get(blocks)!,
    }));
  }

  /** Something happened at `timeUs`, so many times. What happens on a border belongs to the interval that ends there. */
  count(sums: Float64Array, timeUs: number, amount: number): void {
    const interval = this.intervalAt(Math.max(0, timeUs - 1));
    sums[interval]! += amount;
  }

  /** Something went on evenly from `fromUs` to `toUs` and came to `amount`. */
  spread(sums: Float64Array, fromUs: number, toUs: number, amount: number): void {
    this.intervalAt(toUs - 1);
    const perUs = amount / (toUs - fromUs);
    for (let i = this.intervalAt(fromUs); i * this.intervalUs < toUs; i++) {
      const overlapUs = Math.min(toUs, (i + 1) * this.intervalUs) - Math.max(fromUs, i * this.intervalUs);
      sums[i]! += perUs * overlapUs;
    }
  }

  /** A core's state from `timeUs` on. */
  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void {
    const state = this.cores[core]!;
    const { use } = state;
    this.cover(timeUs);
    if (timeUs > state.sinceUs) this.integrate(state, timeUs);
    state.running = running;
    state.waiting = waiting;
    state.usedBlocks = usedBlocks;
    use.blocks = blocks;
    const interval = Math.floor(timeUs / this.intervalUs);
    if (usedBlocks > use.most[interval]!) use.most[interval] = usedBlocks;
  }

  /** A core serves from `timeUs` on, or is gone with all that was in it. */
  serving(core: number, timeUs: number, isServing: boolean): void {
    const state = this.cores[core]!;
    if (isServing === (state.awayUs === null)) return;
    if (!isServing) state.awayUs = timeUs;
    else {
      this.spreadAway(state.awayUs!, timeUs);
      state.awayUs = null;
    }
  }

  /** Cores that served × time, in a run that ends at `endUs`; to be asked before the timeline. */
  coreUs(endUs: number): number {
    for (const state of this.cores) {
      if (state.awayUs === null) continue;
      this.spreadAway(state.awayUs, endUs);
      state.awayUs = endUs;
    }
    return this.cores.length * endUs - this.sums.away.reduce((sum, awayUs) => sum + awayUs, 0);
  }

  /** What `count` and `state` would note of these steps, one by one. All sums are whole numbers: their order is free. */
  decodeSteps(steps: DecodeSteps): void {
    const { requests, timesUs, made, count, ahead } = steps;
    const last = made + count;
    const lastEnd = last + 1 + ahead;
    this.intervalAt(Math.max(timesUs[last]!, timesUs[lastEnd]! - 1));
    this.countEach(this.sums.outputTokens, timesUs, made + 1, last + 1, requests);
    this.countEach(this.sums.steps, timesUs, made + 2 + ahead, lastEnd + 1, 1);
    this.states(steps);
  }

  /** The timeline of a run that ended at `endUs`. */
  timeline(endUs: number): Timeline {
    this.cover(endUs - 1);
    for (const state of this.cores) if (endUs > state.sinceUs) this.integrate(state, endUs);
    const count = endUs === 0 ? 0 : this.intervalAt(endUs - 1) + 1;
    // The last interval is only as long as the run.
    const lengthUs = (i: number) => Math.min(this.intervalUs, endUs - i * this.intervalUs);
    const mean = (sums: Float64Array) => sums.slice(0, count).map((sum, i) => sum / lengthUs(i));
    const coreUs = (i: number) => lengthUs(i) * this.cores.length - this.sums.away[i]!;
    const kvUsage = (i: number) =>
      this.kinds.reduce((sum, { used, blocks }) => sum + used[i]! / (coreUs(i) * blocks), 0);
    const kvUsageMax = (i: number) => Math.max(...this.kinds.map(({ most, blocks }) => most[i]! / blocks));
    const total = (sums: Float64Array) => sums.slice(0, count);
    return {
      count,
      intervalUs: this.intervalUs,
      running: mean(this.sums.running),
      waiting: mean(this.sums.waiting),
      kvUsage: Float64Array.from({ length: count }, (_, i) => (coreUs(i) > 0 ? kvUsage(i) : 0)),
      kvUsageMax: Float64Array.from({ length: count }, (_, i) => kvUsageMax(i)),
      promptTokens: total(this.sums.promptTokens),
      outputTokens: total(this.sums.outputTokens),
      preemptions: total(this.sums.preemptions),
      steps: total(this.sums.steps),
      accepted: total(this.sums.accepted),
      finished: total(this.sums.finished),
    };
  }

  private spreadAway(fromUs: number, toUs: number): void {
    if (toUs > fromUs) this.spread(this.sums.away, fromUs, toUs, toUs - fromUs);
  }

  /** As `count` with each of the ascending times from `start` to before `end`. */
  private countEach(sums: Float64Array, timesUs: Float64Array, start: number, end: number, amount: number): void {
    for (let i = start; i < end; ) {
      const interval = this.intervalAt(Math.max(0, timesUs[i]! - 1));
      const untilUs = (interval + 1) * this.intervalUs;
      const from = i;
      // Most often all are in one interval.
      i = timesUs[end - 1]! <= untilUs ? end : i + 1;
      while (i < end && timesUs[i]! <= untilUs) i++;
      sums[interval]! += (i - from) * amount;
    }
  }

  /** As `state` before and after each of the schedule calls. */
  private states(steps: DecodeSteps): void {
    const { core, requests, timesUs, made, count, usedBlocks, waiting, blocks } = steps;
    const state = this.cores[core]!;
    for (let step = made + 1; step <= made + count; ) {
      this.state(core, timesUs[step]!, requests, waiting, usedBlocks[step - 1]!, blocks);
      step = this.statesWithin(state, step, steps);
    }
  }

  /** The state after `step`, and those after it that begin in the same interval. Returns the first step that does not. */
  private statesWithin(state: CoreState, step: number, { timesUs, usedBlocks, made, count }: DecodeSteps): number {
    const { use } = state;
    const last = made + count;
    const interval = this.intervalAt(state.sinceUs);
    const untilUs = (interval + 1) * this.intervalUs;
    let usedBlocksUs = 0;
    let most = Math.max(use.most[interval]!, usedBlocks[step]!);
    let next = step + 1;
    for (; next <= last && timesUs[next]! < untilUs; next++) {
      usedBlocksUs += usedBlocks[next - 1]! * (timesUs[next]! - timesUs[next - 1]!);
      if (usedBlocks[next]! > most) most = usedBlocks[next]!;
    }
    const durationUs = timesUs[next - 1]! - timesUs[step]!;
    this.sums.running[interval]! += state.running * durationUs;
    this.sums.waiting[interval]! += state.waiting * durationUs;
    use.used[interval]! += usedBlocksUs;
    use.most[interval] = most;
    state.sinceUs = timesUs[next - 1]!;
    state.usedBlocks = usedBlocks[next - 1]!;
    return next;
  }

  /** Adds the state since its last change to the intervals it covers, of which there are enough. */
  private integrate(state: CoreState, timeUs: number): void {
    const { running, waiting } = this.sums;
    const { used, most } = state.use;
    let fromUs = state.sinceUs;
    for (let i = Math.floor(fromUs / this.intervalUs); fromUs < timeUs; i++) {
      const untilUs = Math.min(timeUs, (i + 1) * this.intervalUs);
      const durationUs = untilUs - fromUs;
      running[i]! += state.running * durationUs;
      waiting[i]! += state.waiting * durationUs;
      used[i]! += state.usedBlocks * durationUs;
      if (state.usedBlocks > most[i]!) most[i] = state.usedBlocks;
      fromUs = untilUs;
    }
    state.sinceUs = timeUs;
  }

  /** The interval that holds `timeUs`. */
  private intervalAt(timeUs: number): number {
    this.cover(timeUs);
    return Math.floor(timeUs / this.intervalUs);
  }

  /** Makes sure that there is an interval that holds `timeUs`. */
  private cover(timeUs: number): void {
    while (timeUs >= this.limitUs) this.outgrow();
  }

  /** Merges intervals in pairs. */
  private outgrow(): void {
    for (const sums of Object.values(this.sums)) addPairs(sums);
    for (const { used, most } of this.kinds) {
      addPairs(used);
      mostOfPairs(most);
    }
    this.intervalUs *= 2;
    this.limitUs *= 2;
  }
}

function emptyUse(blocks: number): BlockUse {
  return { blocks, used: new Float64Array(MAX_INTERVALS), most: new Float64Array(MAX_INTERVALS) };
}

function addPairs(values: Float64Array): void {
  const half = values.length / 2;
  for (let i = 0; i < half; i++) values[i] = values[2 * i]! + values[2 * i + 1]!;
  values.fill(0, half);
}

function mostOfPairs(values: Float64Array): void {
  const half = values.length / 2;
  for (let i = 0; i < half; i++) values[i] = Math.max(values[2 * i]!, values[2 * i + 1]!);
  values.fill(0, half);
}

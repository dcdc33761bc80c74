/**
 * The state of the engine cores over time in a bounded number of intervals. Intervals double in length whenever the run
 * outgrows them, so a run of any length has between a half and the whole of MAX_INTERVALS of them.
 */
import type { Timeline } from './run-record.ts';

const MAX_INTERVALS = 2048;
/** 1/64 s, so that whole seconds are whole intervals while a run is shorter than half an hour. */
const FIRST_INTERVAL_US = 15_625;

/** Sums over an interval (integrals over time, or counts); maxima apart. */
type Series = 'running' | 'waiting' | 'usedBlocks' | 'promptTokens' | 'outputTokens' | 'preemptions' | 'steps';
const SERIES: readonly Series[] = [
  'running',
  'waiting',
  'usedBlocks',
  'promptTokens',
  'outputTokens',
  'preemptions',
  'steps',
];

interface CoreState {
  sinceUs: number;
  running: number;
  waiting: number;
  usedBlocks: number;
}

export class TimelineRecorder {
  private intervalUs = FIRST_INTERVAL_US;
  private readonly sums: Record<Series, Float64Array>;
  /** Of each core. */
  private blocks = 1;
  private readonly usedBlocksMax = new Float64Array(MAX_INTERVALS);
  private readonly states: CoreState[];

  constructor(cores: number) {
    this.sums = Object.fromEntries(SERIES.map((name) => [name, new Float64Array(MAX_INTERVALS)])) as typeof this.sums;
    this.states = Array.from({ length: cores }, () => ({ sinceUs: 0, running: 0, waiting: 0, usedBlocks: 0 }));
  }

  /** Something happened at `timeUs`, so many times. What happens on a border belongs to the interval that ends there. */
  count(series: Series, timeUs: number, amount: number): void {
    this.sums[series][this.intervalAt(Math.max(0, timeUs - 1))]! += amount;
  }

  /** Something went on evenly from `fromUs` to `toUs` and came to `amount`. */
  spread(series: Series, fromUs: number, toUs: number, amount: number): void {
    this.intervalAt(toUs - 1);
    const perUs = amount / (toUs - fromUs);
    for (let i = this.intervalAt(fromUs); i * this.intervalUs < toUs; i++) {
      const overlapUs = Math.min(toUs, (i + 1) * this.intervalUs) - Math.max(fromUs, i * this.intervalUs);
      this.sums[series][i]! += perUs * overlapUs;
    }
  }

  /** A core's state from `timeUs` on. */
  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void {
    const state = this.states[core]!;
    if (timeUs > state.sinceUs) this.integrate(state, timeUs);
    state.running = running;
    state.waiting = waiting;
    state.usedBlocks = usedBlocks;
    this.blocks = blocks;
    const interval = this.intervalAt(timeUs);
    if (usedBlocks > this.usedBlocksMax[interval]!) this.usedBlocksMax[interval] = usedBlocks;
  }

  /** The timeline of a run that ended at `endUs`. */
  timeline(endUs: number): Timeline {
    for (const state of this.states) if (endUs > state.sinceUs) this.integrate(state, endUs);
    const count = endUs === 0 ? 0 : this.intervalAt(endUs - 1) + 1;
    // The last interval is only as long as the run.
    const lengthUs = (i: number) => Math.min(this.intervalUs, endUs - i * this.intervalUs);
    const mean = (sums: Float64Array, of: number) => sums.slice(0, count).map((sum, i) => sum / (lengthUs(i) * of));
    return {
      count,
      intervalUs: this.intervalUs,
      running: mean(this.sums.running, 1),
      waiting: mean(this.sums.waiting, 1),
      kvUsage: mean(this.sums.usedBlocks, this.states.length * this.blocks),
      kvUsageMax: this.usedBlocksMax.slice(0, count).map((usedBlocks) => usedBlocks / this.blocks),
      promptTokens: this.sums.promptTokens.slice(0, count),
      outputTokens: this.sums.outputTokens.slice(0, count),
      preemptions: this.sums.preemptions.slice(0, count),
      steps: this.sums.steps.slice(0, count),
    };
  }

  /** Adds the state since its last change to the intervals it covers. */
  private integrate(state: CoreState, timeUs: number): void {
    this.intervalAt(timeUs - 1);
    let fromUs = state.sinceUs;
    for (let i = Math.floor(fromUs / this.intervalUs); fromUs < timeUs; i++) {
      const untilUs = Math.min(timeUs, (i + 1) * this.intervalUs);
      const durationUs = untilUs - fromUs;
      this.sums.running[i]! += state.running * durationUs;
      this.sums.waiting[i]! += state.waiting * durationUs;
      this.sums.usedBlocks[i]! += state.usedBlocks * durationUs;
      if (state.usedBlocks > this.usedBlocksMax[i]!) this.usedBlocksMax[i] = state.usedBlocks;
      fromUs = untilUs;
    }
    state.sinceUs = timeUs;
  }

  /** The interval that holds `timeUs`; intervals are merged in pairs until there is one. */
  private intervalAt(timeUs: number): number {
    while (timeUs >= this.intervalUs * MAX_INTERVALS) {
      for (const name of SERIES) mergePairs(this.sums[name], (a, b) => a + b);
      mergePairs(this.usedBlocksMax, Math.max);
      this.intervalUs *= 2;
    }
    return Math.floor(timeUs / this.intervalUs);
  }
}

function mergePairs(values: Float64Array, merge: (a: number, b: number) => number): void {
  const half = values.length / 2;
  for (let i = 0; i < half; i++) values[i] = merge(values[2 * i]!, values[2 * i + 1]!);
  values.fill(0, half);
}

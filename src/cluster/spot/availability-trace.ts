/**
 * Recorded availability in the layout of github.com/skypilot-org/spot-traces: one JSON object a zone,
 * `{"metadata": {"gap_seconds": 300}, "data": [4, 4, 1, 0, …]}`, with the number of instances that could be held at each
 * tick. A trace of single instances holds 0 and 1. Other keys (`prices`) are left alone.
 */
import { InputError } from '../../core/input-error.ts';
import type { SpotSlot } from './spot-slot.ts';

export interface AvailabilityTrace {
  readonly gapUs: number;
  /** Instances at each tick. */
  readonly counts: Uint16Array;
  /** Most instances at any tick, at least 1. */
  readonly most: number;
}

const LAYOUT = 'expected {"metadata": {"gap_seconds": 300}, "data": [1, 1, 0, …]}, as in skypilot-org/spot-traces';

/** Reads a trace; `name` is the file, for messages. */
export function parseAvailabilityTrace(text: string, name: string): AvailabilityTrace {
  const { metadata, data } = mapping(parsed(text, name), name);
  const { gap_seconds: gap } = mapping(metadata, name);
  if (typeof gap !== 'number' || !(gap > 0))
    throw new InputError(`${name}: metadata.gap_seconds is missing; ${LAYOUT}.`);
  if (!Array.isArray(data) || data.length === 0) throw new InputError(`${name}: data is missing or empty; ${LAYOUT}.`);
  const wrong = data.findIndex((count) => !Number.isInteger(count) || count < 0 || count > 65_535);
  if (wrong >= 0) {
    throw new InputError(
      `${name}: data[${wrong}] is ${JSON.stringify(data[wrong])}, expected a number of instances: 0, 1, 2, ….`,
    );
  }
  const counts = Uint16Array.from(data as number[]);
  const most = counts.reduce((largest, count) => Math.max(largest, count), 0);
  if (most === 0) throw new InputError(`${name}: not a single instance at any tick; a fleet on it would never serve.`);
  return { gapUs: Math.round(gap * 1e6), counts, most };
}

/** Plays a trace, over and over; the instance of that rank is there while more than `rank` are. */
export class TraceSlot implements SpotSlot {
  isUp: boolean;
  changeUs: number;
  private readonly trace: AvailabilityTrace;
  private readonly rank: number;
  private readonly ticks: number;
  /** Ticks are counted from the first one of the trace, through all rounds. */
  private tick: number;
  private readonly startUs: number;

  /** From `offsetUs` of the trace on, of which the first `ticks` are played. */
  constructor(trace: AvailabilityTrace, rank: number, offsetUs: number, ticks = trace.counts.length) {
    this.trace = trace;
    this.rank = rank % trace.most;
    this.ticks = ticks;
    this.startUs = -offsetUs;
    this.tick = Math.floor(offsetUs / trace.gapUs);
    this.isUp = this.isUpAt(this.tick);
    this.changeUs = this.nextChange();
  }

  change(): void {
    this.isUp = !this.isUp;
    this.changeUs = this.nextChange();
  }

  private isUpAt(tick: number): boolean {
    return this.trace.counts[tick % this.ticks]! > this.rank;
  }

  private nextChange(): number {
    for (let ahead = 1; ahead <= this.ticks; ahead++) {
      if (this.isUpAt(this.tick + ahead) === this.isUp) continue;
      this.tick += ahead;
      return this.startUs + this.tick * this.trace.gapUs;
    }
    return Number.POSITIVE_INFINITY;
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name}: not JSON (${(error as Error).message}); ${LAYOUT}.`);
  }
}

function mapping(value: unknown, name: string): Record<string, unknown> {
  if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  throw new InputError(`${name}: not an availability trace; ${LAYOUT}.`);
}

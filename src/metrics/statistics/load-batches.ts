/**
 * The load of a run in batches of equal length, from the timeline: what the saturation verdict looks at. It ends with the last
 * arrival, since a queue that shrinks after it says nothing.
 */
import type { RunRecord, Timeline } from '../../record/run-record.ts';

export interface LoadBatches {
  /** Of each batch. */
  readonly seconds: number;
  /** Time-weighted mean number of requests in the system (waiting or running), and of waiting ones, by batch. */
  readonly inSystem: readonly number[];
  readonly waiting: readonly number[];
  /** Requests that came in and that finished, by batch. */
  readonly arrived: readonly number[];
  readonly finished: readonly number[];
}

export const LOAD_BATCHES = 20;

/**
 * From `fromUs`, by default a quarter of the way from the first arrival to the last, to the last arrival. Null where all
 * requests arrive at one moment, or the timeline has fewer than two intervals a batch.
 */
export function loadBatches({ timeline, totals }: RunRecord, fromUs?: number): LoadBatches | null {
  const { firstArrivalUs, lastArrivalUs } = totals.span;
  const startUs = fromUs ?? firstArrivalUs + (lastArrivalUs - firstArrivalUs) / 4;
  const batchUs = (lastArrivalUs - startUs) / LOAD_BATCHES;
  if (!(batchUs >= 2 * timeline.intervalUs)) return null;
  const batches = (of: (fromUs: number, toUs: number) => number) =>
    Array.from({ length: LOAD_BATCHES }, (_, i) => of(startUs + i * batchUs, startUs + (i + 1) * batchUs));
  const { running, waiting } = timeline;
  const mean = (series: Float64Array) => (from: number, to: number) =>
    covered(timeline, from, to, (i, us) => series[i]! * us) / batchUs;
  const count = (series: Float64Array) => (from: number, to: number) =>
    covered(
      timeline,
      from,
      to,
      (i, us) => (series[i]! * us) / Math.min(timeline.intervalUs, totals.endUs - i * timeline.intervalUs),
    );
  const meanWaiting = batches(mean(waiting));
  return {
    seconds: batchUs / 1e6,
    inSystem: batches(mean(running)).map((each, i) => each + meanWaiting[i]!),
    waiting: meanWaiting,
    arrived: batches(count(timeline.accepted)),
    finished: batches(count(timeline.finished)),
  };
}

/**
 * The batches of several replications averaged, first with first and so on, so that a trend stands out from the noise of single runs; as Welch
 * averages replications to see where a warm-up ends (Law, Simulation Modeling and Analysis, 5th ed., chapter 9). Null where one has none.
 */
export function meanLoad(loads: readonly (LoadBatches | null)[]): LoadBatches | null {
  const known = loads.filter((load) => load !== null);
  if (known.length < loads.length || known.length === 0) return null;
  const mean = (of: (load: LoadBatches) => number) => known.reduce((sum, load) => sum + of(load), 0) / known.length;
  const batches = (name: Exclude<keyof LoadBatches, 'seconds'>) =>
    Array.from({ length: LOAD_BATCHES }, (_, i) => mean((load) => load[name][i]!));
  return {
    seconds: mean(({ seconds }) => seconds),
    inSystem: batches('inSystem'),
    waiting: batches('waiting'),
    arrived: batches('arrived'),
    finished: batches('finished'),
  };
}

/** Sum over the intervals between two times, each with the microseconds of it that lie between them. */
function covered(
  { count, intervalUs }: Timeline,
  fromUs: number,
  toUs: number,
  amount: (interval: number, us: number) => number,
): number {
  let sum = 0;
  for (let i = Math.floor(fromUs / intervalUs); i < count && i * intervalUs < toUs; i++) {
    const us = Math.min((i + 1) * intervalUs, toUs) - Math.max(i * intervalUs, fromUs);
    if (us > 0) sum += amount(i, us);
  }
  return sum;
}

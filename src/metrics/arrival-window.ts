/**
 * What a run did while requests still arrived. After the last arrival a run drains: the batch empties and rates fall,
 * so rates over the whole run say less than the deployment can do, the more so the shorter the run. The window also
 * tells whether the deployment keeps up with its load. One that does not has no steady state: its queue grows for as
 * long as the load lasts, and so do its latencies.
 */
import type { RunRecord, RunSpan, Timeline } from '../record/run-record.ts';

/** From the first arrival to the last. */
export interface ArrivalWindow {
  /** Seconds. */
  duration_s: number;
  /** Requests that arrived, refused ones included, and requests that finished, per second. */
  arrival_rate: number;
  request_throughput: number;
  /** Output tokens written, per second. */
  output_throughput: number;
}

/**
 * How a deployment falls behind. It does if the mean queue in the last tenth of the arrival window is more than twice
 * the mean queue in its first half, and longer by at least 8 requests and by 1 % of the requests sent.
 */
export interface Overload {
  /**
   * Requests accepted and requests finished per second, in the second half of the window; what the timeline counts in the
   * interval in which that begins is taken to be spread evenly.
   */
  arrival_rate: number;
  completion_rate: number;
  /** Mean number of waiting requests in the first half of the window and in its last tenth. */
  waiting_first_half: number;
  waiting_end: number;
}

/** Null where all requests arrive at one moment, or none does. */
export function arrivalWindow({ timeline, totals }: RunRecord): ArrivalWindow | null {
  const window = windowOf(totals.span);
  if (window === null) return null;
  const { fromUs, toUs } = window;
  const seconds = (toUs - fromUs) / 1e6;
  return {
    duration_s: seconds,
    arrival_rate: totals.conservation.arrived / seconds,
    request_throughput: totals.span.finishedByLastArrival / seconds,
    output_throughput: integral(timeline, totals.endUs, 'outputTokens', fromUs, toUs) / seconds,
  };
}

/** Null where the deployment keeps up. */
export function overload({ timeline, totals }: RunRecord): Overload | null {
  const window = windowOf(totals.span);
  if (window === null) return null;
  const { fromUs, toUs } = window;
  const lengthUs = toUs - fromUs;
  const meanQueue = (from: number, to: number) =>
    integral(timeline, totals.endUs, 'waiting', from, to) / Math.max(1, to - from);
  const middleUs = fromUs + lengthUs / 2;
  const early = meanQueue(fromUs, middleUs);
  const late = meanQueue(toUs - lengthUs / 10, toUs);
  if (late <= 2 * early || late - early < Math.max(8, totals.conservation.arrived / 100)) return null;
  const seconds = (toUs - middleUs) / 1e6;
  return {
    arrival_rate: integral(timeline, totals.endUs, 'accepted', middleUs, totals.endUs) / seconds,
    completion_rate:
      (totals.span.finishedByLastArrival - integral(timeline, totals.endUs, 'finished', 0, middleUs)) / seconds,
    waiting_first_half: early,
    waiting_end: late,
  };
}

function windowOf({ firstArrivalUs, lastArrivalUs }: RunSpan): { fromUs: number; toUs: number } | null {
  return lastArrivalUs > firstArrivalUs ? { fromUs: firstArrivalUs, toUs: lastArrivalUs } : null;
}

/**
 * A series over part of the run: the tokens or requests in it, or waiting requests times microseconds. An interval that is only partly
 * inside gives its share, as if what it holds were spread evenly.
 */
function integral(
  timeline: Timeline,
  endUs: number,
  series: 'outputTokens' | 'waiting' | 'accepted' | 'finished',
  fromUs: number,
  toUs: number,
): number {
  const { count, intervalUs, [series]: values } = timeline;
  let sum = 0;
  for (let i = Math.floor(fromUs / intervalUs); i < count && i * intervalUs < toUs; i++) {
    const startUs = i * intervalUs;
    const stopUs = Math.min(startUs + intervalUs, endUs);
    const insideUs = Math.min(stopUs, toUs) - Math.max(startUs, fromUs);
    if (insideUs > 0)
      sum += series === 'waiting' ? values[i]! * insideUs : (values[i]! * insideUs) / (stopUs - startUs);
  }
  return sum;
}

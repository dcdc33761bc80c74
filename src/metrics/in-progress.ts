/**
 * How many requests were between two moments of their lives, over time: sent and not answered, or writing. It needs only
 * what a client sees, so that a measured run and a simulated one can be drawn in the same way.
 */

/** Means over intervals of equal length, from time 0. */
export interface InProgress {
  readonly intervalS: number;
  readonly values: number[];
}

/**
 * Time-weighted mean number of requests in each of `intervals` intervals from 0 to `untilUs`. Request `i` counts from
 * `fromUs[i]` to `toUs[i]`; one with a NaN never does.
 */
export function inProgress(fromUs: Float64Array, toUs: Float64Array, untilUs: number, intervals: number): InProgress {
  const widthUs = untilUs / intervals;
  const values = new Array<number>(intervals).fill(0);
  for (let i = 0; i < fromUs.length; i++) {
    const [from, to] = [fromUs[i]!, Math.min(toUs[i]!, untilUs)];
    // Every comparison with NaN is false.
    if (!(to > from)) continue;
    const last = Math.min(intervals - 1, Math.floor(to / widthUs));
    for (let k = Math.floor(from / widthUs); k <= last; k++) {
      values[k]! += (Math.min(to, (k + 1) * widthUs) - Math.max(from, k * widthUs)) / widthUs;
    }
  }
  return { intervalS: widthUs / 1e6, values };
}

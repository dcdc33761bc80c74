/** A queue's customers as the load batches that a timeline would give: the last three quarters of the time of arrivals. */
import { LOAD_BATCHES, type LoadBatches } from '../../../src/metrics/statistics/load-batches.ts';
import type { Customers } from './lindley.ts';

export function loadOfQueue({ arrivals, waits, departures }: Customers): LoadBatches {
  const end = arrivals[arrivals.length - 1]!;
  const start = end / 4;
  const seconds = (end - start) / LOAD_BATCHES;
  const batches = Array.from(
    { length: LOAD_BATCHES },
    (_, i) => [start + i * seconds, start + (i + 1) * seconds] as const,
  );
  const overlaps = (from: (i: number) => number, to: (i: number) => number) =>
    batches.map(([low, high]) => {
      let sum = 0;
      for (let i = 0; i < arrivals.length; i++) sum += Math.max(0, Math.min(high, to(i)) - Math.max(low, from(i)));
      return sum / seconds;
    });
  const counts = (times: Float64Array) =>
    batches.map(([low, high]) => times.filter((time) => time >= low && time < high).length);
  return {
    seconds,
    inSystem: overlaps(
      (i) => arrivals[i]!,
      (i) => departures[i]!,
    ),
    waiting: overlaps(
      (i) => arrivals[i]!,
      (i) => arrivals[i]! + waits[i]!,
    ),
    arrived: counts(arrivals),
    finished: counts(departures),
  };
}

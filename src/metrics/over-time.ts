/**
 * What the timeline says about a whole run: means and peaks of the load. The time-weighted means use that an
 * interval's mean times its length is exact; the last interval counts only as far as the run reached into it.
 */
import type { Timeline } from '../record/run-record.ts';

/** Part of `Summary.sim`. */
export interface OverTime {
  /** Share of KV blocks in use, 0 to 1: mean over time and replicas, and the largest of any replica. */
  kv_cache_usage_mean: number | null;
  kv_cache_usage_max: number | null;
  /** Mean number of requests over time, all replicas. */
  num_requests_running_mean: number | null;
  num_requests_waiting_mean: number | null;
}

/** Means and peaks over a run that ended at `endUs`; null where it has no timeline. */
export function overTime(timeline: Timeline, endUs: number): OverTime {
  const mean = (values: Float64Array) => timeWeightedMean(values, timeline, endUs);
  return {
    kv_cache_usage_mean: mean(timeline.kvUsage),
    kv_cache_usage_max: largest(timeline.kvUsageMax),
    num_requests_running_mean: mean(timeline.running),
    num_requests_waiting_mean: mean(timeline.waiting),
  };
}

function timeWeightedMean(values: Float64Array, { count, intervalUs }: Timeline, endUs: number): number | null {
  let sum = 0;
  let weightUs = 0;
  for (let i = 0; i < count; i++) {
    const coveredUs = Math.max(0, Math.min(intervalUs, endUs - i * intervalUs));
    sum += values[i]! * coveredUs;
    weightUs += coveredUs;
  }
  return weightUs === 0 ? null : sum / weightUs;
}

function largest(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
}

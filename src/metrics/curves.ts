/**
 * What charts need of a run, thinned to a few hundred plain numbers that travel between threads: the quantile
 * function of each latency, and the timeline merged into fewer intervals.
 */
import type { RunRecord, Timeline } from '../record/run-record.ts';
import type { Distribution } from './distribution.ts';
import { distributionOfHistogram } from './distribution.ts';
import { LATENCY_METRICS, type LatencyMetric } from './latency.ts';
import type { Outcomes } from './outcomes.ts';

/** Points of an empirical distribution function, both ascending and equally long; empty where nothing was measured. */
export interface CdfCurve {
  /** Share of the requests (of the gaps, for itl), from 0 to 1. */
  shares: number[];
  /** The quantile at that share, milliseconds. */
  valuesMs: number[];
}

/** Interval `i` covers `i * intervalS` to `(i + 1) * intervalS` seconds. */
export interface TimelineCurves {
  intervalS: number;
  /** Where the run ended, seconds; the last interval may reach beyond. */
  endS: number;
  /** Mean numbers of requests, all replicas. */
  running: number[];
  waiting: number[];
  /** Share of KV blocks in use, 0 to 1: mean, and the largest of any replica. */
  kvUsage: number[];
  kvUsageMax: number[];
  /** Tokens per second. */
  promptTokensPerS: number[];
  outputTokensPerS: number[];
  /** Preemptions in the interval. */
  preemptions: number[];
}

export interface RunCurves {
  cdf: Record<LatencyMetric, CdfCurve>;
  timeline: TimelineCurves;
}

/** Every percentile and a little of the tail, so that the percentiles people quote are points of the curve. */
const SHARES = [...Array.from({ length: 100 }, (_, i) => i / 100), 0.995, 0.999, 1];
/** Most points of a line. */
const TIMELINE_POINTS = 240;

/** Thins a run for charts. */
export function runCurves(record: RunRecord, outcomes: Outcomes): RunCurves {
  const latencies = { ...outcomes.all.latencies, itl: distributionOfHistogram(record.interTokenUs) };
  const cdf = Object.fromEntries(LATENCY_METRICS.map((metric) => [metric, cdfCurve(latencies[metric])]));
  return {
    cdf: cdf as Record<LatencyMetric, CdfCurve>,
    timeline: timelineCurves(record.timeline, record.totals.endUs),
  };
}

/** The quantile function of a latency in microseconds, thinned. */
export function cdfCurve(distribution: Distribution): CdfCurve {
  if (distribution.count === 0) return { shares: [], valuesMs: [] };
  return { shares: [...SHARES], valuesMs: SHARES.map((share) => distribution.quantile(share)! / 1000) };
}

function timelineCurves(timeline: Timeline, endUs: number): TimelineCurves {
  const { count, intervalUs } = timeline;
  const group = Math.max(1, Math.ceil(count / TIMELINE_POINTS));
  // The last interval is only as long as the run.
  const coveredUs = Float64Array.from({ length: count }, (_, i) => Math.min(intervalUs, endUs - i * intervalUs));
  const merge = (values: Float64Array, combine: (part: Float64Array, partUs: Float64Array) => number): number[] => {
    const merged: number[] = [];
    for (let i = 0; i < count; i += group)
      merged.push(combine(values.subarray(i, i + group), coveredUs.subarray(i, i + group)));
    return merged;
  };
  return {
    intervalS: (intervalUs * group) / 1e6,
    endS: endUs / 1e6,
    running: merge(timeline.running, weightedMean),
    waiting: merge(timeline.waiting, weightedMean),
    kvUsage: merge(timeline.kvUsage, weightedMean),
    kvUsageMax: merge(timeline.kvUsageMax, (part) => part.reduce((most, value) => Math.max(most, value))),
    promptTokensPerS: merge(timeline.promptTokens, perSecond),
    outputTokensPerS: merge(timeline.outputTokens, perSecond),
    preemptions: merge(timeline.preemptions, sumOf),
  };
}

function perSecond(amounts: Float64Array, coveredUs: Float64Array): number {
  return sumOf(amounts) / (sumOf(coveredUs) / 1e6);
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / sumOf(weights);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * Whether a series of batch means grows, by two intervals that fail in different places. The slope of a least-squares line, its
 * variance multiplied by (1 + r) / (1 - r) for the lag-1 correlation r of its residuals (the effective sample size of Santer et al.,
 * Journal of Geophysical Research 105(D6), 2000), is sharp but too sure of itself on a random walk, which a queue near its capacity resembles. The mean of the steps from
 * batch to batch is right for a random walk and only too wide for everything else (Hamilton, Time Series Analysis, 1994, chapter 17:
 * first differences of a process with a unit root and drift).
 */
import { type MeanInterval, meanInterval } from './confidence.ts';
import { studentQuantile } from './student.ts';

export interface Trend {
  /** Growth a batch, by the line. */
  readonly slope: MeanInterval;
  /** Growth a batch, by the steps. */
  readonly steps: MeanInterval;
}

/** Of at least three batch means, one a batch. */
export function trendOf(batchMeans: readonly number[], level = 0.95): Trend {
  const steps = batchMeans.slice(1).map((value, i) => value - batchMeans[i]!);
  return { slope: slopeOf(batchMeans, level), steps: meanInterval(steps, level) };
}

function slopeOf(values: readonly number[], level: number): MeanInterval {
  const n = values.length;
  const middle = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const spread = (n * (n * n - 1)) / 12;
  const slope = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) / spread;
  const residuals = values.map((value, i) => value - mean - slope * (i - middle));
  const squares = residuals.reduce((sum, each) => sum + each * each, 0);
  if (squares <= 1e-24 * mean * mean * n) return { mean: slope, low: slope, high: slope, values: n };
  const products = residuals.slice(1).reduce((sum, each, i) => sum + each * residuals[i]!, 0);
  const correlation = Math.max(0, products / squares);
  const inflation = (1 + correlation) / (1 - correlation);
  const half = studentQuantile((1 + level) / 2, n - 2) * Math.sqrt((squares * inflation) / (n - 2) / spread);
  return { mean: slope, low: slope - half, high: slope + half, values: n };
}

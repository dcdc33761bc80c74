/**
 * The mean of a few replications and how far it can be trusted: Student's t interval over seeds, whose draws are
 * independent (Law, Simulation Modeling and Analysis, 5th ed., chapter 9). It is exact where replications are normally
 * distributed, and close where each is a mean over many requests.
 */
import { studentQuantile } from './student.ts';

export interface MeanInterval {
  readonly mean: number;
  /** Null with a single value, which says nothing about its spread. */
  readonly low: number | null;
  readonly high: number | null;
  readonly values: number;
}

/** The mean and its interval at a confidence `level`, which lies between 0 and 1; at least one value. */
export function meanInterval(values: readonly number[], level = 0.95): MeanInterval {
  const { mean, variance } = moments(values);
  if (variance === null) return { mean, low: null, high: null, values: values.length };
  const half = halfWidth(variance, values.length, level);
  return { mean, low: mean - half, high: mean + half, values: values.length };
}

/**
 * The geometric mean of ratios, with the interval of their logarithms: half and double are equally far from 1, and no bound is below 0. All
 * values above 0.
 */
export function ratioInterval(values: readonly number[], level = 0.95): MeanInterval {
  const { mean, low, high } = meanInterval(values.map(Math.log), level);
  const of = (bound: number | null) => (bound === null ? null : Math.exp(bound));
  // One value, or equal ones, are their own mean to the last digit.
  const only = values.every((value) => value === values[0]);
  if (only) return meanInterval(values, level);
  return { mean: Math.exp(mean), low: of(low), high: of(high), values: values.length };
}

/** Half the width of the interval of a mean of `count` values, two at least, with that sample variance. */
export function halfWidth(variance: number, count: number, level: number): number {
  return variance === 0 ? 0 : studentQuantile((1 + level) / 2, count - 1) * Math.sqrt(variance / count);
}

export interface Moments {
  readonly mean: number;
  /** The sample's, divided by one less than the count; null with a single value. */
  readonly variance: number | null;
}

export function moments(values: readonly number[]): Moments {
  const n = values.length;
  // Equal values have a variance of exactly 0, which their mean's last digit would spoil.
  if (n > 0 && values.every((value) => value === values[0])) return { mean: values[0]!, variance: n < 2 ? null : 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, variance: null };
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) };
}

/** The level at which each of so many intervals has to be taken for all to hold at `level` together (Bonferroni). */
export function levelOfEach(level: number, intervals: number): number {
  return 1 - (1 - level) / intervals;
}

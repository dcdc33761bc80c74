/**
 * How many replications are enough, by how wide half of the interval may be: at most β for an absolute bound (Chow and Robbins, Annals of
 * Mathematical Statistics 36, 1965), at most γ / (1 + γ) of the mean for a relative one, so that the error relative to the true mean is at most γ
 * (Law, Simulation Modeling and Analysis, 5th ed., chapter 9). The promise, that the interval holds the truth with the stated probability,
 * is exact only as the bound goes to zero; Law advises ten replications at least and a bound of 15 % at most.
 */
import { InputError } from '../../core/input-error.ts';
import { parseDurationUs } from '../../core/units.ts';
import { halfWidth, moments } from './confidence.ts';

/** Where half the width of the interval has to come to. */
export type Precision =
  /** Of the mean, above 0 and below 1. */
  | { readonly kind: 'relative'; readonly share: number }
  /** In the unit of the values. */
  | { readonly kind: 'absolute'; readonly amount: number };

const MOST = 1000;

/** How many replications should be enough if mean and variance stay what they are: the fewest above the number of values, `most` at most. */
export function replicationsNeeded(values: readonly number[], precision: Precision, level = 0.95, most = MOST): number {
  let [low, high] = [values.length + 1, most];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPreciseEnough(values, middle, precision, level)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A precision and what it is of. */
export interface PrecisionOf {
  readonly precision: Precision;
  /** The amount of an absolute one was given as a duration, and is in microseconds. */
  readonly isDuration: boolean;
  readonly metric: string;
}

/** As a study writes it: `5% of ttft_p99`, `20ms of tpot_mean`, `0.01 of goodput`. Throws InputError. */
export function parsePrecision(text: string): PrecisionOf {
  const [, amount, metric] = /^\s*(\S+)\s+of\s+(\S.*?)\s*$/.exec(text) ?? [];
  const precision = amount === undefined ? null : precisionOf(amount);
  if (precision === null)
    throw new InputError(
      `${JSON.stringify(text)} is not a precision; expected half the width of the interval and a metric, such as 5% of ttft_p99, 20ms of tpot_mean or 0.01 of goodput`,
    );
  return { precision, isDuration: precision.kind === 'absolute' && Number.isNaN(Number(amount)), metric: metric! };
}

function precisionOf(text: string): Precision | null {
  if (text.endsWith('%')) {
    const share = Number(text.slice(0, -1) || Number.NaN) / 100;
    return share > 0 && share < 1 ? { kind: 'relative', share } : null;
  }
  const amount = Number(text);
  if (!Number.isNaN(amount))
    return amount > 0 && amount < Number.POSITIVE_INFINITY ? { kind: 'absolute', amount } : null;
  const us = /^\d/.test(text) && /[a-zµ]$/i.test(text) ? parseDurationUs(text) : 0;
  return us > 0 ? { kind: 'absolute', amount: us } : null;
}

/** Whether `count` replications with the mean and variance of these values are enough. */
function isPreciseEnough(values: readonly number[], count: number, precision: Precision, level: number): boolean {
  const { mean, variance } = moments(values);
  if (variance === null) return false;
  return halfWidth(variance, count, level) <= halfWidthAllowed(precision, mean);
}

/** In the unit of the mean. */
export function halfWidthAllowed(precision: Precision, mean: number): number {
  switch (precision.kind) {
    case 'absolute':
      return precision.amount;
    case 'relative':
      return (precision.share / (1 + precision.share)) * Math.abs(mean);
  }
}

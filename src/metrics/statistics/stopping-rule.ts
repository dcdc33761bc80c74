/**
 * How many replications are enough: Law and Kelton's sequential procedure. Replications are added one at a time, ten at least, until
 * half the width of the interval is small enough: at most β for an absolute bound (Chow and Robbins, Annals of Mathematical Statistics 36,
 * 1965), at most γ / (1 + γ) of the mean for a relative one, so that the error relative to the true mean is at most γ (Law, Simulation
 * Modeling and Analysis, 5th ed., section 9.4.1; Law, Kelton and Koenig, Communications in Statistics B10, 1981). The promise, that the
 * interval holds the truth with the stated probability, is exact only as the bound goes to zero; with ten replications at least and a bound
 * of 15 % at most it was found to be close.
 *
 * Replications count in the order of their seeds, and the first number that is enough is the answer: those that happened to be run beyond it are
 * left out, so that the outcome does not depend on how many ran at a time.
 */
import { InputError } from '../../core/input-error.ts';
import { parseDurationUs } from '../../core/units.ts';
import { halfWidth, type MeanInterval, meanInterval, moments } from './confidence.ts';

/** Where half the width of the interval has to come to. */
export type Precision =
  /** Of the mean, above 0 and below 1. */
  | { readonly kind: 'relative'; readonly share: number }
  /** In the unit of the values. */
  | { readonly kind: 'absolute'; readonly amount: number };

export interface StoppingRule {
  readonly precision: Precision;
  /** Default 0.95. */
  readonly level?: number;
  /** Replications before the rule is asked. Default 10. */
  readonly fewest?: number;
  /** Replications after which the study ends in any case. Default 1000. */
  readonly most?: number;
}

export type StoppingAnswer =
  | {
      readonly kind: 'enough';
      readonly replications: number;
      readonly interval: MeanInterval;
      readonly because: string;
    }
  /** `replications` is the number to have next, in all: as many as should be enough if the variance stays what it is. */
  | {
      readonly kind: 'more';
      readonly replications: number;
      readonly interval: MeanInterval | null;
      readonly because: string;
    }
  /** The most that are allowed are not enough. */
  | {
      readonly kind: 'limit';
      readonly replications: number;
      readonly interval: MeanInterval;
      readonly because: string;
    };

const FEWEST = 10;
const MOST = 1000;

/** What to do after replications with these values, in the order of their seeds. */
export function stopping(values: readonly number[], rule: StoppingRule): StoppingAnswer {
  const { precision, level = 0.95, fewest = FEWEST, most = MOST } = rule;
  const first = Math.max(2, Math.min(fewest, most));
  const bound = boundText(precision);
  for (let n = first; n <= Math.min(values.length, most); n++) {
    const some = values.slice(0, n);
    if (!isPreciseEnough(some, n, precision, level)) continue;
    const because = `after ${n} replications half the ${percent(level)} interval is ${widthText(some, precision, level)}, within ${bound}`;
    return { kind: 'enough', replications: n, interval: meanInterval(some, level), because };
  }
  if (values.length < first)
    return {
      kind: 'more',
      replications: first,
      interval: null,
      because: `the rule needs ${first} replications to begin with`,
    };
  const known = values.slice(0, most);
  const interval = meanInterval(known, level);
  const width = widthText(known, precision, level);
  if (values.length >= most)
    return {
      kind: 'limit',
      replications: most,
      interval,
      because: `${most} replications are not enough: half the ${percent(level)} interval is ${width}, not within ${bound}`,
    };
  const replications = replicationsNeeded(known, precision, level, most);
  const because = `half the ${percent(level)} interval of ${known.length} replications is ${width}, not within ${bound}: about ${replications} are needed`;
  return { kind: 'more', replications, interval, because };
}

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

/**
 * A precision and what it is of, as a study writes it: `5% of ttft_p99`, `20ms of tpot_mean`, `0.01 of goodput_share`. A duration is in
 * microseconds. Throws InputError.
 */
export function parsePrecision(text: string): { readonly precision: Precision; readonly metric: string } {
  const [, amount, metric] = /^\s*(\S+)\s+of\s+([A-Za-z_][\w.]*)\s*$/.exec(text) ?? [];
  const precision = amount === undefined ? null : precisionOf(amount);
  if (precision === null)
    throw new InputError(
      `${JSON.stringify(text)} is not a precision; expected half the width of the interval and a metric, such as 5% of ttft_p99, 20ms of tpot_mean or 0.01 of goodput_share`,
    );
  return { precision, metric: metric! };
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
  const half = halfWidth(variance, count, level);
  switch (precision.kind) {
    case 'absolute':
      return half <= precision.amount;
    case 'relative':
      return half <= (precision.share / (1 + precision.share)) * Math.abs(mean);
  }
}

function widthText(values: readonly number[], precision: Precision, level: number): string {
  const { mean, variance } = moments(values);
  const half = halfWidth(variance!, values.length, level);
  return precision.kind === 'absolute' ? digits(half) : `${digits((100 * half) / Math.abs(mean))} % of the mean`;
}

function boundText(precision: Precision): string {
  if (precision.kind === 'absolute') return digits(precision.amount);
  return `${digits((100 * precision.share) / (1 + precision.share))} % (for an error of ${percent(precision.share)} of the true mean)`;
}

function percent(share: number): string {
  return `${digits(100 * share)} %`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

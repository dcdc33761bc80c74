/**
 * Figures of a metric on a page, where those of all variants stand below each other or along an axis: one unit for all, said once
 * in the header. Half an interval's width is given to two digits, and the mean to as many decimals: `235 ± 41`.
 */
import { formatCount, threeDigits } from '../core/units.ts';
import type { MetricUnit } from '../metrics/metric-names.ts';
import type { Estimate, VersusBaseline } from '../metrics/study-statistics.ts';
import { NO_VALUE } from './format.ts';

export interface FigureText {
  /** What stands behind a number: `s`, `%`, `tokens/s`; empty for counts, and for dollars, whose sign stands before it. */
  readonly unit: string;
  /** `1.28` */
  readonly plain: (value: number) => string;
  /** `1.28 ± 0.05`; `1.28 (1.20 to 1.41)` where the interval leans to one side; the mean alone without an interval. */
  readonly plainEstimate: (estimate: Estimate | null) => string;
  /** The same with the unit. */
  readonly estimate: (estimate: Estimate | null) => string;
  /** `± 0.05`, or both ends; empty without an interval. */
  readonly interval: (estimate: Estimate) => string;
  /** A label of an axis, of round values: `1.5`. */
  readonly tick: (value: number) => string;
  /** The unit that is shown, in that of the metric. */
  readonly unitSize: number;
}

/** For all of these values of a metric. */
export function figureText(unit: MetricUnit, values: readonly (number | null)[]): FigureText {
  const { sign = '', unit: name, scale } = scaleOf(unit, values);
  const plain = (value: number) => `${minus(value)}${sign}${threeDigits(Math.abs(value) * scale)}`;
  const interval = (estimate: Estimate) => intervalText(estimate, scale, sign);
  const plainEstimate = (estimate: Estimate | null) => {
    if (estimate === null) return NO_VALUE;
    const text = interval(estimate);
    if (text === '') return plain(estimate.mean);
    if (estimate.low === estimate.high) return `${plain(estimate.mean)} ${text}`;
    const mean = fixed(Math.abs(estimate.mean) * scale, decimalsOf(estimate, scale));
    return `${minus(estimate.mean)}${sign}${mean} ${text}`;
  };
  return {
    unit: name,
    plain,
    interval,
    plainEstimate,
    estimate: (estimate) => `${plainEstimate(estimate)}${estimate === null || name === '' ? '' : ` ${name}`}`,
    unitSize: 1 / scale,
    tick: (value) => `${minus(value)}${sign}${tickText(Math.abs(value) * scale)}`,
  };
}

interface Scaled {
  readonly sign?: string;
  readonly unit: string;
  /** What a value is multiplied with. */
  readonly scale: number;
}

function scaleOf(unit: MetricUnit, values: readonly (number | null)[]): Scaled {
  switch (unit) {
    case 'ms':
      return durationScale(
        values.flatMap((value) => (value !== null && Number.isFinite(value) ? [Math.abs(value)] : [])),
      );
    case 'share':
      return { unit: '%', scale: 100 };
    case 'tok/s':
      return { unit: 'tokens/s', scale: 1 };
    case 'req/s':
      return { unit: 'requests/s', scale: 1 };
    case '$':
      return { sign: '$', unit: '', scale: 1 };
    case 'tokens':
      return { unit: 'tokens', scale: 1 };
    case 'count':
      return { unit: '', scale: 1 };
  }
}

/** Milliseconds unless one of them is a second or more, minutes where all are two or more. */
function durationScale(sizes: readonly number[]): Scaled {
  const positive = sizes.filter((size) => size > 0);
  if (positive.length > 0 && Math.min(...positive) >= 120_000) return { unit: 'min', scale: 1 / 60_000 };
  return Math.max(0, ...positive) >= 1000 ? { unit: 's', scale: 1 / 1000 } : { unit: 'ms', scale: 1 };
}

/** One side of an interval over the other from which on both ends are written out. */
const LEANING = 1.15;
/** Decimals of a mean beyond those of three digits that a narrow interval may ask for. */
const MOST_EXTRA = 1;

function intervalText({ mean, low, high }: Estimate, scale: number, sign: string): string {
  if (low === null || high === null) return '';
  if (low === high) return '± 0';
  const [below, above] = [(mean - low) * scale, (high - mean) * scale];
  const decimals = decimalsOf({ mean, low, high }, scale);
  if (Math.max(below, above) <= LEANING * Math.min(below, above)) return `± ${halfText((above + below) / 2, decimals)}`;
  const [from, to] = [low, high].map((value) => `${minus(value)}${sign}${fixed(Math.abs(value) * scale, decimals)}`);
  return `(${from} to ${to})`;
}

/** A width that no decimal shows is still one. */
function halfText(half: number, decimals: number): string {
  const text = fixed(half, decimals);
  return Number(text.replaceAll(',', '')) === 0 ? `< ${fixed(10 ** -decimals, decimals)}` : text;
}

/** So many that half the width shows two digits, within reason. */
function decimalsOf({ mean, low, high }: Pick<Estimate, 'mean' | 'low' | 'high'>, scale: number): number {
  const half = ((high! - low!) / 2) * scale;
  const three = Math.max(0, 2 - magnitude(mean * scale));
  const wanted = half === 0 ? three : 1 - magnitude(half);
  return Math.min(Math.max(0, wanted), mean === 0 ? 12 : three + MOST_EXTRA, 12);
}

function magnitude(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value) * (1 + 1e-12)));
}

function fixed(value: number, decimals: number): string {
  return decimals === 0 ? formatCount(value) : value.toFixed(decimals);
}

function tickText(value: number): string {
  return value >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3)));
}

/** A minus sign as long as a plus. */
function minus(value: number): string {
  return value < 0 ? '−' : '';
}

/** From twice as much on, ratios are told as factors; and where their interval reaches to ten times as much. */
const FACTOR = 2;
const FACTOR_AT_MOST = 10;

/**
 * Against the baseline: `−37 % (−42 to −31 %)`, `3.14 times (2.80 to 3.50)`; of shares, in percentage points, `−3.1 points
 * (−4.0 to −2.2)`. Without an interval, the middle alone.
 */
export function versusText(unit: MetricUnit, { difference, ratio, significant }: VersusBaseline): string {
  const { mean, low, high } = difference;
  if (mean === 0 && !low && !high) return 'the same';
  if (unit === 'share')
    return signedRange({ mean: mean * 100, low: times100(low), high: times100(high) }, ' points', '');
  // A ratio that speaks against the verdict, which is the difference's, would confuse.
  if (ratio === null || (low !== null && isUnequal(ratio) !== significant)) {
    const text = figureText(unit, [mean, low, high]);
    return ranged(
      difference,
      (value) => `${value > 0 ? '+' : ''}${text.plain(value)}`,
      text.unit && ` ${text.unit}`,
      '',
    );
  }
  if (ratio.mean >= FACTOR || (ratio.high ?? 0) >= FACTOR_AT_MOST) return ranged(ratio, threeDigits, ' times', '');
  const above1 = (value: number | null) => (value === null ? null : (value - 1) * 100);
  return signedRange({ mean: above1(ratio.mean)!, low: above1(ratio.low), high: above1(ratio.high) }, ' %', ' %');
}

function isUnequal({ low, high }: Estimate): boolean {
  return low !== null && high !== null && (low > 1 || high < 1);
}

type Interval = Pick<Estimate, 'mean' | 'low' | 'high'>;

function times100(value: number | null): number | null {
  return value === null ? null : value * 100;
}

function signedRange(interval: Interval, unit: string, inside: string): string {
  const { mean, low, high } = interval;
  const half = low === null || high === null ? Math.abs(mean) : (high - low) / 2;
  const size = half === 0 ? Math.abs(mean) : half;
  // A width of 1.4 to two digits, one of 5.2 to one.
  const digits = size / 10 ** magnitude(size) < 3 ? 1 : 0;
  const decimals = Math.min(2, Math.max(0, digits - magnitude(size)));
  return ranged(interval, (value) => plus(value, decimals), unit, inside);
}

function plus(value: number, decimals: number): string {
  const text = fixed(Math.abs(value), decimals);
  if (Number(text.replaceAll(',', '')) === 0) return '0';
  return `${value < 0 ? '−' : '+'}${text}`;
}

function ranged({ mean, low, high }: Interval, text: (value: number) => string, unit: string, inside: string): string {
  const middle = `${text(mean)}${unit}`;
  return low === null || high === null ? middle : `${middle} (${text(low)} to ${text(high)}${inside})`;
}

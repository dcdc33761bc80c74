/**
 * Scales of measured quantities: from zero where the values leave room for it, logarithmic where they span more than a
 * factor of twenty, and cut off below where they lie so close together that zero would flatten them. The title says which.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { logTicks, roundOutward, type Tick } from './axis.ts';

/** What an axis shows. */
export interface Quantity {
  /** With its unit, where the labels do not have it. */
  readonly title: string;
  /** Of a label: round values. */
  readonly format: (value: number) => string;
  /** The unit of the labels, in that of the values: labels are round in it. */
  readonly unitSize: number;
}

export interface QuantityScale {
  /** Pixel position of a value; of one beyond the ends, the end's. */
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
  /** The values at its ends. */
  readonly domain: readonly [number, number];
  /** What to add to the title: `, log scale`, `, not from 0` or nothing. */
  readonly note: string;
}

/** Largest over smallest value from which on the scale is logarithmic. */
const LOG_FROM = 20;
/** Smallest over largest value from which on the scale does not begin at zero. */
const CLOSE = 0.5;

/** Covers all values, which may be negative; null where there is none. `most`: labels. */
export function quantityScale(
  values: readonly number[],
  pixels: readonly [number, number],
  { format, unitSize }: Omit<Quantity, 'title'>,
  most: number,
): QuantityScale | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  if (low > 0 && high / low >= LOG_FROM) return logScale([low, high], pixels, { format, unitSize }, most);
  const isClose = low > 0 && low > CLOSE * high && low < high;
  const from = isClose ? low - (high - low) * 0.15 : Math.min(0, low);
  const scale = scaleLinear([from / unitSize, (high > from ? high : from + 1) / unitSize], [...pixels])
    .nice(most)
    .clamp(true);
  const ticks = scale.ticks(most).map((value) => ({ at: scale(value), text: format(value * unitSize) }));
  const [start, end] = scale.domain() as [number, number];
  return {
    place: (value) => scale(value / unitSize),
    ticks,
    domain: [start * unitSize, end * unitSize],
    note: start > 0 ? ', not from 0' : '',
  };
}

function logScale(
  [low, high]: readonly [number, number],
  pixels: readonly [number, number],
  { format, unitSize }: Omit<Quantity, 'title'>,
  most: number,
): QuantityScale {
  const domain: [number, number] = [
    roundOutward(low / 1.02 / unitSize, 'down'),
    roundOutward((high * 1.02) / unitSize, 'up'),
  ];
  const scale = scaleLog(domain, [...pixels]).clamp(true);
  const ticks = logTicks(domain, most).map((value) => ({ at: scale(value), text: format(value * unitSize) }));
  return {
    place: (value) => scale(value / unitSize),
    ticks,
    domain: [domain[0] * unitSize, domain[1] * unitSize],
    note: ', log scale',
  };
}

/**
 * A figure over a swept setting: a line through the means, a band between the ends of their intervals, and a mark at each
 * value that was simulated. Values of the setting that grow by factors stand on a logarithmic axis.
 */
import { area, line } from 'd3-shape';
import { xAxis, yAxis } from './axis.ts';
import { type Quantity, quantityScale } from './quantity-scale.ts';
import { CHARACTER, chart, coordinate, element, FRAME, type Frame, label, tooltip } from './svg.ts';
import { sweptScale, sweptTicks } from './swept-scale.ts';

export interface CurvePoint {
  /** The setting's value. */
  readonly x: number;
  /** Null where nothing was measured, or where it is withheld. */
  readonly value: { readonly mean: number; readonly low: number | null; readonly high: number | null } | null;
  /** A withheld figure has a cross at the upper edge. */
  readonly withheld: boolean;
  readonly tooltip: string;
}

export interface CurveSeries {
  readonly name: string;
  readonly style: number;
  /** In ascending order. */
  readonly points: readonly CurvePoint[];
}

export interface CurveChart {
  readonly title: string;
  readonly x: { readonly title: string; readonly label: (value: number) => string };
  readonly y: Quantity;
  readonly series: readonly CurveSeries[];
  /** Rules at what the SLO allows. */
  readonly limits: readonly { readonly name: string; readonly value: number }[];
}

/** Lines beyond which bands would cover each other; the intervals of each mark stay. */
export const MOST_BANDS = 3;
/** Pixels between the marks of two lines at one value. */
const DODGE = 3;

const CURVE_FRAME: Frame = { ...FRAME, left: 58 };

/** The chart as SVG text; empty where nothing was measured. */
export function curveChart({ title, x, y, series, limits }: CurveChart): string {
  const frame = CURVE_FRAME;
  const [left, right] = [frame.left, frame.width - frame.right];
  const base = frame.height - frame.bottom;
  const values = series.flatMap(({ points }) => points.flatMap(({ value }) => (value === null ? [] : ends(value))));
  const near = nearLimits(limits, values);
  const highest = frame.top + 10 + crossLevels(series) * CROSS_HEIGHT;
  const up = quantityScale([...values, ...near.map(({ value }) => value)], [base - 4, highest], y, 5);
  if (values.length === 0 || up === null) return '';
  const across = sweptScale(
    series.flatMap(({ points }) => points.map((point) => point.x)),
    [left + 10, right - 10],
  );
  // Side by side, so that intervals do not cover each other.
  const places = series.map((_, i): Place => {
    const aside = (i - (series.length - 1) / 2) * DODGE;
    return { x: (value) => across.place(value) + aside, y: up.place };
  });
  const content = [
    yAxis(frame, up.ticks, `${y.title}${up.note}`),
    xAxis(frame, sweptTicks(across, x.label), `${x.title}${across.isLog ? ', log scale' : ''}`),
    ...near.map(({ name, value }) => limitLine(frame, name, up.place(value))),
    ...(series.length > MOST_BANDS ? [] : series.map((each, i) => band(each, places[i]!))),
    ...series.map((each, i) => curve(each, places[i]!)),
    ...series.map((each, i) => marks(each, places[i]!, frame.top + 2 + (i % MOST_LEVELS) * CROSS_HEIGHT)),
    ...near.map(({ name, value }, i) =>
      limitLabel(frame, { name, y: up.place(value), index: i }, marksOf(series, places)),
    ),
  ];
  return chart(frame, title, content.join(''));
}

interface Place {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Crosses of several lines at one value stand below each other. */
const CROSS_HEIGHT = 9;
const MOST_LEVELS = 4;

/** Lines of crosses for which there has to be room above the curves. */
function crossLevels(series: CurveChart['series']): number {
  const last = series.findLastIndex(({ points }) => points.some(({ withheld }) => withheld));
  return Math.min(MOST_LEVELS, last + 1);
}

/** Limits far above everything would flatten it; the caption or the table tells of them. */
const FAR = 4;

function nearLimits(limits: CurveChart['limits'], values: readonly number[]): CurveChart['limits'] {
  const highest = Math.max(...values);
  return limits.filter(({ value }) => value <= FAR * highest);
}

function ends({ mean, low, high }: NonNullable<CurvePoint['value']>): number[] {
  return [mean, low ?? mean, high ?? mean];
}

function limitLine(frame: Frame, name: string, y: number): string {
  const rule = { class: 'limit', x1: frame.left, x2: frame.width - frame.right, y1: y, y2: y };
  return element('line', rule, tooltip(name));
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function marksOf(series: CurveChart['series'], places: readonly Place[]): Point[] {
  return series.flatMap(({ points }, i) =>
    points.flatMap(({ x, value }) => (value === null ? [] : [{ x: places[i]!.x(x), y: places[i]!.y(value.mean) }])),
  );
}

/** At an end of the line, above or below it, where there are no marks; else beside the axis's title. */
function limitLabel(
  frame: Frame,
  { name, y, index }: { readonly name: string; readonly y: number; readonly index: number },
  marks: readonly Point[],
): string {
  const width = name.length * CHARACTER + 5;
  const [left, right] = [frame.left, frame.width - frame.right];
  const [above, below] = [y - 4, y + 13];
  // Of two limits that are close to each other, one goes above and one below.
  const heights = index % 2 === 0 ? [above, below] : [below, above];
  const places = heights.flatMap((baseline) => [
    { x: left + 5, y: baseline, from: left },
    { x: right - 2, y: baseline, from: right - width, 'text-anchor': 'end' },
  ]);
  const isFree = ({ from, y: baseline }: { readonly from: number; readonly y: number }) =>
    !marks.some(
      (mark) => mark.x >= from && mark.x <= from + width && mark.y >= baseline - 16 && mark.y <= baseline + 8,
    );
  const besideTitle = { x: right, y: frame.top - 17 + index * 13, from: right - width, 'text-anchor': 'end' };
  const { from: _, ...place } = places.find(isFree) ?? besideTitle;
  return label(name, { class: 'limit-name', ...place });
}

/** Stretches of points that stand side by side and fulfil a condition. */
function stretches<T extends CurvePoint>(points: readonly T[], holds: (point: T) => boolean): T[][] {
  const found: T[][] = [[]];
  for (const point of points) {
    if (holds(point)) found.at(-1)!.push(point);
    else if (found.at(-1)!.length > 0) found.push([]);
  }
  return found.filter((stretch) => stretch.length > 1);
}

function band({ style, points }: CurveSeries, { x, y }: Place): string {
  const shape = area<CurvePoint>(
    (point) => x(point.x),
    (point) => y(point.value!.low!),
    (point) => y(point.value!.high!),
  ).digits(1);
  const parts = stretches(points, ({ value }) => value !== null && value.low !== null && value.high !== null);
  return parts.map((part) => element('path', { class: `fill s${style}`, d: shape(part) ?? '' })).join('');
}

function curve({ style, points }: CurveSeries, { x, y }: Place): string {
  const path = line<CurvePoint>(
    (point) => x(point.x),
    (point) => y(point.value!.mean),
  ).digits(1);
  const parts = stretches(points, ({ value }) => value !== null);
  return parts.map((part) => element('path', { class: `curve s${style}`, d: path(part) ?? '' })).join('');
}

function marks({ style, points }: CurveSeries, { x, y }: Place, crossesY: number): string {
  const drawn = points.map((point) => {
    const at = x(point.x);
    const told = tooltip(point.tooltip);
    if (point.value === null)
      return point.withheld
        ? element(
            'path',
            { class: 'cross', d: `M${coordinate(at - 3.5)},${coordinate(crossesY - 3.5)}l7,7m0,-7l-7,7` },
            told,
          )
        : '';
    const { mean, low, high } = point.value;
    const whisker =
      low === null || high === null
        ? ''
        : element('line', { class: 'whisker', x1: at, x2: at, y1: y(low), y2: y(high) });
    return element('g', {}, told + whisker + element('circle', { class: 'dot', cx: at, cy: y(mean), r: 3.6 }));
  });
  return element('g', { class: `s${style}` }, drawn.join(''));
}

/**
 * Candidates by two of their figures, with the front marked: a filled mark is on the front of all objectives that the
 * caller compares, a ring is beaten. A stepped line joins those that are best in the two figures of the chart.
 */
import { paretoFront, type Sense } from '../../metrics/statistics/pareto.ts';
import { xAxis, yAxis } from './axis.ts';
import { placeNames } from './labels.ts';
import { type Quantity, type QuantityScale, quantityScale } from './quantity-scale.ts';
import { chart, coordinate, element, FRAME, label, tooltip } from './svg.ts';

/** A figure with its interval, null where there is none. */
export interface ScatterValue {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface ScatterPoint {
  readonly name: string;
  /** Colour; null where there are more candidates than colours. */
  readonly style: number | null;
  readonly x: ScatterValue;
  readonly y: ScatterValue;
  readonly onFront: boolean;
  /** Both figures in words. */
  readonly tooltip: string;
}

export interface ScatterAxis extends Quantity {
  readonly better: 'less' | 'more';
}

export interface ScatterChart {
  readonly title: string;
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly points: readonly ScatterPoint[];
}

const SCATTER_FRAME = { ...FRAME, left: 58, height: 300 };

/** The chart as SVG text; empty without points. */
export function scatterChart({ title, x, y, points }: ScatterChart): string {
  const frame = SCATTER_FRAME;
  const [left, right] = [frame.left, frame.width - frame.right];
  const [top, base] = [frame.top, frame.height - frame.bottom];
  const across = quantityScale(extent(points.map((point) => point.x)), [left + 8, right - 8], x, 6);
  const up = quantityScale(extent(points.map((point) => point.y)), [base - 8, top + 8], y, 5);
  if (across === null || up === null) return '';
  const placed = points.map((point) => ({
    point,
    name: point.name,
    x: across.place(point.x.mean),
    y: up.place(point.y.mean),
  }));
  const named = [...placed.filter(({ point }) => point.onFront), ...placed.filter(({ point }) => !point.onFront)];
  const names = placeNames(named, placed, { left, right, top: top - 4, bottom: base });
  const content = [
    yAxis(frame, up.ticks, `${y.title}${up.note}, ${betterWords(y.better)}`),
    xAxis(frame, across.ticks, `${x.title}${across.note}, ${betterWords(x.better)}`),
    frontLine(points, x, y, across.place, up.place),
    ...placed.map((each) => mark(each, across, up)),
    ...names.map((each) => label(each.name, { class: 'mark-name', x: each.x, y: each.y, 'text-anchor': each.anchor })),
  ];
  return chart(frame, title, content.join(''));
}

function betterWords(better: ScatterAxis['better']): string {
  return `${better} is better`;
}

/** Room for an interval beyond the means, as a share of what these span: wider ones end at the edge. */
const MOST_WHISKER = 0.35;

function extent(values: readonly ScatterValue[]): number[] {
  const means = values.map(({ mean }) => mean);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const room = MOST_WHISKER * (most - least || Math.abs(most));
  return values.flatMap(({ mean, low, high }) => [
    Math.max(low ?? mean, least - room),
    Math.min(high ?? mean, most + room),
  ]);
}

type Place = (value: number) => number;

/** An interval that leaves the chart is not drawn, since a line from edge to edge says nothing. */
function fits({ low, high }: ScatterValue, { domain: [from, to] }: QuantityScale): boolean {
  return low !== null && high !== null && low >= from && high <= to;
}

function mark(
  { point, x, y }: { point: ScatterPoint; x: number; y: number },
  across: QuantityScale,
  up: QuantityScale,
): string {
  const { x: xs, y: ys, style, onFront } = point;
  const content = [
    tooltip(`${point.name}: ${point.tooltip}`),
    fits(xs, across)
      ? element('line', { class: 'whisker', x1: across.place(xs.low!), x2: across.place(xs.high!), y1: y, y2: y })
      : '',
    fits(ys, up)
      ? element('line', { class: 'whisker', x1: x, x2: x, y1: up.place(ys.low!), y2: up.place(ys.high!) })
      : '',
    element('circle', { class: onFront ? 'dot' : 'ring', cx: x, cy: y, r: onFront ? 5 : 4 }),
  ];
  return element('g', { class: style === null ? 'plain' : `s${style}` }, content.join(''));
}

/** Along a stair: what can be had with at most so much of the one. */
function frontLine(points: readonly ScatterPoint[], x: ScatterAxis, y: ScatterAxis, across: Place, up: Place): string {
  const senses = [x, y].map(({ better }): Sense => (better === 'less' ? 'min' : 'max'));
  const front = paretoFront(
    points.map((point) => [point.x.mean, point.y.mean]),
    senses,
  ).map((i) => points[i]!);
  if (front.length < 2) return '';
  const sorted = front.sort((a, b) => (a.x.mean - b.x.mean) * (x.better === 'less' ? 1 : -1));
  const [first, ...rest] = sorted.map((point) => ({ x: across(point.x.mean), y: up(point.y.mean) }));
  const steps = rest.map((next) => `H${coordinate(next.x)}V${coordinate(next.y)}`);
  return element('path', { class: 'front', d: `M${coordinate(first!.x)},${coordinate(first!.y)}${steps.join('')}` });
}

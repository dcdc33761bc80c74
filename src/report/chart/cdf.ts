/**
 * Distribution functions of a latency over a logarithmic axis: how many of the requests took at most so long. One
 * curve names its percentiles; several are told apart by colour, dashes and a name beside each.
 */
import { bisectLeft } from 'd3-array';
import { area, line } from 'd3-shape';
import type { CdfCurve } from '../../metrics/curves.ts';
import { duration, percent } from '../format.ts';
import { xAxis, yAxis } from './axis.ts';
import { latencyScale, latencyTicks } from './latency-scale.ts';
import { CHARACTER, chart, element, FRAME, type Frame, label, tooltip } from './svg.ts';

export interface CdfSeries {
  readonly name: string;
  /** 0, 1, 2, …: which colour and dash pattern. */
  readonly style: number;
  readonly curve: CdfCurve;
  /** Lowest and highest share of any seed, at each point of the curve; null or left out: no band. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] } | null;
}

export interface CdfChart {
  readonly title: string;
  /** What is on the axis, `TTFT`. */
  readonly metric: string;
  /** What is counted: `requests`, `gaps`. */
  readonly counted: string;
  readonly series: readonly CdfSeries[];
  /** Limits to draw as rules. */
  readonly limits: readonly { readonly name: string; readonly ms: number }[];
  /** Most points a curve; all unless the page has many curves. */
  readonly points?: number;
}

/** The chart as SVG text; empty where no curve has a point. */
export function cdfChart({
  title,
  metric,
  counted,
  series,
  limits,
  points = Number.POSITIVE_INFINITY,
}: CdfChart): string {
  const drawn = series.filter(({ curve }) => curve.valuesMs.length > 0);
  const frame = FRAME;
  const values = [...drawn.flatMap(({ curve }) => curve.valuesMs), ...limits.map(({ ms }) => ms)];
  const x = latencyScale(values, [frame.left, frame.width - frame.right]);
  if (x === null || drawn.length === 0) return '';
  const y = (share: number) => frame.height - frame.bottom - share * (frame.height - frame.bottom - frame.top);
  const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ at: y(share), text: `${share * 100} %` }));
  const place = { x: (ms: number) => x(ms), y, right: frame.width - frame.right };
  const content = [
    yAxis(frame, shares, `Share of ${counted}`),
    xAxis(frame, latencyTicks(x), `${metric}, log scale`),
    ...limits.map((limit, i) => limitRule(frame, limit.name, x(limit.ms), limitHeight(frame, x(limit.ms), i))),
    ...drawn.map((each) => bandPath(each, place)),
    ...drawn.map((each) => curvePath(each, place, points)),
    ...(drawn.length === 1 ? percentileMarks(drawn[0]!.curve, place) : curveNames(drawn, place)),
  ];
  return chart(frame, title, content.join(''));
}

interface Place {
  readonly x: (ms: number) => number;
  readonly y: (share: number) => number;
  /** Right end of the plot. */
  readonly right: number;
}

/** Above the plot there are two lines of text; the upper begins with the title of the axis. */
function limitHeight(frame: Frame, x: number, index: number): number {
  const besideTitle = x > frame.left + 130;
  return index === 0 && besideTitle ? frame.top - 17 : frame.top - 4;
}

/** A vertical rule at an SLO's limit, named at its upper end, at the height `y`. */
export function limitRule(frame: Frame, name: string, x: number, y: number): string {
  const atRight = x > frame.width - 110;
  const line = { class: 'limit', x1: x, x2: x, y1: y - 8, y2: frame.height - frame.bottom };
  const text = {
    class: 'limit-name',
    x: atRight ? x - 5 : x + 5,
    y,
    'text-anchor': atRight ? 'end' : 'start',
  };
  return element('line', line, tooltip(name)) + label(name, text);
}

function bandPath({ style, curve, band }: CdfSeries, { x, y }: Place): string {
  if (band == null) return '';
  const shape = area<number>(
    (ms) => x(ms),
    (_, i) => y(band.low[i]!),
    (_, i) => y(band.high[i]!),
  ).digits(1);
  return element('path', { class: `fill s${style}`, d: shape(curve.valuesMs) ?? '' });
}

function curvePath({ name, style, curve }: CdfSeries, { x, y }: Place, points: number): string {
  const last = curve.valuesMs.length - 1;
  const kept = Array.from({ length: Math.min(points, last + 1) }, (_, i) =>
    last < points ? i : Math.round((i * last) / (points - 1)),
  );
  const path = line<number>(
    (i) => x(curve.valuesMs[i]!),
    (i) => y(curve.shares[i]!),
  ).digits(1)(kept);
  const median = quantile(curve, 0.5);
  const text = `${name}: p50 ${duration(median)}, p99 ${duration(quantile(curve, 0.99))}`;
  return element('path', { class: `curve s${style}`, d: path ?? '' }, tooltip(text));
}

/**
 * Dots at p50, p90 and p99, named where a rising curve always leaves room: below right, or above left where the name
 * would leave the plot.
 */
function percentileMarks(curve: CdfCurve, { x, y, right }: Place): string[] {
  return [0.5, 0.9, 0.99].map((share) => {
    const ms = quantile(curve, share);
    const dot = { class: 'dot s0', cx: x(ms), cy: y(share), r: 3.5 };
    const text = `p${share * 100} ${duration(ms)}`;
    const place =
      x(ms) + 7 + text.length * CHARACTER <= right
        ? { x: x(ms) + 7, y: y(share) + 13 }
        : { x: x(ms) - 5, y: y(share) - 6, 'text-anchor': 'end' };
    return (
      element('circle', dot, tooltip(`${percent(share)} within ${duration(ms)}`)) +
      label(text, { class: 'mark-name', ...place })
    );
  });
}

/** Heights at which a curve may be named, best first. */
const NAME_SHARES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];
/** Half the height of a line, pixels. */
const HALF_LINE = 8;

/** Names right of their curves, if each finds a place before the next curve; a legend names them all anyway. */
function curveNames(series: readonly CdfSeries[], { x, y, right }: Place): string[] {
  const halfLine = HALF_LINE / (y(0) - y(1));
  const xOf = ({ curve }: CdfSeries, share: number) => x(quantile(curve, Math.min(1, Math.max(0, share))));
  const taken: number[] = [];
  for (const each of series) {
    const share = NAME_SHARES.find((candidate) => {
      const start = xOf(each, candidate + halfLine);
      const end = start + 14 + each.name.length * CHARACTER;
      const isLeft = (other: CdfSeries) => other === each || xOf(other, candidate + halfLine) <= start;
      const free = series.every((other) => isLeft(other) || xOf(other, candidate - halfLine) > end);
      return free && end < right && !taken.some((at) => Math.abs(at - candidate) < 2 * halfLine);
    });
    if (share === undefined) return [];
    taken.push(share);
  }
  return series.map((each, i) => {
    const at = { x: xOf(each, taken[i]! + halfLine) + 6, y: y(taken[i]!) + 4 };
    return label(each.name, { class: `series-name s${each.style}`, ...at });
  });
}

/** At a share between the points of the curve. */
function quantile({ shares, valuesMs }: CdfCurve, share: number): number {
  const high = Math.max(1, bisectLeft(shares, share));
  const low = high - 1;
  const part = (share - shares[low]!) / (shares[high]! - shares[low]!);
  return valuesMs[low]! + (valuesMs[high]! - valuesMs[low]!) * part;
}

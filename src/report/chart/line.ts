/** Quantities over simulated time, each line named at its end. */

import { scaleLinear, scaleSymlog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatCount } from '../../core/units.ts';
import { meanOf } from '../../metrics/mean.ts';
import { xAxis, yAxis } from './axis.ts';
import { spread } from './spread.ts';
import { chart, coordinate, element, FRAME, label, NAMED_FRAME, tooltip } from './svg.ts';

export interface TimeSeries {
  readonly name: string;
  readonly style: number;
  /** One value an interval, drawn at the interval's middle. */
  readonly values: readonly number[];
  readonly intervalS: number;
  /** Where the run ended, seconds. */
  readonly endS: number;
  /** `area` and `bars` suit a quantity that stands alone. */
  readonly drawn: 'line' | 'area' | 'bars';
}

export interface LineChart {
  readonly title: string;
  /** Title of the vertical axis with its unit. */
  readonly quantity: string;
  readonly series: readonly TimeSeries[];
  /** Largest value of the axis; as the data need it where left out. */
  readonly top?: number;
  /** Title of the time axis; simulated time where left out. */
  readonly time?: string;
  /** Where the time axis ends, seconds; with the longest run where left out. */
  readonly untilS?: number;
  readonly format: (value: number) => string;
  /** For numbers from 0 to thousands: linear up to 1, logarithmic beyond. */
  readonly log?: boolean;
  /** Label whole numbers only. */
  readonly whole?: boolean;
  /** Most points a line; 240 unless the page has many. */
  readonly points?: number;
}

/** The chart as SVG text; empty where there is no interval. */
export function lineChart(options: LineChart): string {
  const { title, quantity, series, top, untilS, format, log = false, whole = false, points = 240 } = options;
  const timeTitle = options.time ?? 'Simulated time';
  const drawn = series.filter(({ values }) => values.length > 0);
  if (drawn.length === 0) return '';
  const frame = drawn.length === 1 || drawn.some(({ name }) => name !== '') ? NAMED_FRAME : FRAME;
  const endS = Math.min(untilS ?? Number.POSITIVE_INFINITY, Math.max(...drawn.map((each) => each.endS), 1e-6));
  const highest = top ?? Math.max(...drawn.flatMap(({ values }) => values), 1e-6);
  const x = scaleLinear([0, endS], [frame.left, frame.width - frame.right]).clamp(true);
  const heightsOfPlot: [number, number] = [frame.height - frame.bottom, frame.top];
  const y = log
    ? scaleSymlog([0, highest * 1.2], heightsOfPlot).clamp(true)
    : scaleLinear([0, highest], heightsOfPlot).clamp(true);
  if (top === undefined && !log) y.nice(4);
  const time = timeUnit(endS);
  const heights = (log ? powersUpTo(highest * 1.2) : y.ticks(4)).filter((value) => !whole || Number.isInteger(value));
  const content = [
    yAxis(
      frame,
      heights.map((value) => ({ at: y(value), text: format(value) })),
      log ? `${quantity}, log scale above 1` : quantity,
    ),
    xAxis(
      frame,
      scaleLinear([0, endS / time.s], [0, 1])
        .ticks(5)
        .map((value) => ({ at: x(value * time.s), text: String(value) })),
      `${timeTitle}, ${time.name}`,
      false,
    ),
    ...drawn.map((each) => seriesPath(each, endS, x, y, points, format)),
    ...endNames(drawn, frame.width - frame.right + 6, y),
  ];
  return chart(frame, title, content.join(''));
}

type Scale = (value: number) => number;

function seriesPath(
  series: TimeSeries,
  untilS: number,
  x: Scale,
  y: Scale,
  points: number,
  format: (value: number) => string,
): string {
  const { name, style, intervalS, endS, drawn } = series;
  const group = Math.max(1, Math.ceil(series.values.length / points));
  const values = series.values
    .filter((_, i) => i % group === 0)
    .map((_, i) => meanOf(series.values.slice(i * group, (i + 1) * group)))
    .filter((_, i) => i * group * intervalS < untilS);
  const at = (i: number) => x(Math.min(endS, (i + 0.5) * group * intervalS));
  const subject = name === '' ? '' : `${name}: `;
  const text = tooltip(
    `${subject}mean ${format(meanOf(series.values))}, highest ${format(Math.max(...series.values))}`,
  );
  if (drawn === 'bars') {
    const bars = values.map((value, i) =>
      value > 0 ? `M${coordinate(at(i))},${coordinate(y(0))}V${coordinate(y(value))}` : '',
    );
    return element('path', { class: `bars s${style}`, d: bars.join('') }, text);
  }
  const outline =
    line<number>(
      (_, i) => at(i),
      (value) => y(value),
    ).digits(1)(values) ?? '';
  const path = element('path', { class: `curve s${style}${drawn === 'area' ? ' solid' : ''}`, d: outline }, text);
  if (drawn === 'line') return path;
  const filled =
    area<number>(
      (_, i) => at(i),
      y(0),
      (value) => y(value),
    ).digits(1)(values) ?? '';
  return element('path', { class: `fill s${style}`, d: filled }) + path;
}

function endNames(series: readonly TimeSeries[], x: number, y: Scale): string[] {
  const named = series.filter(({ name }) => name !== '');
  const wanted = named.map(({ values }) => y(values.at(-1)!) + 4);
  const places = spread(wanted, 13, [FRAME.top + 4, FRAME.height - FRAME.bottom]);
  return named.map(({ name, style }, i) => label(name, { class: `series-name s${style}`, x, y: places[i]! }));
}

/** 0, 1, 10, 100, … */
function powersUpTo(highest: number): number[] {
  return [0, ...Array.from({ length: Math.floor(Math.log10(Math.max(1, highest))) + 1 }, (_, i) => 10 ** i)];
}

function timeUnit(endS: number): { name: string; s: number } {
  if (endS <= 300) return { name: 's', s: 1 };
  if (endS <= 4 * 3600) return { name: 'min', s: 60 };
  return { name: 'h', s: 3600 };
}

/** `1,500` or `0.25`, for the labels of an axis. */
export function axisNumber(value: number): string {
  return value >= 1000 ? formatCount(value) : String(Math.round(value * 1000) / 1000);
}

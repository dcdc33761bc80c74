/**
 * Variants of a sweep side by side: a row each, with the median of every run and the statistic that matters: the one
 * that the SLO judges, or the 99th percentile.
 */
import { meanOf } from '../../metrics/mean.ts';
import { duration } from '../format.ts';
import { xAxis } from './axis.ts';
import { limitRule } from './cdf.ts';
import { latencyScale, latencyTicks } from './latency-scale.ts';
import { chart, coordinate, element, FRAME, label, tooltip } from './svg.ts';

export interface RangeRow {
  readonly name: string;
  /** Colour; null for a variant that has none because there are more of them than colours. */
  readonly style: number | null;
  /** One entry a run; milliseconds, infinite where too many requests are not served, null where nothing was measured. */
  readonly runs: readonly { readonly seed: number; readonly p50: number | null; readonly tail: number | null }[];
  /** What the dots show, and what it is in words; left out: the means of the runs. */
  readonly estimates?: { readonly p50: number; readonly tail: number; readonly told: string } | null;
  /** The interval of the tail's dot; null or left out where there is none. */
  readonly interval?: { readonly low: number; readonly high: number } | null;
  /** No means are drawn then, but a cross at the right edge. */
  readonly withheld?: boolean;
}

export interface RangeChart {
  readonly title: string;
  /** What is on the axis, `TTFT`. */
  readonly metric: string;
  /** The statistic of the filled dots, `p99`. */
  readonly tail: string;
  readonly rows: readonly RangeRow[];
  readonly limits: readonly { readonly name: string; readonly ms: number }[];
}

const ROW_HEIGHT = 24;
const LINE_HEIGHT = 16;
/** Names are bold: wider than other text. */
const BOLD_CHARACTER = 8.2;
/** Where there is no name of a limit above the plot. */
const TITLE_HEIGHT = 24;
/** Characters of a line of a row's name. */
const LINE_LENGTH = 21;

/** The chart as SVG text; empty where nothing was measured. */
export function rangeChart({ title, metric, tail, rows, limits }: RangeChart): string {
  const values = rows.flatMap(({ runs, estimates, interval }) => [
    ...runs.flatMap((run) => [run.p50, run.tail]),
    ...(estimates == null ? [] : [estimates.p50, estimates.tail]),
    ...(interval == null ? [] : [interval.low, interval.high]),
  ]);
  const measured = values.filter((value) => value !== null && Number.isFinite(value)).map((value) => value!);
  const names = rows.map(({ name }) => nameLines(name));
  const longest = Math.max(6, ...names.flat().map((line) => line.length));
  const rowHeight = ROW_HEIGHT + LINE_HEIGHT * Math.max(0, ...names.map((lines) => lines.length - 1));
  const frame = {
    ...FRAME,
    left: 14 + longest * BOLD_CHARACTER,
    right: 22,
    top: limits.length === 0 ? TITLE_HEIGHT : FRAME.top,
    height: (limits.length === 0 ? TITLE_HEIGHT : FRAME.top) + FRAME.bottom + 12 + rows.length * rowHeight,
  };
  const x = latencyScale([...measured, ...limits.map(({ ms }) => ms)], [frame.left + 8, frame.width - frame.right]);
  if (x === null || measured.length === 0) return '';
  const marks = tail === 'p50' ? '● p50' : `○ p50, ● ${tail}`;
  const content = [
    xAxis(frame, latencyTicks(x), `${metric}: ${marks}, log scale`),
    // Two lines of text above the plot: bounds of two classes may be equal.
    ...limits.map((limit, i) => limitRule(frame, limit.name, x(limit.ms), frame.top - 4 - (i % 2) * LINE_HEIGHT)),
    ...rows.map((row, i) => {
      const y = frame.top + 12 + (i + 0.5) * rowHeight;
      return rowName(row, names[i]!, frame.left - 10, y) + rowMarks(row, tail, y, x, frame.width - frame.right + 12);
    }),
  ];
  return chart(frame, title, content.join(''));
}

/** The name in lines, broken before a sign or at a space; of an endless word the end is kept, where values stand. */
function nameLines(name: string): string[] {
  const lines: string[] = [];
  for (const part of name.split(/ (?=×)/).flatMap((each) => (each.length > LINE_LENGTH ? each.split(' ') : [each]))) {
    const word = part.length > LINE_LENGTH ? `…${part.slice(1 - LINE_LENGTH)}` : part;
    const joined = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && joined.length <= LINE_LENGTH) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

function rowName({ name, style }: RangeRow, lines: readonly string[], x: number, y: number): string {
  const shown = lines.map((line, i) =>
    label(line, {
      class: style === null ? 'row-name' : `series-name s${style}`,
      x,
      y: y + 4 + (i - (lines.length - 1) / 2) * LINE_HEIGHT,
      'text-anchor': 'end',
    }),
  );
  return element('g', {}, tooltip(name) + shown.join(''));
}

type Scale = (ms: number) => number;

function rowMarks(row: RangeRow, tail: string, y: number, x: Scale, end: number): string {
  const color = row.style === null ? 'plain' : `s${row.style}`;
  const runs = row.runs.flatMap(({ seed, p50, tail: late }) =>
    p50 === null || late === null ? [] : [{ seed, p50, late }],
  );
  if (runs.length === 0) return '';
  const single = runs.length === 1 && row.withheld !== true;
  const faint = single ? '' : runs.map((run) => seedMarks(run, row.name, tail, y, x)).join('');
  if (row.withheld) return element('g', { class: color }, faint + withheldMark(row.name, end, y));
  const { p50, tail: late, told } = row.estimates ?? meansOf(runs);
  const never = late === Number.POSITIVE_INFINITY;
  const { interval } = row;
  const content = [
    tooltip(`${row.name}, ${told}: p50 ${duration(p50)}, ${tail} ${never ? '∞' : duration(late)}`),
    element('line', { class: 'span', x1: x(p50), x2: never ? end : x(late), y1: y, y2: y }),
    interval == null || never ? '' : whisker(interval, x, y),
    element('circle', { class: 'ring', cx: x(p50), cy: y, r: 4 }),
    never
      ? label('∞', { class: `series-name ${color}`, x: end + 2, y: y + 4 })
      : element('circle', { class: 'dot', cx: x(late), cy: y, r: 4 }),
  ];
  return element('g', { class: color }, single ? content.join('') : faint + element('g', {}, content.join('')));
}

function withheldMark(name: string, x: number, y: number): string {
  const path = { class: 'cross', d: `M${coordinate(x - 4)},${coordinate(y - 3.5)}l7,7m0,-7l-7,7` };
  return element('path', path, tooltip(`${name}: means are withheld`));
}

/** A small tick for each of several seeds; one that never got there has none. */
function seedMarks(
  { seed, p50, late }: { readonly seed: number; readonly p50: number; readonly late: number },
  name: string,
  tail: string,
  y: number,
  x: Scale,
): string {
  const ticks = [p50, late]
    .filter(Number.isFinite)
    .map((ms) => element('line', { class: 'seed', x1: x(ms), x2: x(ms), y1: y - 5, y2: y + 5 }));
  const told = `${name}, seed ${seed}: p50 ${duration(p50)}, ${tail} ${Number.isFinite(late) ? duration(late) : '∞'}`;
  return element('g', {}, tooltip(told) + ticks.join(''));
}

/** The interval, with its ends crossed. */
function whisker({ low, high }: { readonly low: number; readonly high: number }, x: Scale, y: number): string {
  const [from, to] = [coordinate(x(low)), coordinate(x(high))];
  return element('path', { class: 'interval', d: `M${from},${y - 4}v8m0,-4H${to}m0,-4v8` });
}

function meansOf(runs: readonly { readonly seed: number; readonly p50: number; readonly late: number }[]) {
  return {
    p50: meanOf(runs.map((run) => run.p50)),
    tail: meanOf(runs.map((run) => run.late)),
    told: runs.length === 1 ? `seed ${runs[0]!.seed}` : `mean of ${runs.length} seeds`,
  };
}

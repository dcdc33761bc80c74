/** Variants of a sweep side by side: a row each, with the median and the 99th percentile of every run. */
import { duration } from '../format.ts';
import { xAxis } from './axis.ts';
import { limitRule } from './cdf.ts';
import { latencyScale, latencyTicks } from './latency-scale.ts';
import { chart, element, FRAME, label, tooltip } from './svg.ts';

export interface RangeRow {
  readonly name: string;
  /** Colour; null where there are more variants than colours. */
  readonly style: number | null;
  /** One entry a run; milliseconds, null where nothing was measured. */
  readonly runs: readonly { readonly seed: number; readonly p50: number | null; readonly p99: number | null }[];
}

export interface RangeChart {
  readonly title: string;
  /** What is on the axis, `TTFT`. */
  readonly metric: string;
  readonly rows: readonly RangeRow[];
  readonly limits: readonly { readonly name: string; readonly ms: number }[];
}

const ROW_HEIGHT = 24;
/** Characters of a row's name that fit left of the plot. */
const NAME_LENGTH = 21;

/** The chart as SVG text; empty where nothing was measured. */
export function rangeChart({ title, metric, rows, limits }: RangeChart): string {
  const values = rows.flatMap(({ runs }) => runs.flatMap(({ p50, p99 }) => [p50, p99]));
  const measured = values.filter((value) => value !== null);
  const frame = { ...FRAME, left: 138, right: 22, height: FRAME.top + FRAME.bottom + 12 + rows.length * ROW_HEIGHT };
  const x = latencyScale([...measured, ...limits.map(({ ms }) => ms)], [frame.left + 8, frame.width - frame.right]);
  if (x === null || measured.length === 0) return '';
  const content = [
    xAxis(frame, latencyTicks(x), `${metric}: ○ p50, ● p99, log scale`),
    ...limits.map((limit) => limitRule(frame, limit.name, x(limit.ms))),
    ...rows.map((row, i) => rowMarks(row, frame.left, frame.top + 12 + (i + 0.5) * ROW_HEIGHT, x)),
  ];
  return chart(frame, title, content.join(''));
}

function rowMarks({ name, style: color, runs }: RangeRow, left: number, y: number, x: (ms: number) => number): string {
  const style = color ?? 0;
  const cut = name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
  const marks = runs.flatMap(({ seed, p50, p99 }) => {
    if (p50 === null || p99 === null) return [];
    const content = [
      tooltip(`${name}, seed ${seed}: p50 ${duration(p50)}, p99 ${duration(p99)}`),
      element('line', { class: 'span', x1: x(p50), x2: x(p99), y1: y, y2: y }),
      element('circle', { class: 'ring', cx: x(p50), cy: y, r: 4 }),
      element('circle', { class: 'dot', cx: x(p99), cy: y, r: 4 }),
    ];
    return [element('g', { class: `s${style}` }, content.join(''))];
  });
  return (
    label(cut, {
      class: color === null ? 'row-name' : `series-name s${style}`,
      x: left - 10,
      y: y + 4,
      'text-anchor': 'end',
    }) + marks.join('')
  );
}

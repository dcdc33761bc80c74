/** Curves over a swept number: each metric that changes, with intervals, a line for each combination of the other settings. */
import type { MetricColumn, StudyStatistics, VariantStatistics } from '../metrics/study-statistics.ts';
import { type CurvePoint, curveChart } from './chart/curve.ts';
import { listed } from './format.ts';
import { figure } from './html-figure.ts';
import {
  axisLabel,
  estimateOf,
  isWithheld,
  limitName,
  longLabel,
  type MeasuredVariant,
  measuredVariants,
  textOfMetric,
  toldEstimate,
} from './measured-variants.ts';
import { differs, hasIntervals, levelText, limitsByMetric, toldMetrics } from './study-metrics.ts';
import { SERIES_STYLES } from './style.ts';
import { type Sweep, type SweepAxis, sweepOf } from './sweep-axes.ts';
import type { Variant } from './variants.ts';

/** Values of a setting that make a curve. */
const FEWEST_VALUES = 3;
const MOST_CHARTS = 6;

/** HTML of the section; empty where nothing is swept that has a place on a line, or where nothing changes. */
export function curves(variants: readonly Variant[], statistics: StudyStatistics): string {
  const sweep = sweepOf(variants);
  const across = acrossAxis(sweep.axes);
  const told = toldMetrics(statistics, variants);
  const metrics = told.filter((metric) => differs(statistics.variants, metric)).slice(0, MOST_CHARTS);
  if (across === null || metrics.length === 0) return '';
  const measured = measuredVariants(variants, statistics);
  const axis = sweep.axes[across]!;
  const lines = linesOf(measured, sweep, across);
  const limits = limitsByMetric(variants);
  const charts = metrics.map((metric) => chartOf(metric, axis, measured, lines, limits.get(metric.name) ?? []));
  const steady = told.filter((metric) => !differs(statistics.variants, metric));
  return figure(
    `Over ${axis.header}`,
    charts,
    [
      lines.length > 1 ? `A line for each ${othersOf(sweep, across)}.` : '',
      intervalNote(statistics),
      withheldNote(measured, metrics),
      steady.length === 0 ? '' : `Hardly any change in ${listed(steady.map(({ label }) => label))}.`,
    ],
    lines.length > 1 ? lines.map(({ name }) => name) : [],
  );
}

/** `Means over 5 seeds, with their 95 % intervals.` */
export function intervalNote(statistics: StudyStatistics): string {
  if (!hasIntervals(statistics)) return 'One seed: without intervals, small differences may be chance.';
  const seeds = [...new Set(statistics.variants.map(({ runs }) => runs))];
  const of = seeds.length === 1 ? `${seeds[0]} seeds` : `${Math.min(...seeds)} to ${Math.max(...seeds)} seeds`;
  const isPooled = ({ estimates }: VariantStatistics) =>
    Object.values(estimates).some((each) => each?.method === 'bootstrap');
  const percentiles = statistics.variants.some(isPooled) ? ', percentiles over all runs together' : '';
  return `Means over ${of}${percentiles}, with their ${levelText(statistics.level)} intervals.`;
}

export function withheldNote(measured: readonly MeasuredVariant[], metrics: readonly MetricColumn[]): string {
  const some = measured.some((each) => metrics.some((metric) => isWithheld(each, metric)));
  return some ? 'A cross: withheld, since there is no steady state; the numbers below say why.' : '';
}

/** The numeric axis with most values, if those of the others can be told apart by the style of a line. */
function acrossAxis(axes: readonly SweepAxis[]): number | null {
  const fitting = [...axes.keys()].filter((i) => {
    const combinations = axes.reduce((product, { values }, j) => (j === i ? product : product * values.length), 1);
    return axes[i]!.isNumeric && axes[i]!.values.length >= FEWEST_VALUES && combinations <= SERIES_STYLES;
  });
  return fitting.length === 0
    ? null
    : fitting.reduce((a, b) => (axes[b]!.values.length > axes[a]!.values.length ? b : a));
}

function othersOf({ axes }: Sweep, across: number): string {
  return axes
    .filter((_, i) => i !== across)
    .map(({ header }) => header)
    .join(' × ');
}

interface Line {
  readonly name: string;
  /** In ascending order of the setting. */
  readonly places: readonly { readonly x: number; readonly measured: MeasuredVariant }[];
}

function linesOf(measured: readonly MeasuredVariant[], { axes, placeOf }: Sweep, across: number): Line[] {
  const lines = new Map<string, { x: number; measured: MeasuredVariant }[]>();
  for (const each of measured) {
    const places = placeOf(each.variant);
    const others = axes.flatMap(({ values }, i) => (i === across ? [] : [values[places[i]!]!.text]));
    const name = others.join(' × ');
    lines.set(name, [
      ...(lines.get(name) ?? []),
      { x: axes[across]!.values[places[across]!]!.number!, measured: each },
    ]);
  }
  return [...lines].map(([name, places]) => ({ name, places: places.toSorted((a, b) => a.x - b.x) }));
}

function chartOf(
  metric: MetricColumn,
  axis: SweepAxis,
  measured: readonly MeasuredVariant[],
  lines: readonly Line[],
  limits: readonly number[],
): string {
  const text = textOfMetric(measured, metric);
  const words = new Map(axis.values.map((value) => [value.number, value.text]));
  return curveChart({
    title: longLabel(metric),
    x: { title: axis.header, label: (value) => words.get(value)! },
    y: { title: axisLabel(metric, text), format: text.tick, unitSize: text.unitSize },
    limits: limits.map((value) => ({ name: limitName(metric, value), value })),
    series: lines.map(({ name, places }, style) => ({
      name,
      style,
      points: places.map(
        ({ x, measured: each }): CurvePoint => ({
          x,
          value: estimateOf(each, metric),
          withheld: isWithheld(each, metric),
          tooltip: `${each.variant.title}: ${toldEstimate(each, metric, text)}`,
        }),
      ),
    })),
  });
}

/**
 * What one gives up for another: the variants of a deployment under one load by latency, what they get done, and price, with those
 * marked that no other variant beats in all of these at once. Variants of the load are no choice, and not compared.
 */

import { paretoFront } from '../metrics/statistics/pareto.ts';
import type { MetricColumn, StudyStatistics } from '../metrics/study-statistics.ts';
import { type ScatterAxis, scatterChart } from './chart/scatter.ts';
import type { FigureText } from './figure-text.ts';
import { listed } from './format.ts';
import { figure } from './html-figure.ts';
import { axisLabel, estimateOf, type MeasuredVariant, measuredVariants, textOfMetric } from './measured-variants.ts';
import { differs, hasIntervals, levelText, toldMetrics } from './study-metrics.ts';
import { SERIES_STYLES } from './style.ts';
import { sweepOf } from './sweep-axes.ts';
import type { Variant } from './variants.ts';

const FEWEST_VARIANTS = 3;

/** HTML of the section; empty where there is nothing to choose from, or fewer than two figures in which the variants differ. */
export function tradeOffs(variants: readonly Variant[], statistics: StudyStatistics): string {
  if (sweepOf(variants).axes.some(({ paths }) => paths.some((path) => /^(workload|slo)\b/.test(path)))) return '';
  const measured = measuredVariants(variants, statistics);
  const told = toldMetrics(statistics, variants);
  const latency = told.find(({ unit }) => unit === 'ms');
  if (latency === undefined) return '';
  const complete = measured.filter(
    (each) => PRICED.every((name) => isKnown(each, told, name)) && isKnown(each, told, latency.name),
  );
  const objectives = objectivesOf(complete, latency, told);
  const [, ...others] = objectives;
  if (others.length === 0 || complete.length < FEWEST_VARIANTS) return '';
  const front = new Set(
    paretoFront(
      complete.map((each) => objectives.map((metric) => estimateOf(each, metric)!.mean)),
      objectives.map(({ better }) => (better === 'more' ? 'max' : 'min')),
    ),
  );
  const left = variants.length - complete.length;
  const styles = coloured(measured, complete);
  return figure(
    'What one gives up for another',
    others.map((metric) => chartOf(complete, { front, styles, x: latency, y: metric })),
    [
      `Filled: no other variant is better in ${listed(objectives.map(({ label }) => label))} at once. The stepped line joins those that are best in the two of its chart.`,
      hasIntervals(statistics)
        ? `Crossed lines are ${levelText(statistics.level)} intervals where they fit; the front goes by means, and neighbours may change places by chance.`
        : 'One seed: neighbours may change places by chance.',
      left === 0 ? '' : `Without ${left} of ${variants.length} variants, which lack one of these figures.`,
    ],
    styles.map((each) => each?.variant.chartName ?? null),
    'dot',
  );
}

const DONE = ['output_throughput', 'goodput'];
const PRICED = ['usd_per_million_output_tokens'];

/** Or measured of no variant. */
function isKnown(each: MeasuredVariant, told: readonly MetricColumn[], name: string): boolean {
  const metric = told.find((column) => column.name === name);
  return metric === undefined || estimateOf(each, metric) !== null;
}

/** The latency that is judged first; throughput, or goodput where all get as much done; dollars. Those in which they differ. */
function objectivesOf(
  complete: readonly MeasuredVariant[],
  latency: MetricColumn,
  told: readonly MetricColumn[],
): MetricColumn[] {
  const differing = (names: readonly string[]) =>
    told
      .filter(
        (metric) =>
          names.includes(metric.name) &&
          differs(
            complete.map(({ statistics }) => statistics),
            metric,
          ),
      )
      .slice(0, 1);
  return [latency, ...differing(DONE), ...differing(PRICED)];
}

/** Each at the place of its colour, the one it has in other charts; none where there are more variants than colours. */
function coloured(all: readonly MeasuredVariant[], complete: readonly MeasuredVariant[]): (MeasuredVariant | null)[] {
  return all.length > SERIES_STYLES ? [] : all.map((each) => (complete.includes(each) ? each : null));
}

interface TradeOffChart {
  readonly front: ReadonlySet<number>;
  readonly styles: readonly (MeasuredVariant | null)[];
  readonly x: MetricColumn;
  readonly y: MetricColumn;
}

function chartOf(complete: readonly MeasuredVariant[], { front, styles, x, y }: TradeOffChart): string {
  const across = textOfMetric(complete, x);
  const up = textOfMetric(complete, y);
  const axis = (metric: MetricColumn, text: FigureText): ScatterAxis => ({
    title: axisLabel(metric, text),
    format: text.tick,
    unitSize: text.unitSize,
    better: metric.better ?? 'less',
  });
  return scatterChart({
    title: `${x.label} and ${y.label}`,
    x: axis(x, across),
    y: axis(y, up),
    points: complete.map((each, i) => {
      const [atX, atY] = [estimateOf(each, x)!, estimateOf(each, y)!];
      return {
        name: each.variant.chartName,
        style: styles.length === 0 ? null : styles.indexOf(each),
        x: atX,
        y: atY,
        onFront: front.has(i),
        tooltip: `${x.label} ${across.estimate(atX)}; ${y.label} ${up.estimate(atY)}`,
      };
    }),
  });
}

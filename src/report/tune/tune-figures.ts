/** The pictures of a search: figures over the setting that was searched, with their bounds; or what combinations give up for each other. */
import { curveChart } from '../chart/curve.ts';
import { type ScatterAxis, scatterChart } from '../chart/scatter.ts';
import { capitalised, listed } from '../format.ts';
import { figure } from '../html-figure.ts';
import { SERIES_STYLES } from '../style.ts';
import type { TuneCandidateReport, TuneMetric, TuneReport } from './tune-report.ts';
import { boundText, decisionText, labelWithUnit, metricOf, shortSetting, textOf } from './tune-words.ts';

const MOST_CURVES = 6;
/** Means closer to each other than this, relative to the largest, make no curve. */
const SAME = 0.001;

/** HTML of the section; empty where nothing was measured. */
export function tuneFigures(report: TuneReport): string {
  const tried = report.candidates.filter(({ state }) => state === 'tried');
  return report.goal.kind === 'cheapest' ? tradeOffs(report, tried) : curves(report, tried, report.goal.setting);
}

function curves(report: TuneReport, tried: readonly TuneCandidateReport[], setting: string): string {
  const bounded = report.bounds.map(({ metric }) => metric);
  const telling = report.metrics.filter((metric) => bounded.includes(metric.name) || varies(tried, metric));
  const withheld = tried.some(({ estimates }) => telling.some(({ name }) => estimates[name] === null));
  return figure(
    `Over ${shortSetting(setting)}`,
    telling.slice(0, MOST_CURVES).map((metric) => curveOf(report, tried, metric, setting)),
    [
      `Means over the seeds of each candidate that was tried, with their ${Number((100 * report.confidence).toPrecision(4))} % intervals; a rule is a bound.`,
      report.best === null ? '' : `The answer is ${report.best}.`,
      withheld ? 'A cross: withheld, since the queue grows and there is no steady state.' : '',
    ],
  );
}

function varies(tried: readonly TuneCandidateReport[], { name }: TuneMetric): boolean {
  const means = tried.flatMap(({ estimates }) => estimates[name]?.mean ?? []);
  const largest = Math.max(...means.map(Math.abs));
  return means.length > 1 && Math.max(...means) - Math.min(...means) > SAME * largest;
}

function curveOf(
  report: TuneReport,
  tried: readonly TuneCandidateReport[],
  metric: TuneMetric,
  setting: string,
): string {
  const text = textOf(report, metric);
  const bounds = report.bounds.filter((bound) => bound.metric === metric.name);
  const points = tried.map((each) => {
    const estimate = each.estimates[metric.name] ?? null;
    const told = estimate === null ? (each.reason ?? 'not measured') : text.estimate(estimate);
    return {
      x: each.value!,
      value: estimate,
      withheld: estimate === null,
      tooltip: `${each.name}: ${told}, ${decisionText(each)}, ${each.runs.length} seeds`,
    };
  });
  return curveChart({
    title: capitalised(metric.label),
    x: { title: shortSetting(setting), label: (value) => String(value) },
    y: { title: labelWithUnit(metric, text), format: text.tick, unitSize: text.unitSize },
    series: [{ name: '', style: 0, points }],
    limits: bounds.map((bound) => ({ name: boundText(bound, metric), value: bound.limit })),
  });
}

/** One chart for each pair of latency, throughput and cost in which the candidates differ. */
function tradeOffs(report: TuneReport, tried: readonly TuneCandidateReport[]): string {
  const measured = tried.filter(({ pareto }) => pareto !== null);
  // The answer first: names are given as long as there is room.
  const complete = measured.toSorted((a, b) => Number(b.name === report.best) - Number(a.name === report.best));
  const metrics = report.pareto.map((name) => metricOf(report, name)).filter((metric) => varies(complete, metric));
  const pairs = metrics.flatMap((y, i) => metrics.slice(0, i).map((x) => [x, y] as const));
  const missing = tried.length - complete.length;
  return figure(
    'What one gives up for another',
    pairs.map(([x, y]) => scatterOf(report, complete, x, y)),
    [
      `Filled: no other candidate is better in ${listed(report.pareto.map((name) => metricOf(report, name).label))} at once, whether it keeps the bounds or not. Whiskers are ${Number((100 * report.confidence).toPrecision(4))} % intervals; candidates that were out early have few seeds.`,
      missing === 0 ? '' : `Without ${missing} of ${tried.length}, which lack one of these figures.`,
    ],
  );
}

function scatterOf(report: TuneReport, complete: readonly TuneCandidateReport[], x: TuneMetric, y: TuneMetric): string {
  const [across, up] = [textOf(report, x), textOf(report, y)];
  const axis = (metric: TuneMetric, text: typeof across): ScatterAxis => ({
    title: labelWithUnit(metric, text),
    format: text.tick,
    unitSize: text.unitSize,
    better: metric.better ?? 'less',
  });
  return scatterChart({
    title: `${capitalised(x.label)} and ${y.label}`,
    x: axis(x, across),
    y: axis(y, up),
    points: complete.map((each, i) => {
      const [atX, atY] = [each.estimates[x.name]!, each.estimates[y.name]!];
      return {
        name: each.name,
        style: complete.length <= SERIES_STYLES ? i : null,
        x: atX,
        y: atY,
        onFront: each.pareto === 'front',
        tooltip: `${x.label} ${across.estimate(atX)}; ${y.label} ${up.estimate(atY)}; ${decisionText(each)}`,
      };
    }),
  });
}

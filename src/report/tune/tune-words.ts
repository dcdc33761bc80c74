/** Figures and verdicts of a search in words, the same on the console, on the page and in the advice. */
import { formatCount } from '../../core/units.ts';
import { type FigureText, figureText } from '../figure-text.ts';
import { duration, number } from '../format.ts';
import type { TuneBound, TuneCandidateReport, TuneMetric, TuneReport, TuneVerdict } from './tune-report.ts';

type Report = Omit<TuneReport, 'advice'>;

export function metricOf({ metrics }: Pick<TuneReport, 'metrics'>, name: string): TuneMetric {
  return metrics.find((metric) => metric.name === name) ?? { name, label: name, unit: 'count', better: null };
}

/** One unit for the figures of all candidates. */
export function textOf({ candidates }: Pick<TuneReport, 'candidates'>, { name, unit }: TuneMetric): FigureText {
  const means = candidates.map(({ estimates }) => estimates[name]?.mean ?? null);
  return figureText(unit, means);
}

/** `TTFT p99, s`, for the head of a column and for an axis. */
export function labelWithUnit({ label }: TuneMetric, { unit }: FigureText): string {
  return unit === '' || label.endsWith(unit) ? label : `${label}, ${unit}`;
}

/** A figure on its own: `2.09 s`, `3.1 %`, `$9.60`. */
export function valueText({ unit }: Pick<TuneMetric, 'unit'>, value: number): string {
  switch (unit) {
    case 'ms':
      return duration(value);
    case 'share':
      return shareText(value);
    case '$':
      return `$${number(value)}`;
    case 'tok/s':
      return `${number(value)} tokens/s`;
    case 'req/s':
      return `${number(value)} requests/s`;
    case 'tokens':
      return `${number(value)} tokens`;
    case 'count':
      return number(value);
  }
}

/** `3.1 %`; near 100 % with what is left of it: `99.97 %`. */
function shareText(share: number): string {
  const percent = 100 * share;
  if (percent > 99 && percent < 100) return `${Math.min(99.99, Number(percent.toFixed(2)))} %`;
  return `${Number(percent.toPrecision(3))} %`;
}

/** `>= 99%` as people write it: `at least 99 %`. */
export function boundText({ bound, limit }: TuneBound, metric: TuneMetric): string {
  return `${bound === 'at_least' ? 'at least' : 'at most'} ${valueText(metric, limit)}`;
}

/** `goodput 98.2 % (97.9 to 98.5 %)`, `not measured`. The interval is the search's own. */
export function verdictText(report: Report, { metric: name, mean, low, high }: TuneVerdict): string {
  const metric = metricOf(report, name);
  if (mean === null) return `${metric.label} was not measured in every run`;
  const range =
    low === null || high === null || low === high
      ? ''
      : ` (${valueText(metric, inRange(metric, low))} to ${valueText(metric, inRange(metric, high))})`;
  return `${metric.label} ${valueText(metric, mean)}${range}`;
}

/** No metric is below 0, and no share above 1. */
function inRange({ unit }: TuneMetric, value: number): number {
  return Math.min(unit === 'share' ? 1 : Number.POSITIVE_INFINITY, Math.max(0, value));
}

/** `meets`, `fails`, `queue grows`, `undecided`, `beaten`, `not tried`, `does not start`, `not simulated`. */
export function decisionText({ state, decision, beaten_by, is_growing, reason }: TuneCandidateReport): string {
  if (state === 'does_not_start') return 'does not start';
  if (state === 'not_simulated') return 'not simulated';
  if (state === 'untried') return 'not tried';
  if (decision === 'fails' && is_growing && reason !== null) return 'queue grows';
  return beaten_by === null ? decision! : 'beaten';
}

/** The last part of a setting's path: `max_model_len`. */
export function shortSetting(setting: string): string {
  return setting.slice(setting.lastIndexOf('.') + 1);
}

/** `max_model_len 20480`, `3.2 requests/s`, `4 replicas`; of a combination its name. */
export function calledText({ goal }: Pick<TuneReport, 'goal'>, name: string): string {
  if (goal.kind === 'cheapest') return name;
  const short = shortSetting(goal.setting);
  const value = Number(name) >= 10_000 && !/len|tokens|seqs/.test(short) ? formatCount(Number(name)) : name;
  if (short === 'request_rate') return `${value} requests/s`;
  if (short === 'replicas') return `${value} ${value === '1' ? 'replica' : 'replicas'}`;
  return `${short} ${value}`;
}

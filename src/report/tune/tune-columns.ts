/** The table of a search: a row a candidate, with what the constraints are about first. Console and page show the same columns. */
import { count, NO_VALUE, number } from '../format.ts';
import type { TuneCandidateReport, TuneMetric, TuneReport } from './tune-report.ts';
import { decisionText, labelWithUnit, shortSetting, textOf } from './tune-words.ts';

export interface TuneColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
  readonly texts: readonly string[];
}

export interface TuneColumns {
  /** The candidates, and what the answer rests on, with intervals. */
  readonly decisive: readonly TuneColumn[];
  /** What each costs or gains, the most telling first. */
  readonly others: readonly TuneColumn[];
}

/** Marks the answer, which stands in the first column. */
export const ANSWER = '→ ';

/** Which figures have their intervals beside them. */
export type Intervals = 'all' | 'decisive' | 'none';

/** Of these candidates. Figures have their unit in the header. */
export function tuneColumns(
  report: TuneReport,
  rows: readonly TuneCandidateReport[],
  intervals: Intervals,
): TuneColumns {
  const { best, goal } = report;
  const column = (header: string, of: (row: TuneCandidateReport) => string, align: TuneColumn['align'] = 'right') => ({
    ...{ header, align, texts: rows.map(of) },
  });
  const ofMetric = (metric: TuneMetric, withInterval: boolean) => {
    const text = textOf(report, metric);
    return column(labelWithUnit(metric, text), ({ estimates }) => {
      const estimate = estimates[metric.name] ?? null;
      if (estimate === null) return NO_VALUE;
      return withInterval ? text.plainEstimate(estimate) : text.plain(estimate.mean);
    });
  };
  const name = goal.kind === 'cheapest' ? 'candidate' : shortSetting(goal.setting);
  const front = report.pareto.length === 0 ? [] : [column('front', ({ pareto }) => (pareto === 'front' ? '●' : ''))];
  const decisive = report.metrics.filter((metric) => isDecisive(report, metric));
  return {
    decisive: [
      column(name, (row) => `${row.name === best ? ANSWER : ''}${row.name}`, 'left'),
      column('', decisionText, 'left'),
      ...decisive.map((metric) => ofMetric(metric, intervals !== 'none')),
      ...front,
      column('seeds', ({ runs }) => (runs.length === 0 ? '' : String(runs.length))),
    ],
    others: [
      column('fit at once', ({ max_concurrency: most }) => (most === null ? NO_VALUE : number(most))),
      ...(goal.kind === 'cheapest' || /replicas$/.test(goal.setting)
        ? [column('GPUs', ({ gpus }) => count(gpus))]
        : []),
      ...report.metrics
        .filter((metric) => !decisive.includes(metric) && happens(report, metric))
        .map((metric) => ofMetric(metric, intervals === 'all')),
    ],
  };
}

/** Whether it is anything but 0. */
function happens({ candidates }: TuneReport, { name }: TuneMetric): boolean {
  return candidates.some(({ estimates }) => (estimates[name]?.mean ?? 0) !== 0);
}

/** Those that were tried, and those that do not start. */
export function shownCandidates({ candidates }: TuneReport): TuneCandidateReport[] {
  return candidates.filter(({ state }) => state !== 'untried');
}

/** Whether the answer rests on it. */
function isDecisive({ bounds, goal }: TuneReport, { name }: TuneMetric): boolean {
  return bounds.some(({ metric }) => metric === name) || (goal.kind === 'cheapest' && goal.objective === name);
}

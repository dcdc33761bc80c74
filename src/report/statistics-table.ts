/**
 * The statistics of a study as a table with one row a variant and metric, for `statistics.csv`: what the variant is, the metric with its
 * unit, the mean and its interval, the baseline by its title, the difference to it and the ratio with their intervals, and what to know of
 * the variant. Values are in the metric's unit.
 */
import type { MetricColumn, StudyStatistics, VariantStatistics } from '../metrics/study-statistics.ts';
import type { MeasuredStudy } from './study-report.ts';
import { type Cell, identityColumns, type Table } from './summary-table.ts';
import { variantsOf } from './variants.ts';

const NAMES = [
  ...['metric', 'unit', 'runs', 'mean', 'low', 'high', 'level', 'method', 'whole_run'],
  ...['baseline', 'difference', 'difference_low', 'difference_high', 'ratio', 'ratio_low', 'ratio_high'],
  ...['difference_level', 'significant', 'saturation', 'withheld', 'warm_up_requests', 'warm_up_s'],
];

export function statisticsTable({ runs, statistics }: MeasuredStudy): Table {
  const identity = identityColumns(runs);
  const titles = variantsOf(runs).map(({ title }) => title);
  const rows = statistics.variants.flatMap((of) => {
    const key = JSON.stringify(of.variant);
    const cells = identity.cells(runs.find(({ variant }) => JSON.stringify(variant) === key)!);
    const baseline = of.baseline === null ? null : titles[of.baseline]!;
    return statistics.metrics.map((metric) => [...cells, ...rowOf(statistics, of, metric, baseline)]);
  });
  return { names: [...identity.names, ...NAMES], rows };
}

function rowOf(
  { level, differenceLevel }: StudyStatistics,
  of: VariantStatistics,
  { name, unit, wholeRun }: MetricColumn,
  baseline: string | null,
): Cell[] {
  const estimate = of.estimates[name] ?? null;
  const versus = of.versusBaseline?.[name] ?? null;
  const interval = (each: { mean: number; low: number | null; high: number | null } | null | undefined) =>
    each == null ? [null, null, null] : [each.mean, each.low, each.high];
  return [
    ...[name, unit, estimate?.runs ?? null, ...interval(estimate), level, estimate?.method ?? null, wholeRun],
    ...[baseline, ...interval(versus?.difference), ...interval(versus?.ratio)],
    ...[versus === null ? null : differenceLevel, versus?.significant ?? null],
    ...[of.saturation, of.withheld, of.warmUp.requests, of.warmUp.seconds],
  ];
}

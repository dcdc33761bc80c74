/**
 * The variants side by side, a row each, where what is swept has no place on a line: medians and tails of every latency, over
 * several seeds with the interval of the mean.
 */
import type { LatencyMetric } from '../metrics/latency.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Estimate, StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { rangeChart } from './chart/range.ts';
import { duration } from './format.ts';
import { figure } from './html-figure.ts';
import { levelText } from './study-metrics.ts';
import type { RunReport } from './study-report.ts';
import { chartKeys, type Variant } from './variants.ts';
import { LONG_NAMES, shortName } from './wording.ts';

/** What bounds the size of the page: runs in all charts. */
const RANGE_RUNS = 240;
/** Most rows of a chart; beyond, the tables tell. */
const MOST_ROWS = 40;

interface RangesOptions {
  readonly metrics: readonly LatencyMetric[];
  readonly statistics: StudyStatistics | null;
  /** Those that have colours in the overlays, in the order of these. */
  readonly colored: readonly Variant[];
}

/** HTML of the section; the first variants where there are very many. */
export function ranges(all: readonly Variant[], { metrics, statistics, colored }: RangesOptions): string {
  const variants = all.slice(0, MOST_ROWS);
  const seeds = Math.max(1, Math.floor(RANGE_RUNS / metrics.length / variants.length));
  const most = Math.max(...variants.map(({ runs }) => runs.length));
  const charts = metrics.map((metric) => {
    const runs = variants.flatMap((variant) => variant.runs);
    const tail = tailStatistic(runs, metric);
    return rangeChart({
      title: LONG_NAMES[metric],
      metric: shortName(metric),
      tail,
      limits: limitsOf(runs, metric),
      rows: variants.map((variant, i) => ({
        name: variant.chartName,
        // The colours of the overlays; variants that are not drawn there have none.
        style: colored.includes(variant) ? colored.indexOf(variant) : null,
        runs: variant.runs.slice(0, seeds).map(({ seed, summary }) => ({
          seed,
          ...percentiles(summary, metric),
          ...judgedTail(summary, metric, tail),
        })),
        withheld: variant.unsteady === true,
        interval: intervalOf(variant, statistics?.variants[i]?.estimates[`${metric}_${tail}`]),
      })),
    });
  });
  const keys = chartKeys(variants);
  return figure('The variants side by side', charts, [
    keys === '' ? '' : `Named by ${keys}.`,
    variants.length < all.length ? `The first ${variants.length} of ${all.length} variants.` : '',
    most === 1 ? '' : meansNote(statistics),
    variants.some(({ unsteady }) => unsteady)
      ? 'A cross: means are withheld, since there is no steady state; the numbers below say why.'
      : '',
    most > seeds ? `The first ${seeds} of ${most} seeds.` : '',
  ]);
}

function meansNote(statistics: StudyStatistics | null): string {
  const interval =
    statistics === null
      ? ''
      : `; the line with crossed ends is the ${levelText(statistics.level)} interval of the mean`;
  return `Dots are means over the seeds, whose own values are the small ticks${interval}.`;
}

/** None where requests that were not served make the judged latency another than the measured one. */
function intervalOf({ runs }: Variant, estimate: Estimate | null | undefined): { low: number; high: number } | null {
  const judged = runs.some(({ summary }) => boundsOfAll(summary).some((bound) => bound.requests_never_served > 0));
  if (judged || estimate == null || estimate.low === null || estimate.high === null) return null;
  return { low: estimate.low, high: estimate.high };
}

/**
 * What the SLO judges of a latency of all requests, the highest percentile if it is several; p99 where it judges
 * nothing. A class's bound is of its requests alone, while the medians beside it are of everyone.
 */
function tailStatistic(runs: readonly RunReport[], metric: LatencyMetric): string {
  const bounds = runs.flatMap(({ summary }) => boundsOfAll(summary).filter((bound) => bound.metric === metric));
  const statistics = bounds.map(({ statistic }) => statistic);
  const percentile = (statistic: string) => (statistic === 'mean' ? 0 : Number(statistic.slice(1)));
  return statistics.reduce((a, b) => (percentile(b) > percentile(a) ? b : a), statistics[0] ?? 'p99');
}

function percentiles(summary: Summary, metric: LatencyMetric): { p50: number | null; tail: number | null } {
  return metric === 'ttfat'
    ? { p50: summary.sim.p50_ttfat_ms, tail: summary.sim.p99_ttfat_ms }
    : { p50: summary[`p50_${metric}_ms`], tail: summary[`p99_${metric}_ms`] };
}

/** The judged latency in place of the 99th percentile, where the run has such a bound. */
function judgedTail(summary: Summary, metric: LatencyMetric, tail: string): { tail?: number | null } {
  const verdict = boundsOfAll(summary).find((bound) => bound.metric === metric && bound.statistic === tail);
  if (verdict === undefined) return {};
  return { tail: verdict.met === false ? (verdict.judged_ms ?? Number.POSITIVE_INFINITY) : verdict.judged_ms };
}

/** The study's own bounds, without those of single classes. */
function boundsOfAll({ sim }: Summary): SloVerdict[] {
  return sim.slo.filter((bound) => bound.class === undefined);
}

/** `p99 ≤ 2.00 s`, or `batch p99 ≤ 2.00 s` of a class; each bound once. */
export function limitsOf(runs: readonly RunReport[], metric: LatencyMetric): { name: string; ms: number }[] {
  const limits = new Map<string, number>();
  for (const { summary } of runs) {
    for (const bound of summary.sim.slo) {
      if (bound.metric !== metric) continue;
      const of = bound.class === undefined ? '' : `${bound.class} `;
      limits.set(`${of}${bound.statistic} ≤ ${duration(bound.limit_ms)}`, bound.limit_ms);
    }
  }
  return [...limits].map(([name, ms]) => ({ name, ms }));
}

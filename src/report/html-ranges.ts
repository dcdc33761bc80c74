/**
 * The variants side by side, a row each, where what is swept has no place on a line: medians and tails of every latency, over
 * several seeds as the statistics put them together, with the interval.
 */
import type { LatencyMetric } from '../metrics/latency.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Estimate, StudyStatistics, VariantStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { type RangeRow, rangeChart } from './chart/range.ts';
import { duration, listed } from './format.ts';
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
  const most = Math.max(...variants.map((variant) => variant.runs.length));
  const runs = variants.flatMap((variant) => variant.runs);
  const charts = metrics.map((metric) => {
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
        ...estimatesOf(variant, statistics?.variants[i], metric, tail),
      })),
    });
  });
  const keys = chartKeys(variants);
  return figure('The variants side by side', charts, [
    keys === '' ? '' : `Named by ${keys}.`,
    variants.length < all.length ? `The first ${variants.length} of ${all.length} variants.` : '',
    dotsNote(variants, metrics, statistics),
    variants.some(({ unsteady }) => unsteady)
      ? 'A cross: means are withheld, since there is no steady state; the numbers below say why.'
      : '',
    most > seeds ? `The first ${seeds} of ${most} seeds.` : '',
  ]);
}

/** What the dots, the ticks and the lines are; empty of runs alone that are shown as they are. */
function dotsNote(
  variants: readonly Variant[],
  metrics: readonly LatencyMetric[],
  statistics: StudyStatistics | null,
): string {
  const runs = variants.flatMap((variant) => variant.runs);
  const shown = statistics?.variants.slice(0, variants.length) ?? [];
  const several = variants.some((variant) => variant.runs.length > 1);
  const isCut = shown.some(({ warmUp }) => warmUp.requests > 0);
  if (!several) return isCut ? 'Figures are without the warm-up.' : '';
  const tails = metrics.map((metric) => ({ metric, tail: tailStatistic(runs, metric) }));
  const marks = tails.flatMap(({ metric, tail }) => [...new Set(['p50', tail])].map((each) => ({ metric, each })));
  const pooled = marks.filter(({ metric, each }) =>
    shown.some(({ estimates }) => estimates[`${metric}_${each}`]?.method === 'bootstrap'),
  );
  const rest = marks.filter((mark) => !pooled.includes(mark)).map(({ metric, each }) => `${shortName(metric)} ${each}`);
  const means = pooled.length > 0 && rest.length > 0 ? `, of ${listed(rest)} means over the seeds` : '';
  const dots = pooled.length > 0 ? `percentiles over all runs together${means}` : 'means over the seeds';
  const asJudged = tails.some(({ metric, tail }) =>
    variants.some((variant) => isJudgedOtherwise(variant, metric, tail)),
  );
  return [
    `Dots are ${dots}${isCut ? ', without the warm-up' : ''}; the small ticks are each run’s own values${isCut ? ', warm-up included' : ''}`,
    statistics === null ? '.' : `; the line with crossed ends is the ${levelText(statistics.level)} interval.`,
    statistics !== null && asJudged
      ? ' Where requests were not served, dots are means of what the SLO judges, without an interval.'
      : '',
  ].join('');
}

/** Nothing where the statistics have no figure, or where what is judged is another one. */
function estimatesOf(
  variant: Variant,
  statistics: VariantStatistics | undefined,
  metric: LatencyMetric,
  tail: string,
): Pick<RangeRow, 'estimates' | 'interval'> {
  const [p50, late] = ['p50', tail].map((each) => statistics?.estimates[`${metric}_${each}`] ?? null) as [
    Estimate | null,
    Estimate | null,
  ];
  if (p50 === null || late === null || isJudgedOtherwise(variant, metric, tail)) return {};
  const { runs, low, high, method } = late;
  const told = method === 'bootstrap' ? `over all ${runs} runs` : `mean of ${runs} seeds`;
  return {
    estimates: { p50: p50.mean, tail: late.mean, told: runs === 1 ? `seed ${variant.runs[0]!.seed}` : told },
    interval: low === null || high === null ? null : { low, high },
  };
}

/** Whether requests that were not served make the judged latency another than the measured one. */
function isJudgedOtherwise({ runs }: Variant, metric: LatencyMetric, tail: string): boolean {
  return runs.some(({ summary }) =>
    boundsOfAll(summary).some(
      (bound) => bound.metric === metric && bound.statistic === tail && bound.requests_never_served > 0,
    ),
  );
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

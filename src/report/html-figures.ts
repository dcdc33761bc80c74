/**
 * The pictures of a page: for one run its latency distributions and its load over time; for several, the variants side
 * by side, their distributions on top of each other, and the load of the first seed of each.
 */
import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { cdfChart } from './chart/cdf.ts';
import { rangeChart } from './chart/range.ts';
import { choose } from './choose-variants.ts';
import { duration } from './format.ts';
import { figure } from './html-figure.ts';
import { loadOfRun, loadOfVariants } from './html-load.ts';
import type { RunReport } from './study-report.ts';
import { SERIES_STYLES } from './style.ts';
import { chartKeys, type Variant } from './variants.ts';
import { LONG_NAMES, shortName, thinks } from './wording.ts';

/** What bounds the size of the page: points of all distribution curves, and runs in all range charts. */
const CURVE_POINTS = 6000;
const RANGE_RUNS = 240;
/** Most rows of a range chart; beyond, the tables tell. */
const RANGE_ROWS = 40;
/** Most seeds of a variant whose curves are drawn. */
const SEEDS_DRAWN = 5;

/** HTML of all figures. */
export function figures(variants: readonly Variant[]): string {
  const runs = variants.flatMap((variant) => variant.runs);
  const metrics = shownMetrics(runs.map(({ summary }) => summary));
  const { variants: overlaid, words } = choose(variants, SERIES_STYLES);
  return [
    variants.length > 1 ? ranges(variants.slice(0, RANGE_ROWS), metrics, variants.length, overlaid) : '',
    distributions(overlaid, metrics, words),
    variants.length > 1 ? loadOfVariants(overlaid, words) : loadOfRun(variants[0]!.runs),
  ].join('');
}

/**
 * TTFAT only where a model thinks. ITL is close to TPOT and only drawn where the SLO names it, or where it completes
 * the last row of charts.
 */
function shownMetrics(summaries: readonly Summary[]): LatencyMetric[] {
  const inSlo = new Set(summaries.flatMap(({ sim }) => sim.slo.map(({ metric }) => metric)));
  const ttfat = inSlo.has('ttfat') || summaries.some(thinks);
  const itl = inSlo.has('itl') || !ttfat;
  return LATENCY_METRICS.filter((metric) => (metric !== 'itl' || itl) && (metric !== 'ttfat' || ttfat));
}

function distributions(variants: readonly Variant[], metrics: readonly LatencyMetric[], chosen: string): string {
  const series = variants.flatMap(({ chartName, runs }, style) =>
    runs.slice(0, SEEDS_DRAWN).map((run, seed) => ({ name: chartName, style, labelled: seed === 0, run })),
  );
  const charts = metrics.map((metric) =>
    cdfChart({
      title: LONG_NAMES[metric],
      metric: shortName(metric),
      counted: metric === 'itl' ? 'gaps between tokens' : 'requests',
      limits: limitsOf(
        series.map(({ run }) => run),
        metric,
      ),
      points: Math.max(24, Math.min(200, Math.floor(CURVE_POINTS / (metrics.length * series.length)))),
      series: series.map(({ run, ...each }) => ({ ...each, curve: run.curves.cdf[metric] })),
    }),
  );
  const seeds = Math.max(...variants.map(({ runs }) => runs.length));
  const notes = [
    chosen,
    variants.some(({ runs }) => runs.some(({ summary }) => summary.failed > 0)) ? 'Of the requests that finished.' : '',
    seeds > 1
      ? `One curve a seed, the first drawn thick${seeds > SEEDS_DRAWN ? `; the first ${SEEDS_DRAWN} of ${seeds} seeds` : ''}.`
      : '',
  ];
  return figure(
    'How long requests take',
    charts,
    notes,
    variants.length > 1 ? variants.map(({ chartName }) => chartName) : [],
  );
}

function ranges(
  variants: readonly Variant[],
  metrics: readonly LatencyMetric[],
  of: number,
  colored: readonly Variant[],
): string {
  const seeds = Math.max(1, Math.floor(RANGE_RUNS / metrics.length / variants.length));
  const most = Math.max(...variants.map(({ runs }) => runs.length));
  const charts = metrics.map((metric) => {
    const tail = tailStatistic(
      variants.flatMap((variant) => variant.runs),
      metric,
    );
    return rangeChart({
      title: LONG_NAMES[metric],
      metric: shortName(metric),
      tail,
      limits: limitsOf(
        variants.flatMap(({ runs }) => runs),
        metric,
      ),
      rows: variants.map((variant) => ({
        name: variant.chartName,
        // The colours of the overlays; variants that are not drawn there have none.
        style: colored.includes(variant) ? colored.indexOf(variant) : null,
        runs: variant.runs.slice(0, seeds).map(({ seed, summary }) => ({
          seed,
          ...percentiles(summary, metric),
          ...judgedTail(summary, metric, tail),
        })),
      })),
    });
  });
  const keys = chartKeys(variants);
  return figure('The variants side by side', charts, [
    keys === '' ? '' : `Named by ${keys}.`,
    variants.length < of ? `The first ${variants.length} of ${of} variants.` : '',
    most > seeds ? `The first ${seeds} of ${most} seeds.` : '',
  ]);
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
function limitsOf(runs: readonly RunReport[], metric: LatencyMetric): { name: string; ms: number }[] {
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

/**
 * The pictures of a page: for one run its latency distributions and its load over time; for several, the variants side
 * by side, their distributions on top of each other, and the load of the first seed of each.
 */
import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { Summary } from '../metrics/summary.ts';
import { cdfChart } from './chart/cdf.ts';
import { rangeChart } from './chart/range.ts';
import { duration } from './format.ts';
import { figure } from './html-figure.ts';
import { loadOfRun, loadOfVariants } from './html-load.ts';
import type { RunReport } from './study-report.ts';
import { SERIES_STYLES } from './style.ts';
import type { Variant } from './variants.ts';
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
  const overlaid = evenly(variants, SERIES_STYLES);
  return [
    variants.length > 1 ? ranges(variants.slice(0, RANGE_ROWS), metrics, variants.length) : '',
    distributions(overlaid, metrics, variants.length),
    variants.length > 1 ? loadOfVariants(overlaid, variants.length) : loadOfRun(variants[0]!.runs),
  ].join('');
}

/** At most `most` of the variants, the first and the last among them. */
function evenly(variants: readonly Variant[], most: number): readonly Variant[] {
  if (variants.length <= most) return variants;
  return Array.from({ length: most }, (_, i) => variants[Math.round((i * (variants.length - 1)) / (most - 1))]!);
}

/** ITL is close to TPOT and only drawn where the SLO names it; TTFAT only where a model thinks. */
function shownMetrics(summaries: readonly Summary[]): LatencyMetric[] {
  const inSlo = new Set(summaries.flatMap(({ sim }) => sim.slo.map(({ metric }) => metric)));
  return LATENCY_METRICS.filter((metric) => {
    if (metric === 'itl') return inSlo.has('itl');
    return metric !== 'ttfat' || inSlo.has('ttfat') || summaries.some(thinks);
  });
}

function distributions(variants: readonly Variant[], metrics: readonly LatencyMetric[], of: number): string {
  const series = variants.flatMap(({ title, runs }, style) =>
    runs.slice(0, SEEDS_DRAWN).map((run, seed) => ({ name: title, style, labelled: seed === 0, run })),
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
    variants.length < of ? `${variants.length} of ${of} variants.` : '',
    seeds > 1
      ? `One curve a seed, the first drawn thick${seeds > SEEDS_DRAWN ? `; the first ${SEEDS_DRAWN} of ${seeds} seeds` : ''}.`
      : '',
  ];
  return figure('How long requests take', charts, notes, variants.length > 1 ? variants.map(({ title }) => title) : []);
}

function ranges(variants: readonly Variant[], metrics: readonly LatencyMetric[], of: number): string {
  const seeds = Math.max(1, Math.floor(RANGE_RUNS / metrics.length / variants.length));
  const most = Math.max(...variants.map(({ runs }) => runs.length));
  const charts = metrics.map((metric) =>
    rangeChart({
      title: LONG_NAMES[metric],
      metric: shortName(metric),
      limits: limitsOf(
        variants.flatMap(({ runs }) => runs),
        metric,
      ),
      rows: variants.map(({ title, runs }, i) => ({
        name: title,
        // Colours tell the variants of the overlays apart; with more of them than colours, all rows look alike.
        style: of > SERIES_STYLES ? null : i,
        runs: runs.slice(0, seeds).map(({ seed, summary }) => ({ seed, ...percentiles(summary, metric) })),
      })),
    }),
  );
  return figure('The variants side by side', charts, [
    variants.length < of ? `The first ${variants.length} of ${of} variants.` : '',
    most > seeds ? `The first ${seeds} of ${most} seeds.` : '',
  ]);
}

function percentiles(summary: Summary, metric: LatencyMetric): { p50: number | null; p99: number | null } {
  return metric === 'ttfat'
    ? { p50: summary.sim.p50_ttfat_ms, p99: summary.sim.p99_ttfat_ms }
    : { p50: summary[`p50_${metric}_ms`], p99: summary[`p99_${metric}_ms`] };
}

function limitsOf(runs: readonly RunReport[], metric: LatencyMetric): { name: string; ms: number }[] {
  const limits = new Map<string, number>();
  for (const { summary } of runs) {
    for (const bound of summary.sim.slo) {
      if (bound.metric === metric) limits.set(`${bound.statistic} ≤ ${duration(bound.limit_ms)}`, bound.limit_ms);
    }
  }
  return [...limits].map(([name, ms]) => ({ name, ms }));
}

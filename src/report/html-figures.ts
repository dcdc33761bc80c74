/**
 * The pictures of a page: for one run its latency distributions and its load over time; for several, the variants side
 * by side, their distributions on top of each other, and the load of the first seed of each.
 */
import { LATENCY_METRICS, type LatencyMetric } from '../metrics/latency.ts';
import type { StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { cdfChart } from './chart/cdf.ts';
import { choose } from './choose-variants.ts';
import { curves } from './html-curves.ts';
import { figure } from './html-figure.ts';
import { heatMaps } from './html-heat-maps.ts';
import { loadOfRun, loadOfVariants } from './html-load.ts';
import { limitsOf, ranges } from './html-ranges.ts';
import { tradeOffs } from './html-trade-offs.ts';
import { type PooledCurve, pooledCurve } from './pooled-curve.ts';
import type { RunReport } from './study-report.ts';
import { SERIES_STYLES } from './style.ts';
import { listedVariants, type Variant } from './variants.ts';
import { LONG_NAMES, shortName, thinks } from './wording.ts';

/** What bounds the size of the page: points of all distribution curves. */
const CURVE_POINTS = 6000;
/** Variants beyond which the bands of their seeds would cover each other. */
const MOST_BANDS = 3;

/** HTML of all figures; `statistics`, where there are any, of the same variants. */
export function figures(variants: readonly Variant[], statistics: StudyStatistics | null): string {
  const runs = variants.flatMap((variant) => variant.runs);
  const metrics = shownMetrics(runs.map(({ summary }) => summary));
  const { variants: overlaid, words } = choose(variants, SERIES_STYLES);
  const swept =
    variants.length === 1 || statistics === null ? '' : heatMaps(variants, statistics) + curves(variants, statistics);
  return [
    swept,
    variants.length > 1 && swept === '' ? ranges(variants, { metrics, statistics, colored: overlaid }) : '',
    statistics === null ? '' : tradeOffs(variants, statistics),
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
  const points = Math.max(24, Math.min(200, Math.floor(CURVE_POINTS / (metrics.length * variants.length))));
  const charts = metrics.map((metric) =>
    cdfChart({
      title: LONG_NAMES[metric],
      metric: shortName(metric),
      counted: metric === 'itl' ? 'gaps between tokens' : 'requests',
      limits: limitsOf(
        variants.flatMap(({ runs }) => runs),
        metric,
      ),
      points,
      series: variants.map(({ chartName, runs }, style) => ({
        name: chartName,
        style,
        ...withoutBand(
          pooledCurve(
            runs.map((run) => ({ curve: run.curves.cdf[metric], weight: countedIn(run, metric) })),
            points,
          ),
          variants.length > MOST_BANDS,
        ),
      })),
    }),
  );
  const seeds = Math.max(...variants.map(({ runs }) => runs.length));
  const notes = [
    chosen,
    variants.some(({ runs }) => runs.some(({ summary }) => summary.failed > 0)) ? 'Of the requests that finished.' : '',
    unsteadyNote(variants),
    seeds === 1 ? '' : 'All seeds together.',
    seeds === 1 || variants.length > MOST_BANDS ? '' : 'The band reaches from the lowest to the highest seed.',
  ];
  return figure(
    'How long requests take',
    charts,
    notes,
    variants.length > 1 ? variants.map(({ chartName }) => chartName) : [],
  );
}

/** Their curves are drawn, since it is how they fail, but say how long the load was. */
function unsteadyNote(variants: readonly Variant[]): string {
  const unsteady = variants.filter((variant) => variant.unsteady);
  if (unsteady.length === 0) return '';
  return `The queue grows with ${listedVariants(unsteady)}: what is drawn of ${unsteady.length === 1 ? 'it' : 'them'} depends on how long the load lasts.`;
}

function withoutBand({ curve, band }: PooledCurve, isCrowded: boolean): PooledCurve {
  return { curve, band: isCrowded ? null : band };
}

/** Requests, or gaps between tokens, that a run's distribution is of. */
function countedIn({ summary }: RunReport, metric: LatencyMetric): number {
  return metric === 'itl' ? summary.total_output_tokens - summary.completed : summary.completed;
}

/**
 * Which of a study's metrics are told, and in which order: what the SLO judges, then what people compare. Of these, charts show
 * those in which the variants differ.
 */
import type { SloVerdict } from '../metrics/slo.ts';
import type { MetricColumn, StudyStatistics, VariantStatistics } from '../metrics/study-statistics.ts';
import type { Variant } from './variants.ts';
import { thinks } from './wording.ts';

const COMPARED = [
  'goodput',
  'ttft_p99',
  'ttfat_p99',
  'tpot_p99',
  'output_throughput',
  'usd_per_million_output_tokens',
  'e2el_p99',
  'not_served',
  'truncated',
  'preemptions',
  'prefix_cache_hit_rate',
  'spec_decode_acceptance_length',
  'requests_hit',
  'kv_cache_usage_max',
] as const;

/** Those that any variant has and that are not nothing throughout. */
export function toldMetrics(statistics: StudyStatistics, variants: readonly Variant[]): MetricColumn[] {
  const summaries = variants.flatMap(({ runs }) => runs.map(({ summary }) => summary));
  const someThink = summaries.some(thinks);
  const judged = summaries.flatMap(({ sim }) => sim.slo.map(metricOfBound));
  const isMeasured = (name: string) => statistics.metrics.some((metric) => metric.name === name);
  // One statistic of a latency is enough: the one that is judged.
  const compared = COMPARED.filter(
    (name) => !judged.some((other) => isMeasured(other) && other.split('_')[0] === name.split('_')[0]),
  );
  const names = [...new Set([...judged, ...compared])].filter((name) => name !== 'ttfat_p99' || someThink);
  return names.flatMap((name) => {
    const column = statistics.metrics.find((metric) => metric.name === name);
    return column !== undefined && meansOf(statistics.variants, name).some((mean) => mean !== 0) ? [column] : [];
  });
}

/** Means closer to each other than this, relative to the largest, or shares closer than this, are no news for a chart. */
const SAME_RATIO = 0.02;
const SAME_SHARE = 0.002;

/** Whether the means of a metric differ between variants by anything that a chart could show. */
export function differs(variants: readonly VariantStatistics[], { name, unit }: MetricColumn): boolean {
  const means = meansOf(variants, name);
  if (means.length < 2) return false;
  const gap = Math.max(...means) - Math.min(...means);
  return gap > (unit === 'share' ? SAME_SHARE : SAME_RATIO * Math.max(...means.map(Math.abs)));
}

function meansOf(variants: readonly VariantStatistics[], name: string): number[] {
  return variants.flatMap(({ estimates }) => estimates[name]?.mean ?? []);
}

/** Whether any variant has several runs, so that there are intervals. */
export function hasIntervals({ variants }: StudyStatistics): boolean {
  return variants.some(({ runs }) => runs > 1);
}

/** What the SLO allows of a metric: `≤ 2.00 s` is `{ name: 'ttft_p99', limitMs: 2000 }`; each bound once. */
export function limitsByMetric(variants: readonly Variant[]): Map<string, number[]> {
  const limits = new Map<string, Set<number>>();
  for (const { summary } of variants.flatMap(({ runs }) => runs)) {
    for (const bound of summary.sim.slo) {
      const name = metricOfBound(bound);
      limits.set(name, (limits.get(name) ?? new Set()).add(bound.limit_ms));
    }
  }
  return new Map([...limits].map(([name, values]) => [name, [...values]]));
}

/** The metric that a bound of the SLO is on: `ttft_p99`, `batch.ttft_p99`. */
export function metricOfBound({ metric, statistic, class: of }: SloVerdict): string {
  return `${of === undefined ? '' : `${of}.`}${metric}_${statistic}`;
}

/** `95 %`, `99.5 %`. */
export function levelText(level: number): string {
  return `${Number((level * 100).toPrecision(4))} %`;
}

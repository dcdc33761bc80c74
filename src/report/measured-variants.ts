/** The variants of a study with what its statistics say of them. */
import type {
  Estimate,
  MetricColumn,
  StudyStatistics,
  VariantStatistics,
  VersusBaseline,
} from '../metrics/study-statistics.ts';
import { type FigureText, figureText } from './figure-text.ts';
import { duration } from './format.ts';
import type { Variant } from './variants.ts';
import { LONG_NAMES } from './wording.ts';

export interface MeasuredVariant {
  readonly variant: Variant;
  readonly statistics: VariantStatistics;
}

/** In the study's order, which is that of the statistics. */
export function measuredVariants(variants: readonly Variant[], statistics: StudyStatistics): MeasuredVariant[] {
  return variants.flatMap((variant, i) => {
    const own = statistics.variants[i];
    return own === undefined ? [] : [{ variant, statistics: own }];
  });
}

export function estimateOf({ statistics }: MeasuredVariant, { name }: MetricColumn): Estimate | null {
  return statistics.estimates[name] ?? null;
}

/** Whether a figure is missing because it is withheld. */
export function isWithheld(measured: MeasuredVariant, column: MetricColumn): boolean {
  return measured.statistics.withheld !== null && estimateOf(measured, column) === null;
}

/** Whether the interval of a difference holds 0. */
export function isChance({ significant, difference: { low, high } }: VersusBaseline): boolean {
  return !significant && low !== null && !(low === 0 && high === 0);
}

/** One unit for the metric's figures of all variants. */
export function textOfMetric(measured: readonly MeasuredVariant[], column: MetricColumn): FigureText {
  const means = measured.map((each) => estimateOf(each, column)?.mean ?? null);
  return figureText(column.unit, means);
}

/** A figure for a tooltip: `1.28 ± 0.05 s, 5 seeds`, or why there is none. */
export function toldEstimate(measured: MeasuredVariant, column: MetricColumn, text: FigureText): string {
  const estimate = estimateOf(measured, column);
  if (estimate !== null) {
    const seeds = estimate.runs === 1 ? '1 seed' : `${estimate.runs} seeds`;
    return `${text.estimate(estimate)}, ${seeds}`;
  }
  return isWithheld(measured, column) ? `withheld: ${measured.statistics.withheld}` : 'not measured';
}

const LATENCY = /^(?:(.+)\.)?(ttft|tpot|itl|e2el|ttfat)_(mean|p[\d.]+)$/;

/** Metrics whose label in tables is too short for a title, and what their axes measure. */
const LONG: Readonly<Record<string, string>> = {
  output_throughput: 'Output',
  usd_per_million_output_tokens: 'Price of a million output tokens',
  kv_cache_usage_max: 'KV cache in use, most',
  prefix_cache_hit_rate: 'Prompt tokens found in the prefix cache',
  spec_decode_acceptance_length: 'Tokens a verification',
};
const AXES: Readonly<Record<string, string>> = {
  output_throughput: 'Output tokens/s',
  goodput: '% of all requests',
  not_served: '% of all requests',
  requests_hit: '% of all requests',
  truncated: '% of finished requests',
  kv_cache_usage_max: '% of KV blocks',
  prefix_cache_hit_rate: '% of prompt tokens',
  usd_per_million_output_tokens: '$ per million output tokens',
};

/** For the title of a chart: `Time to first token, p99`; `Goodput`. */
export function longLabel({ name, label }: MetricColumn): string {
  const [, of, latency, statistic] = LATENCY.exec(name) ?? [];
  if (latency === undefined) return LONG[name] ?? `${label[0]!.toUpperCase()}${label.slice(1)}`;
  const title = `${LONG_NAMES[latency as keyof typeof LONG_NAMES]}, ${statistic}`;
  return of === undefined ? title : `${of}: ${title.toLowerCase()}`;
}

/** For an axis: `TTFT p99, s`; `goodput, %`; dollars and counts have no unit behind them. */
export function axisLabel({ name, label }: MetricColumn, { unit }: FigureText): string {
  const own = AXES[name];
  if (own !== undefined) return own;
  return unit === '' || label.endsWith(unit) ? label : `${label}, ${unit}`;
}

/** `p99 ≤ 2.00 s` of a latency's metric. */
export function limitName({ name }: MetricColumn, limitMs: number): string {
  const statistic = LATENCY.exec(name)?.[3] ?? '';
  return `${statistic} ≤ ${duration(limitMs)}`.trim();
}

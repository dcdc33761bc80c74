/**
 * The metrics of a run that studies compare, by the names that study files use (`ttft_p99`, `goodput`, `batch.ttft_p99` of a class): what
 * each is called, its unit, which way is better, and how it is read off a run's summary or counted from its requests, some of which may
 * be left out as warm-up. Definitions are those of the summary, which follow `vllm bench serve`.
 */
import { didYouMean, InputError } from '../core/input-error.ts';
import type { ValueName } from './class-outcomes.ts';
import { classMetrics } from './metrics-of-classes.ts';
import { latencyMetrics } from './metrics-of-latencies.ts';
import { LOAD_METRICS } from './metrics-of-load.ts';
import type { Outcomes } from './outcomes.ts';
import type { Summary } from './summary.ts';

/** Shares are from 0 to 1. A `count` is of one run. */
export type MetricUnit = 'ms' | 'share' | 'tok/s' | 'req/s' | '$' | 'tokens' | 'count';

/** The requests of a run that its statistics are about. */
export interface KeptRequests {
  readonly outcomes: Outcomes;
  /** From the first arrival among them to the last token of any of them. */
  readonly seconds: number;
  readonly preemptions: number;
}

export interface Metric {
  readonly name: string;
  /** For people: `TTFT p99`. */
  readonly label: string;
  readonly unit: MetricUnit;
  /** Which of two values is the better one; null: neither as such. */
  readonly better: 'less' | 'more' | null;
  /** It describes a steady state: where the queue grows it says how long the run was, and is withheld. */
  readonly isOfSteadyState: boolean;
  /** Null where it was not measured. */
  readonly ofSummary: (summary: Summary) => number | null;
  /** From some of the requests; null where the rows of requests do not tell it. */
  readonly ofRequests: ((kept: KeptRequests) => number | null) | null;
  /** The latency and share that it is a quantile of, over all requests; else null. */
  readonly quantile: { readonly latency: ValueName; readonly share: number } | null;
}

/** All metrics of runs with classes of these names, in the order of tables. */
export function metricsOf(classes: readonly string[]): readonly Metric[] {
  return [...latencyMetrics(), ...LOAD_METRICS, ...classes.flatMap(classMetrics)];
}

/** The metric of that name. `where` says who asks. Throws InputError where there is none. */
export function metricNamed(name: string, classes: readonly string[], where: string): Metric {
  const metrics = metricsOf(classes);
  const found = metrics.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const names = metrics.map((metric) => metric.name);
  throw new InputError(`${where}: no metric ${name}.${didYouMean(name, names) || ` Known: ${names.join(', ')}.`}`);
}

/** The metrics of a search: its constraints with their limits in the units of the metrics, and what else is shown of each candidate. */
import type { SloBound, TuneConstraint, TuneSettings } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { type Metric, metricNamed, metricsOf } from '../../metrics/metric-names.ts';
import type { Target } from '../../metrics/statistics/targets.ts';

/** A constraint whose metric is known. */
export interface Constraint extends Target {
  readonly metric: Metric;
  readonly written: string;
}

export interface TuneMetrics {
  readonly constraints: readonly Constraint[];
  /** Of a search for the cheapest; else null. */
  readonly objective: Metric | null;
  /** Latency, throughput and cost, of which the Pareto front is. */
  readonly pareto: readonly Metric[];
  /** All of them and what else is shown, each once. */
  readonly shown: readonly Metric[];
}

/** What a candidate costs or gains, the most telling first. */
const SHOWN = [
  'ttft_p99',
  'e2el_p99',
  'num_requests_running_mean',
  'preemptions',
  'usd_per_million_output_tokens',
  'usd_per_hour',
  'output_throughput',
  'goodput',
  'truncated',
  'without_answer',
  'refused',
];

/** Throws InputError for names that are no metrics and limits that do not suit them. `classes`: names of the classes of requests. */
export function tuneMetrics(tune: TuneSettings, classes: readonly string[], slo: readonly SloBound[]): TuneMetrics {
  const constraints = tune.constraints.map((each) => constraintOf(each, classes, slo));
  const { goal } = tune;
  const objective = goal.kind === 'cheapest' ? objectiveOf(goal.objective, classes, tune.where) : null;
  const known = (name: string) => metricsOf(classes).find((metric) => metric.name === name);
  const pareto = objective === null ? [] : paretoMetrics(constraints, objective, slo, known);
  const others = SHOWN.map((name) => known(name)!).filter(({ name }) => name !== 'goodput' || slo.length > 0);
  const shown = [
    ...constraints.map(({ metric }) => metric),
    ...(objective === null ? [] : [objective]),
    ...others,
    ...pareto,
  ];
  return { constraints, objective, pareto, shown: [...new Map(shown.map((metric) => [metric.name, metric])).values()] };
}

function constraintOf(given: TuneConstraint, classes: readonly string[], slo: readonly SloBound[]): Constraint {
  const { bound, written, where } = given;
  const metric = metricNamed(given.metric, classes, where);
  if (/(^|\.)(request_)?goodput$/.test(metric.name) && slo.length === 0)
    throw new InputError(`${where}: ${metric.name} counts requests within an slo, and the study has none.`);
  if (metric.better === (bound === 'at_least' ? 'less' : 'more'))
    throw new InputError(
      `${where}: read ${given.metric} "${written}", but ${bound === 'at_least' ? 'less' : 'more'} of it is better; expected ${bound === 'at_least' ? '<=' : '>='}.`,
    );
  return { metric, bound, limit: limitOf(given, metric), written };
}

function limitOf({ limit, written, where, metric: name }: TuneConstraint, { unit }: Metric): number {
  const refuse = (expected: string) => new InputError(`${where}: read ${name} "${written}", expected ${expected}.`);
  switch (unit) {
    case 'ms':
      if (limit.kind === 'time') return limit.us / 1000;
      throw refuse('a duration, such as 2s or 60ms');
    case 'share':
      if (limit.kind === 'share' && limit.share <= 1) return limit.share;
      if (limit.kind === 'number' && limit.value <= 1) return limit.value;
      throw refuse('a share of up to 100%, such as 99% or 0.99');
    default:
      if (limit.kind === 'number') return limit.value;
      throw refuse(`a number${unit === 'count' ? '' : `, in ${unit}`}`);
  }
}

function objectiveOf(name: string, classes: readonly string[], where: string): Metric {
  const metric = metricNamed(name, classes, `${where} objective`);
  if (metric.better === null)
    throw new InputError(
      `${where}: objective ${name} is neither better high nor better low; expected a cost, a latency or a throughput.`,
    );
  return metric;
}

function paretoMetrics(
  constraints: readonly Constraint[],
  objective: Metric,
  slo: readonly SloBound[],
  known: (name: string) => Metric | undefined,
): Metric[] {
  const bounded = constraints.find(({ metric }) => metric.unit === 'ms')?.metric;
  const promised = slo
    .map(({ metric, statistic }) => known(`${metric}_${statistic}`))
    .find((metric) => metric !== undefined);
  const cost = objective.unit === '$' ? objective : known('usd_per_hour')!;
  const latency = bounded ?? promised ?? known('e2el_p99')!;
  return [latency, known('output_throughput')!, cost];
}

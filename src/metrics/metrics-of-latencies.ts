/** The metrics that are statistics of a latency: `ttft_mean`, `tpot_p99`, in milliseconds. */
import { VALUES, type ValueName } from './class-outcomes.ts';
import type { Metric } from './metric-names.ts';
import type { OutcomeGroup } from './outcomes.ts';
import type { Summary } from './summary.ts';

const STATISTICS = ['mean', 'p50', 'p90', 'p95', 'p99'] as const;
type LatencyStatistic = (typeof STATISTICS)[number];

const LABELS: Readonly<Record<ValueName | 'itl', string>> = {
  ttft: 'TTFT',
  tpot: 'TPOT',
  itl: 'ITL',
  e2el: 'E2EL',
  ttfat: 'TTFAT',
  queue_time: 'queue time',
};

/** Where a latency's fields are: a summary, its `sim`, or one of its classes. */
type Fields = Readonly<Record<string, unknown>>;

export function latencyMetrics(): Metric[] {
  const fieldsOf: Record<ValueName | 'itl', (summary: Summary) => Fields> = {
    ...{ ttft: whole, tpot: whole, itl: whole, e2el: whole },
    ...{ ttfat: sim, queue_time: sim },
  };
  return (['ttft', 'tpot', 'itl', 'e2el', 'ttfat', 'queue_time'] as const).flatMap((latency) =>
    STATISTICS.map((statistic) => {
      const metric = latencyMetric(latency, statistic, fieldsOf[latency]);
      // Gaps between tokens are not kept by request.
      if (latency === 'itl') return metric;
      const ofRequests: Metric['ofRequests'] = ({ outcomes }) => statisticMs(outcomes.all, latency, statistic);
      const share = shareOf(statistic);
      return { ...metric, ofRequests, quantile: share === null ? null : { latency, share } };
    }),
  );
}

/** Of one class, whose requests are a part of the run's. */
export function classLatencyMetrics(name: string): Metric[] {
  return VALUES.flatMap((latency) =>
    STATISTICS.map((statistic): Metric => {
      const metric = latencyMetric(latency, statistic, ({ sim: { classes } }) => ({
        ...classes.find((each) => each.name === name),
      }));
      return {
        ...metric,
        name: `${name}.${metric.name}`,
        label: `${name} ${metric.label}`,
        ofRequests: ({ outcomes }) => {
          const index = outcomes.classes.findIndex((each) => each.name === name);
          return index < 0 ? null : statisticMs(outcomes.ofClass(index), latency, statistic);
        },
      };
    }),
  );
}

function latencyMetric(
  latency: ValueName | 'itl',
  statistic: LatencyStatistic,
  fieldsOf: (summary: Summary) => Fields,
): Metric {
  return {
    name: `${latency}_${statistic}`,
    label: `${LABELS[latency]} ${statistic}`,
    unit: 'ms',
    better: 'less',
    isOfSteadyState: true,
    ofSummary: (summary) => (fieldsOf(summary)[`${statistic}_${latency}_ms`] as number | null | undefined) ?? null,
    ofRequests: null,
    quantile: null,
  };
}

function statisticMs({ latencies }: OutcomeGroup, latency: ValueName, statistic: LatencyStatistic): number | null {
  const share = shareOf(statistic);
  const us = share === null ? latencies[latency].mean : latencies[latency].quantile(share);
  return us === null ? null : us / 1000;
}

/** Null for the mean. */
function shareOf(statistic: LatencyStatistic): number | null {
  return statistic === 'mean' ? null : Number(statistic.slice(1)) / 100;
}

function whole(summary: Summary): Fields {
  return { ...summary };
}

function sim(summary: Summary): Fields {
  return { ...summary.sim };
}

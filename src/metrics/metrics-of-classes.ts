/** The metrics of one class of requests, `batch.ttft_p99`: those of all requests that can be told apart by class. */
import type { ClassSummary } from './class-summary.ts';
import { goodputShare } from './class-summary.ts';
import type { Metric } from './metric-names.ts';
import { classLatencyMetrics } from './metrics-of-latencies.ts';
import type { OutcomeGroup } from './outcomes.ts';

/** Of the class of that name. */
export function classMetrics(name: string): Metric[] {
  const share = (
    metric: string,
    label: string,
    better: Metric['better'],
    ofSummary: (of: ClassSummary) => number | null,
    ofGroup: (group: OutcomeGroup) => number | null,
  ): Metric => ({
    name: `${name}.${metric}`,
    label: `${name} ${label}`,
    unit: 'share',
    better,
    isOfSteadyState: metric === 'goodput',
    ofSummary: ({ sim }) => {
      const found = sim.classes.find((each) => each.name === name);
      return found === undefined ? null : ofSummary(found);
    },
    ofRequests: ({ outcomes }) => {
      const index = outcomes.classes.findIndex((each) => each.name === name);
      return index < 0 ? null : ofGroup(outcomes.ofClass(index));
    },
    quantile: null,
  });
  return [
    ...classLatencyMetrics(name),
    share('goodput', 'goodput', 'more', ({ goodput_share }) => goodput_share, goodputShare),
    share(
      'truncated',
      'truncated',
      'less',
      ({ truncated_share }) => truncated_share,
      ({ sums }) => ratio(sums.finished - sums.complete, sums.finished),
    ),
    share(
      'refused',
      'refused',
      'less',
      ({ rejected, requests }) => ratio(rejected, requests),
      ({ sums }) => ratio(sums.ended.rejected, sums.arrived),
    ),
  ];
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

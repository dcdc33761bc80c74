/** The metrics of one class of requests, `batch.ttft_p99`: those of all requests that can be told apart by class. */

import type { ClassSummary } from './class-summary.ts';
import { goodputShare } from './class-summary.ts';
import type { Metric } from './metric-names.ts';
import { classLatencyMetrics } from './metrics-of-latencies.ts';
import type { OutcomeGroup } from './outcomes.ts';
import { ratio } from './ratio.ts';

/** A share of a class's requests, from its summary or from its outcomes. */
interface ClassShare {
  readonly name: string;
  readonly better: Metric['better'];
  readonly ofSummary: (of: ClassSummary) => number | null;
  readonly ofGroup: (group: OutcomeGroup) => number | null;
}

const SHARES: readonly ClassShare[] = [
  { name: 'goodput', better: 'more', ofSummary: ({ goodput_share }) => goodput_share, ofGroup: goodputShare },
  {
    name: 'truncated',
    better: 'less',
    ofSummary: ({ truncated_share }) => truncated_share,
    ofGroup: ({ sums }) => ratio(sums.finished - sums.complete, sums.finished),
  },
  {
    name: 'refused',
    better: 'less',
    ofSummary: ({ rejected, requests }) => ratio(rejected, requests),
    ofGroup: ({ sums }) => ratio(sums.ended.rejected, sums.arrived),
  },
];

/** Of the class of that name. */
export function classMetrics(name: string): Metric[] {
  return [...classLatencyMetrics(name), ...SHARES.map((share) => classShareMetric(name, share))];
}

function classShareMetric(className: string, { name, better, ofSummary, ofGroup }: ClassShare): Metric {
  return {
    name: `${className}.${name}`,
    label: `${className} ${name}`,
    unit: 'share',
    better,
    isOfSteadyState: name === 'goodput',
    ofSummary: ({ sim }) => {
      const found = sim.classes.find((each) => each.name === className);
      return found === undefined ? null : ofSummary(found);
    },
    ofRequests: ({ outcomes }) => {
      const index = outcomes.classes.findIndex((each) => each.name === className);
      return index < 0 ? null : ofGroup(outcomes.ofClass(index));
    },
    quantile: null,
  };
}

/** Statistics of made-up runs: intervals reach from the lowest to the highest seed, which is no method, but plain to see. */
import type {
  MetricColumn,
  StudyStatistics,
  VariantStatistics,
  VersusBaseline,
} from '../../src/metrics/study-statistics.ts';
import type { RunReport, StudyReport } from '../../src/report/study-report.ts';
import { type Variant, variantsOf } from '../../src/report/variants.ts';

type Reading = (run: RunReport) => number | null;

const METRICS: readonly (Omit<MetricColumn, 'wholeRun'> & { of: Reading })[] = [
  { name: 'ttft_p99', label: 'TTFT p99', unit: 'ms', better: 'less', of: ({ summary }) => summary.p99_ttft_ms },
  { name: 'tpot_p99', label: 'TPOT p99', unit: 'ms', better: 'less', of: ({ summary }) => summary.p99_tpot_ms },
  { name: 'goodput', label: 'goodput', unit: 'share', better: 'more', of: ({ summary }) => summary.sim.goodput_share },
  {
    ...{ name: 'output_throughput', label: 'output tokens', unit: 'tok/s', better: 'more' },
    of: ({ summary }) => summary.output_throughput,
  },
  {
    ...{ name: 'usd_per_million_output_tokens', label: '$ per million output tokens', unit: '$', better: 'less' },
    of: ({ summary }) => summary.sim.money?.usd_per_million_output_tokens ?? null,
  },
  {
    name: 'preemptions',
    label: 'preemptions',
    unit: 'count',
    better: 'less',
    of: ({ summary }) => summary.sim.preemptions,
  },
];

/** The first variant is the baseline of the others. */
const FIRST = (place: number) => (place === 0 ? null : 0);

/** Of the runs; `withheld`: places of the variants without a steady state; `baselineOf`: what each variant is compared with. */
export function statisticsOf(
  runs: readonly RunReport[],
  withheld: readonly number[] = [],
  baselineOf: (place: number) => number | null = FIRST,
): StudyStatistics {
  const variants = variantsOf(runs);
  return {
    level: 0.95,
    differenceLevel: 0.975,
    metrics: METRICS.map(({ of: _, ...metric }) => ({ ...metric, wholeRun: false })),
    variants: variants.map((variant, i): VariantStatistics => {
      const isWithheld = withheld.includes(i);
      const place = baselineOf(i);
      const lacks = (other: number | null, unit: string) => withheld.some((of) => of === other) && unit === 'ms';
      const baseline = place === null ? null : variants[place]!;
      const byName = <T>(of: (reading: Reading) => T, against: number | null = null) =>
        Object.fromEntries(
          METRICS.map(({ name, unit, of: reading }) => [
            name,
            lacks(i, unit) || lacks(against, unit) ? null : of(reading),
          ]),
        );
      return {
        variant: variant.runs[0]!.variant,
        runs: variant.runs.length,
        warmUp: { requests: 0, seconds: 0, note: null },
        saturation: isWithheld ? 'growing' : 'steady',
        saturationReason: isWithheld ? 'the queue grows by 2 requests/s' : 'the number in the system does not grow',
        withheld: isWithheld ? 'the queue grows by 2 requests/s' : null,
        estimates: byName((reading) => estimate(values(variant.runs, reading))),
        baseline: place,
        otherLoad: baseline !== null && rateOf(variant) !== rateOf(baseline),
        versusBaseline:
          baseline === null
            ? null
            : byName((reading) => versus(values(variant.runs, reading), values(baseline.runs, reading)), place),
      };
    }),
    notes: ['Intervals reach from the lowest to the highest seed.'],
  };
}

export function withStatistics(study: StudyReport, withheld: readonly number[] = []): StudyReport {
  return { ...study, statistics: statisticsOf(study.runs, withheld) };
}

function rateOf({ runs }: Variant): unknown {
  return runs[0]!.variant['workload.request_rate'];
}

function values(runs: readonly RunReport[], of: Reading): number[] {
  return runs.flatMap((run) => of(run) ?? []);
}

function estimate(of: readonly number[]) {
  if (of.length === 0) return null;
  const several = of.length > 1;
  return {
    mean: of.reduce((sum, value) => sum + value, 0) / of.length,
    low: several ? Math.min(...of) : null,
    high: several ? Math.max(...of) : null,
    runs: of.length,
    method: 'student' as const,
  };
}

function versus(of: readonly number[], baseline: readonly number[]): VersusBaseline | null {
  if (of.length === 0 || of.length !== baseline.length) return null;
  const difference = estimate(of.map((value, i) => value - baseline[i]!))!;
  const ratio = baseline.every((value) => value > 0) ? estimate(of.map((value, i) => value / baseline[i]!)) : null;
  return { difference, ratio, significant: difference.low !== null && (difference.low > 0 || difference.high! < 0) };
}

/** Studies whose statistics say just what a test wants them to say: three runs each of `max_num_seqs` 8, 16, … */
import type { Estimate, MetricColumn, StudyStatistics, VariantStatistics } from '../../src/metrics/study-statistics.ts';
import type { MeasuredStudy } from '../../src/report/study-report.ts';
import { study, variant } from './answers.ts';

export const VARIANT = 'max_num_seqs';
const KEY = `deployment.${VARIANT}`;

export function estimate(mean: number, low: number | null, high: number | null): Estimate {
  return { mean, low, high, runs: 3, method: 'student' };
}

const column = (name: string, label: string, unit: MetricColumn['unit'], better: MetricColumn['better']) => ({
  ...{ name, label, unit, better },
  wholeRun: false,
});
export const METRICS: readonly MetricColumn[] = [
  column('ttft_p99', 'TTFT p99', 'ms', 'less'),
  column('goodput', 'goodput', 'share', 'more'),
];

/** The first variant is the baseline, if there are several. */
export function statisticsOf(
  variants: readonly Partial<VariantStatistics>[],
  rest: Partial<StudyStatistics> = {},
): MeasuredStudy {
  const runs = variants.flatMap((_, i) => [1, 2, 3].map((seed) => variant({ [KEY]: 8 * 2 ** i }, {}, {}, seed)));
  const statistics: StudyStatistics = {
    level: 0.95,
    differenceLevel: 0.95,
    metrics: METRICS,
    variants: variants.map((of, i) => ({
      variant: { [KEY]: 8 * 2 ** i },
      runs: 3,
      warmUp: { requests: 0, seconds: 0, note: null },
      saturation: 'steady',
      saturationReason: 'the number in the system does not grow',
      withheld: null,
      estimates: {},
      baseline: i === 0 ? null : 0,
      otherLoad: false,
      versusBaseline: null,
      ...of,
    })),
    notes: [],
    ...rest,
  };
  return { ...study(...runs), statistics };
}

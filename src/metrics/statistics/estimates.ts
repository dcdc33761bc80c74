/**
 * Figures over the replications of a variant, and against a baseline: Student's t of the runs' values; for a quantile, from ten
 * replications on, the quantile of the requests of all runs together with a bootstrap of whole runs. Differences are taken within pairs of
 * one seed, and for pooled quantiles over the same resampled pairs. Ratios are taken on logarithms, so that their intervals stay above 0.
 */
import { randomStreams } from '../../core/random.ts';
import { roundedTo12 } from '../../core/units.ts';
import type { LatencyColumns } from '../kept-requests.ts';
import type { Metric } from '../metric-names.ts';
import type { Estimate, VersusBaseline } from '../study-statistics.ts';
import { combined, FEWEST_UNITS, type Resampled, resample, resampledInterval } from './bootstrap.ts';
import { comparePaired } from './comparison.ts';
import { type MeanInterval, meanInterval } from './confidence.ts';
import { pooledQuantiles } from './pooled-quantile.ts';

/** What one replication came to. */
export interface MeasuredRun {
  readonly seed: number;
  /** By metric name; null where it was not measured. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Null where the requests' rows were not kept. */
  readonly latencies: LatencyColumns | null;
}

/** Values beyond which quantiles are not taken over all runs together: runs so long have no bias to speak of. */
const MOST_POOLED = 5_000_000;

/** The replications of one variant: their values, and what was drawn of their percentiles. Latencies are not kept. */
export class Replications {
  readonly seeds: readonly number[];
  private readonly measured: readonly MeasuredRun['values'][];
  private readonly drawn: ReadonlyMap<string, Resampled>;

  /** `metrics`: those that will be asked for. */
  constructor(runs: readonly MeasuredRun[], metrics: readonly Metric[]) {
    this.seeds = runs.map(({ seed }) => seed);
    this.measured = runs.map(({ values }) => values);
    this.drawn = runs.length < FEWEST_UNITS ? new Map() : drawnPercentiles(runs, metrics);
  }

  /** Null where a run has no value, since the others would flatter it. */
  estimate(metric: Metric, level: number): Estimate | null {
    const values = this.values(metric);
    if (values === null) return null;
    const resampled = this.drawn.get(metric.name);
    if (resampled !== undefined) return withoutNoise(bootstrapped(resampled, level));
    const plain = values.map(({ value }) => value);
    return withinRange(student(meanInterval(plain, level)), metric.unit === 'share' ? 1 : Number.POSITIVE_INFINITY);
  }

  /** Against a baseline; null where one of them has no value, or no seed is common to both. */
  versus(baseline: Replications, metric: Metric, level: number): VersusBaseline | null {
    const [values, others] = [this.values(metric), baseline.values(metric)];
    if (values === null || others === null || !values.some(({ seed }) => others.some((other) => other.seed === seed)))
      return null;
    const [drawn, ofBaseline] = [this.drawn.get(metric.name), baseline.drawn.get(metric.name)];
    // Resamples are pairs where the same seeds stand at the same places.
    if (drawn === undefined || ofBaseline === undefined || this.seeds.join() !== baseline.seeds.join()) {
      const { difference, ratio } = comparePaired(values, others, level);
      return judged(student(difference), ratio === null ? null : student(ratio));
    }
    const difference = combined(drawn, ofBaseline, (a, b) => a - b);
    return judged(withoutNoise(bootstrapped(difference, level)), bootstrappedRatio(drawn, ofBaseline, level));
  }

  private values({ name }: Metric): { seed: number; value: number }[] | null {
    const values = this.measured.flatMap((of, i) => {
      const value = of[name] ?? null;
      return value === null ? [] : [{ seed: this.seeds[i]!, value }];
    });
    return values.length === this.measured.length && values.length > 0 ? values : null;
  }
}

/** By metric name; those that runs are too long for, or that have no value in a resample, are left out. */
function drawnPercentiles(runs: readonly MeasuredRun[], metrics: readonly Metric[]): Map<string, Resampled> {
  const drawn = new Map<string, Resampled>();
  for (const latency of new Set(metrics.flatMap(({ quantile }) => quantile?.latency ?? []))) {
    const columns = runs.flatMap(({ latencies }) => (latencies === null ? [] : [latencies[latency]]));
    const count = columns.reduce((sum, { length }) => sum + length, 0);
    if (columns.length < runs.length || count > MOST_POOLED) continue;
    const ofShares = pooledQuantiles(columns);
    for (const { name, quantile } of metrics) {
      if (quantile?.latency !== latency) continue;
      // One stream for all, so that replications of one seed are drawn together.
      const each = resample(runs.length, ofShares(quantile.share), { rng: randomStreams(0)('bootstrap') });
      if (![...each.drawn, ...each.without].some(Number.isNaN)) drawn.set(name, each);
    }
  }
  return drawn;
}

function student({ mean, low, high, values }: MeanInterval): Estimate {
  return withoutNoise({ mean, low, high, runs: values, method: 'student' });
}

/** Without the last digits, which are those of the arithmetic. */
function withoutNoise({ mean, low, high, ...rest }: Estimate): Estimate {
  const bound = (value: number | null) => (value === null ? null : roundedTo12(value));
  return { mean: roundedTo12(mean), low: bound(low), high: bound(high), ...rest };
}

/** No metric is below 0 and no share above 1; an interval that reaches there holds the truth as often without that part. */
function withinRange({ low, high, ...rest }: Estimate, most: number): Estimate {
  const within = (bound: number | null) => (bound === null ? null : Math.min(most, Math.max(0, bound)));
  return { ...rest, low: within(low), high: within(high) };
}

function bootstrapped(resampled: Resampled, level: number): Estimate {
  const { estimate, low, high, units } = resampledInterval(resampled, level);
  return { mean: estimate, low, high, runs: units, method: 'bootstrap' };
}

function bootstrappedRatio(a: Resampled, b: Resampled, level: number): Estimate | null {
  const isPositive = ({ estimate, drawn, without }: Resampled) =>
    estimate > 0 && drawn.every((each) => each > 0) && without.every((each) => each > 0);
  if (!isPositive(a) || !isPositive(b)) return null;
  const { mean, low, high, ...rest } = bootstrapped(
    combined(a, b, (x, y) => Math.log(x / y)),
    level,
  );
  const bound = (value: number | null) => (value === null ? null : Math.exp(value));
  return withoutNoise({ mean: Math.exp(mean), low: bound(low), high: bound(high), ...rest });
}

function judged(difference: Estimate, ratio: Estimate | null): VersusBaseline {
  const { low, high } = difference;
  return { difference, ratio, significant: low !== null && high !== null && (low > 0 || high < 0) };
}

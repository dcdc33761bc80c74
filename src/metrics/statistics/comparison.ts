/**
 * Two systems compared. Under common random numbers both met the same arrivals and lengths, seed by seed, so that the
 * difference within a seed is the system's and most of the noise cancels: the paired-t interval (Law, Simulation Modeling
 * and Analysis, 5th ed., section 10.2.1). Replications with draws of their own are compared by Welch's interval, which
 * does not assume equal variances (Law, section 10.2.2; Welch, Biometrika 34, 1947).
 */
import { InputError } from '../../core/input-error.ts';
import { type MeanInterval, meanInterval, moments } from './confidence.ts';
import { studentQuantile, studentTwoSided } from './student.ts';

/** A replication: its seed and what was measured. */
export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

export interface Comparison {
  /** The variant's mean minus the baseline's. */
  readonly difference: MeanInterval;
  /** The variant over the baseline, seed by seed: geometric mean, with the interval of the logarithms. Null where a value is not positive, or seeds are not paired. */
  readonly ratio: MeanInterval | null;
  readonly degreesOfFreedom: number | null;
  /** That such a difference or a larger one arises by chance; null with too few replications. */
  readonly pValue: number | null;
  readonly method: 'paired t' | 'Welch';
  /** How many times more replications without common random numbers would need; null where it is not known. */
  readonly varianceRatio: number | null;
}

/**
 * Paired by seed; seeds that only one of the two has are left out. Throws InputError where no seed is common to both.
 */
export function comparePaired(variant: readonly SeedValue[], baseline: readonly SeedValue[], level = 0.95): Comparison {
  const ofBaseline = new Map(baseline.map(({ seed, value }) => [seed, value]));
  const pairs = variant.flatMap(({ seed, value }) => {
    const other = ofBaseline.get(seed);
    return other === undefined ? [] : [{ value, other }];
  });
  if (pairs.length === 0)
    throw new InputError(
      `the variants share no seed (${seedsOf(variant)} and ${seedsOf(baseline)}): run both with the same seeds to compare them`,
    );
  const differences = pairs.map(({ value, other }) => value - other);
  const isPositive = pairs.every(({ value, other }) => value > 0 && other > 0);
  const { mean, variance } = moments(differences);
  const degrees = pairs.length - 1;
  const independent = [pairs.map(({ value }) => value), pairs.map(({ other }) => other)].map(
    (each) => moments(each).variance,
  );
  return {
    difference: meanInterval(differences, level),
    ratio: isPositive
      ? exponential(
          meanInterval(
            pairs.map(({ value, other }) => Math.log(value / other)),
            level,
          ),
        )
      : null,
    degreesOfFreedom: variance === null ? null : degrees,
    pValue: variance === null ? null : pValue(mean, Math.sqrt(variance / pairs.length), degrees),
    method: 'paired t',
    varianceRatio: variance === null || variance === 0 ? null : (independent[0]! + independent[1]!) / variance,
  };
}

/** Of replications that have nothing in common. */
export function compareWelch(variant: readonly number[], baseline: readonly number[], level = 0.95): Comparison {
  const [a, b] = [moments(variant), moments(baseline)];
  const mean = a.mean - b.mean;
  const values = Math.min(variant.length, baseline.length);
  const unknown = { ratio: null, method: 'Welch', varianceRatio: null } as const;
  if (a.variance === null || b.variance === null)
    return { difference: { mean, low: null, high: null, values }, degreesOfFreedom: null, pValue: null, ...unknown };
  const [ofA, ofB] = [a.variance / variant.length, b.variance / baseline.length];
  const error = Math.sqrt(ofA + ofB);
  const spread = ofA ** 2 / (variant.length - 1) + ofB ** 2 / (baseline.length - 1);
  const degreesOfFreedom = spread === 0 ? variant.length + baseline.length - 2 : (ofA + ofB) ** 2 / spread;
  const half = error === 0 ? 0 : studentQuantile((1 + level) / 2, degreesOfFreedom) * error;
  return {
    difference: { mean, low: mean - half, high: mean + half, values },
    degreesOfFreedom,
    pValue: pValue(mean, error, degreesOfFreedom),
    ...unknown,
  };
}

function pValue(difference: number, error: number, degreesOfFreedom: number): number {
  if (error === 0) return difference === 0 ? 1 : 0;
  return studentTwoSided(Math.abs(difference) / error, degreesOfFreedom);
}

function exponential({ mean, low, high, values }: MeanInterval): MeanInterval {
  const of = (value: number | null) => (value === null ? null : Math.exp(value));
  return { mean: Math.exp(mean), low: of(low), high: of(high), values };
}

function seedsOf(values: readonly SeedValue[]): string {
  return values.length === 0 ? 'none' : values.map(({ seed }) => seed).join(', ');
}

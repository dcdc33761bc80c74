/**
 * Two systems compared. Under common random numbers both met the same arrivals and lengths, seed by seed, so that the
 * difference within a seed is the system's and most of the noise cancels: the paired-t interval (Law, Simulation Modeling
 * and Analysis, 5th ed., chapter 10).
 */
import { InputError } from '../../core/input-error.ts';
import { type MeanInterval, meanInterval, ratioInterval } from './confidence.ts';

/** A replication: its seed and what was measured. */
export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

export interface Comparison {
  /** The variant's mean minus the baseline's. */
  readonly difference: MeanInterval;
  /** The variant over the baseline, seed by seed: geometric mean, with the interval of the logarithms. Null where a value is not positive. */
  readonly ratio: MeanInterval | null;
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
  const isPositive = pairs.every(({ value, other }) => value > 0 && other > 0);
  const of = (combine: (value: number, other: number) => number) =>
    pairs.map(({ value, other }) => combine(value, other));
  return {
    difference: meanInterval(
      of((value, other) => value - other),
      level,
    ),
    ratio: isPositive
      ? ratioInterval(
          of((value, other) => value / other),
          level,
        )
      : null,
  };
}

function seedsOf(values: readonly SeedValue[]): string {
  return values.length === 0 ? 'none' : values.map(({ seed }) => seed).join(', ');
}

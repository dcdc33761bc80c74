/**
 * What a study says over its replications: of each variant and metric a mean with its interval, and the difference to its
 * baseline. Plain JSON, part of `study.json`; the methods are in `statistics/`, each with its source.
 */
import type { MetricUnit } from './metric-names.ts';
import type { SaturationVerdict } from './statistics/saturation.ts';

/** A figure over replications, in the unit of its metric. */
export interface Estimate {
  readonly mean: number;
  /** The confidence interval; null with one run, which says nothing of its spread. */
  readonly low: number | null;
  readonly high: number | null;
  /** Replications that it rests on: those in which the metric was measured. */
  readonly runs: number;
  /** `student`: of the runs' values (a ratio: of their logarithms). `bootstrap`: a quantile of the requests of all runs together, whole runs drawn. */
  readonly method: 'student' | 'bootstrap';
}

/** A variant against the baseline, pairs of one seed each. */
export interface VersusBaseline {
  /** The variant's minus the baseline's. */
  readonly difference: Estimate;
  /** The variant's over the baseline's; null where one of them is not positive. Its interval is above 0. */
  readonly ratio: Estimate | null;
  /** Whether the interval of the difference leaves out 0. Of all comparisons together the level of the study holds. */
  readonly significant: boolean;
}

export interface VariantStatistics {
  /** The swept settings by path; empty without a sweep. */
  readonly variant: Record<string, unknown>;
  readonly runs: number;
  /** What was left out of every run: requests (the most of any run) and seconds (on average). */
  readonly warmUp: { readonly requests: number; readonly seconds: number; readonly note: string | null };
  /** Null where it cannot be judged: all requests arrive at once, or too few. */
  readonly saturation: SaturationVerdict | null;
  /** The reason of the verdict in words; null without one. */
  readonly saturationReason: string | null;
  /** Growth of the number of requests in the system, requests a second; null or absent without a verdict. */
  readonly growthPerSecond?: number | null;
  /** Why figures of a steady state are withheld; null where they are not. */
  readonly withheld: string | null;
  /** By metric name; null where it was not measured or is withheld. */
  readonly estimates: Record<string, Estimate | null>;
  /** Place among the variants of the one that this is compared with; null for a baseline, and where there is none. */
  readonly baseline: number | null;
  /** Whether the baseline is under another load: other requests, or other times of them. */
  readonly otherLoad: boolean;
  /** By metric name; null without a baseline. */
  readonly versusBaseline: Record<string, VersusBaseline | null> | null;
}

/** A column of the statistics. */
export interface MetricColumn {
  readonly name: string;
  /** For people: `TTFT p99`. */
  readonly label: string;
  readonly unit: MetricUnit;
  /** Which of two values is the better one; null: neither as such. */
  readonly better: 'less' | 'more' | null;
  /** Taken over whole runs although a warm-up was left out of the others, since request rows do not tell it. */
  readonly wholeRun: boolean;
}

export interface StudyStatistics {
  /** Of intervals of means and quantiles, 0 to 1. */
  readonly level: number;
  /** Of intervals of differences and ratios: each so wide that those of all comparisons hold together at `level`. */
  readonly differenceLevel: number;
  /** Those measured in any run. */
  readonly metrics: readonly MetricColumn[];
  /** In the order in which the study first runs them. */
  readonly variants: readonly VariantStatistics[];
  /** What the reader must know, each a sentence. */
  readonly notes: readonly string[];
}

/** How many variants are compared with one. */
export function comparisonsOf({ variants }: Pick<StudyStatistics, 'variants'>): number {
  return variants.filter(({ baseline }) => baseline !== null).length;
}

/** The places of the variants that others are compared with, in ascending order. */
export function baselinesOf({ variants }: Pick<StudyStatistics, 'variants'>): ReadonlySet<number> {
  return new Set(variants.flatMap(({ baseline }) => baseline ?? []).sort((a, b) => a - b));
}

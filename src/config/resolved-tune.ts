/** What `tune:` asks once its defaults are applied: plain data. It steers a search and is no part of a run. */

/** The candidates of one setting, as they are written; a search makes its list of them. */
export type TuneCandidates =
  /** In ascending order. */
  | { readonly kind: 'list'; readonly values: readonly number[] }
  /** Both ends, and multiples of `step` between them. */
  | { readonly kind: 'steps'; readonly from: number; readonly to: number; readonly step: number }
  /** Both ends, and between them each at most `precision` (a share, above 0) above the one before. */
  | { readonly kind: 'geometric'; readonly from: number; readonly to: number; readonly precision: number };

export type TuneGoal =
  | {
      readonly kind: 'smallest' | 'highest';
      /** Path of the setting, such as `deployment.max_model_len`. */
      readonly setting: string;
      readonly candidates: TuneCandidates;
      /** `all`: every candidate is tried; `bisection`: as few as find the border; null: all where there are few. */
      readonly search: 'all' | 'bisection' | null;
    }
  | {
      readonly kind: 'cheapest';
      /** All combinations, in the order of a sweep; named where it names them. */
      readonly candidates: readonly {
        readonly name: string | null;
        readonly settings: Readonly<Record<string, unknown>>;
      }[];
      /** Name of the metric that decides among those that meet the constraints. */
      readonly objective: string;
    };

/** What a bound is written in, which has to suit its metric. */
export type TuneLimit =
  | { readonly kind: 'time'; readonly us: number }
  /** From 0 to 1. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'number'; readonly value: number };

/** A bound on the mean of a metric over replications. */
export interface TuneConstraint {
  readonly metric: string;
  readonly bound: 'at_least' | 'at_most';
  readonly limit: TuneLimit;
  /** As in the file: `>= 99%`. */
  readonly written: string;
  /** Where it was read, for messages. */
  readonly where: string;
}

export interface TuneSettings {
  readonly goal: TuneGoal;
  readonly constraints: readonly TuneConstraint[];
  /** In the order in which they are used; as many as a candidate may have. */
  readonly seeds: readonly number[];
  /** Seeds of a candidate to begin with, two at least. */
  readonly fewest: number;
  /** Where the goal was read, for messages. */
  readonly where: string;
}

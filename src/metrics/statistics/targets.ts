/**
 * Is a candidate shown to meet its targets? Each target is a bound on the mean of a metric over replications, and each decision an interval
 * against it: met where the whole interval is on the right side, failed where it is on the wrong side, undecided between. A candidate meets
 * all its targets or fails one of them.
 *
 * A candidate can be misjudged in one way only: one that meets its targets by an interval that lies too low, one that does not by
 * an interval that lies too high. So with D candidates, L looks at each and T targets, each side of an interval may err with probability α /
 * (D L T) for all decisions to be right with 1 - α (Bonferroni; Law, Simulation Modeling and Analysis, 5th ed., chapter 9).
 */
import { levelOfEach, type MeanInterval, meanInterval } from './confidence.ts';
import { replicationsNeeded } from './stopping-rule.ts';

/** A bound on a mean over replications. */
export interface Target {
  readonly bound: 'at_least' | 'at_most';
  readonly limit: number;
}

export type Decision = 'meets' | 'fails' | 'undecided';

/** Asks for replications `from` to `to` - 1 of a candidate, by their place in the list of seeds. Candidates are told by their place. */
export interface Probe {
  readonly candidate: number;
  readonly from: number;
  readonly to: number;
}

export interface Measured {
  /** A row for each replication asked for, with a value for each target. One that is not finite was not measured and meets no target. */
  readonly rows: readonly (readonly number[])[];
  /** Why the candidate does not count whatever its values are; null: they decide. */
  readonly refusal: string | null;
}

/** A search: yields what to measure, all of which may be measured at once; is told the answers in that order; returns what it found. */
export type Search<Found> = Generator<readonly Probe[], Found, readonly Measured[]>;

export interface Effort {
  /** That all decisions are right. Default 0.95. */
  readonly level?: number;
  /** Replications of a candidate at the first look; each look doubles them. Two at least. Default 5. */
  readonly fewest?: number;
  /** Replications of a candidate at most. Default 40. */
  readonly most?: number;
}

/** A target of a candidate that was tried. */
export interface TargetFound {
  readonly decision: Decision;
  /** At the level that all decisions together need; null where a replication has no value. */
  readonly interval: MeanInterval | null;
}

/** A candidate that was tried. */
export interface Tried {
  readonly candidate: number;
  readonly decision: Decision;
  /** In the order of the targets. */
  readonly targets: readonly TargetFound[];
  readonly rows: readonly (readonly number[])[];
  readonly refusal: string | null;
}

/** The numbers of replications at which a candidate is looked at. */
export function looksOf({ fewest = 5, most = 40 }: Effort): number[] {
  const looks = [Math.min(Math.max(2, fewest), most)];
  while (looks.at(-1)! < most) looks.push(Math.min(2 * looks.at(-1)!, most));
  return looks;
}

/** The level of each interval for `decisions` that are right together. */
export function levelOfDecision(level: number, decisions: number): number {
  // Each side errs alone, so that an interval may miss on both with twice the probability.
  return 2 * levelOfEach(level, decisions) - 1;
}

/** A candidate that was measured once more. `each`: level of the intervals. */
export function judged(
  before: Tried | null,
  candidate: number,
  told: Measured,
  targets: readonly Target[],
  each: number,
): Tried {
  const rows = [...(before?.rows ?? []), ...told.rows];
  const found = targets.map((target, i) => {
    const values = rows.map((row) => row[i]!);
    const now = foundOf(values, target, each);
    // The first look that decides is the last word, as in any sequential test; only a missing value overrules it.
    const decision = now.interval === null ? now.decision : before?.targets[i]?.decision;
    return decision === undefined || decision === 'undecided' ? now : { ...now, decision };
  });
  return { candidate, decision: decisionOf(found, told.refusal), targets: found, rows, refusal: told.refusal };
}

function foundOf(values: readonly number[], target: Target, each: number): TargetFound {
  if (!values.every(Number.isFinite)) return { decision: 'fails', interval: null };
  const interval = meanInterval(values, each);
  const { mean, low, high } = interval;
  const sign = target.bound === 'at_least' ? 1 : -1;
  const [worst, best] = sign > 0 ? [low ?? mean, high ?? mean] : [-(high ?? mean), -(low ?? mean)];
  if (worst >= sign * target.limit) return { decision: 'meets', interval };
  return { decision: best < sign * target.limit ? 'fails' : 'undecided', interval };
}

function decisionOf(targets: readonly TargetFound[], refusal: string | null): Decision {
  if (refusal !== null || targets.some(({ decision }) => decision === 'fails')) return 'fails';
  return targets.every(({ decision }) => decision === 'meets') ? 'meets' : 'undecided';
}

/**
 * How many replications should decide a target: so many that half the interval is as small as the distance of the mean from the limit. Null where it
 * is decided, or where that would take too many.
 */
export function neededFor({ targets, rows }: Tried, index: number, { limit }: Target, each: number): number | null {
  const { decision, interval } = targets[index]!;
  const amount = Math.abs((interval?.mean ?? limit) - limit);
  if (decision !== 'undecided' || amount === 0) return null;
  const most = 100_000;
  const needed = replicationsNeeded(
    rows.map((row) => row[index]!),
    { kind: 'absolute', amount },
    each,
    most,
  );
  return needed === most ? null : needed;
}

/** Runs a search: `measure` answers probes, in their order. */
export async function runSearch<Found>(
  search: Search<Found>,
  measure: (probes: readonly Probe[]) => readonly Measured[] | Promise<readonly Measured[]>,
): Promise<Found> {
  let step = search.next();
  while (!step.done) step = search.next(await measure(step.value));
  return step.value;
}

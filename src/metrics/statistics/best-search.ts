/**
 * The best of many candidates under constraints: of all deployments that meet their targets the one with the least (or greatest) mean of an
 * objective. Screening in rounds: every candidate is measured with a few replications; out goes what fails a target, and what is significantly
 * worse in the objective than a candidate that is shown to meet its targets, or is undecided and no better in any replication; those that are left get twice as many replications, and so
 * on. All meet the same requests, seed by seed, so that objectives are compared by paired differences (screening with common random numbers: Goldsman
 * and Nelson, Proceedings of the 2001 Winter Simulation Conference; under constraints: Andradóttir and Kim, Naval Research Logistics 57(5), 2010).
 *
 * Half of the probability of error is for targets (`targets.ts`), half for comparisons: the best is lost only if one of the K - 1 others seems
 * better at one of L looks, so that each comparison may err with α / 2 / ((K - 1) L).
 */
import { meanOf } from '../mean.ts';
import { comparePaired } from './comparison.ts';
import { type Effort, judged, levelOfDecision, looksOf, type Search, type Target, type Tried } from './targets.ts';

export interface BestOptions extends Effort {
  /** How many there are. */
  readonly candidates: number;
  /** Rows of answers have a value for each, and then one of the objective. */
  readonly targets: readonly Target[];
  readonly objective: 'min' | 'max';
}

export interface Best {
  /** Of those shown to meet the targets, the one with the best mean; null: none is shown to. */
  readonly best: number | null;
  /** Meet the targets too, and the objectives do not tell them from the best. */
  readonly tied: readonly number[];
  /** Not shown to meet the targets and not shown to be worse: each may be better than the best. */
  readonly open: readonly number[];
  /** A candidate that meets the targets and is significantly better, by the place of the one that it beats; or as good as one that is undecided. */
  readonly beatenBy: ReadonlyMap<number, number>;
  /** By the place of the candidate. */
  readonly tried: readonly Tried[];
  /** The level of each interval against a target. */
  readonly levelOfEach: number;
}

/** Screens candidates. An objective that is not finite puts its candidate out. */
export function* bestSearch(options: BestOptions): Search<Best> {
  const { candidates, targets, level = 0.95 } = options;
  const looks = looksOf(options);
  const half = (1 + level) / 2;
  const each = levelOfDecision(half, candidates * looks.length * Math.max(1, targets.length));
  const ofComparison = levelOfDecision(half, Math.max(1, candidates - 1) * looks.length);
  const tried: Tried[] = [];
  const beatenBy = new Map<number, number>();
  let open = Array.from({ length: candidates }, (_, i) => i);
  let from = 0;
  for (const to of looks) {
    const told = yield open.map((candidate) => ({ candidate, from, to }));
    for (const [i, candidate] of open.entries())
      tried[candidate] = judged(tried[candidate] ?? null, candidate, told[i]!, targets, each);
    open = open.filter((i) => tried[i]!.decision !== 'fails' && objectiveOf(tried[i]!, options).every(Number.isFinite));
    const rivals = open.filter((i) => tried[i]!.decision === 'meets');
    for (const i of open) {
      const by = rivals.find((j) => j !== i && beats(tried[j]!, tried[i]!, options, ofComparison));
      if (by !== undefined) beatenBy.set(i, by);
    }
    open = open.filter((i) => !beatenBy.has(i));
    const left = open.map((i) => tried[i]!);
    if (isSettled(left, options)) break;
    from = to;
  }
  const meeting = open.filter((i) => tried[i]!.decision === 'meets');
  const best = cheapestOf(meeting, tried, options);
  return {
    best,
    tied: meeting.filter((i) => i !== best),
    open: open.filter((i) => tried[i]!.decision === 'undecided'),
    ...{ beatenBy, tried, levelOfEach: each },
  };
}

/** Whether `a`, which meets the targets, puts `b` out. */
function beats(a: Tried, b: Tried, options: BestOptions, level: number): boolean {
  return isBetter(a, b, options, level) || (b.decision === 'undecided' && isSame(a, b, options));
}

/** The first of those with the best mean of the objective; null of none. */
function cheapestOf(places: readonly number[], tried: readonly Tried[], options: BestOptions): number | null {
  if (places.length === 0) return null;
  return places.reduce((a, b) => (costOf(tried[b]!, options) < costOf(tried[a]!, options) ? b : a));
}

/** More replications would not change the answer: one is left, or all that are left are the same. */
function isSettled(left: readonly Tried[], options: BestOptions): boolean {
  if (left.some(({ decision }) => decision === 'undecided')) return false;
  return left.every((each) => isSame(each, left[0]!, options));
}

/** Whether all replications agree in the objective, so that one cannot be better than the other. */
function isSame(a: Tried, b: Tried, options: BestOptions): boolean {
  const values = objectiveOf(b, options);
  return objectiveOf(a, options).every((value, i) => value === values[i]);
}

/** Whether `a` is significantly better than `b`. */
function isBetter(a: Tried, b: Tried, options: BestOptions, level: number): boolean {
  const bySeed = (tried: Tried) => objectiveOf(tried, options).map((value, seed) => ({ seed, value }));
  const { difference } = comparePaired(bySeed(a), bySeed(b), level);
  return options.objective === 'min' ? (difference.high ?? 0) < 0 : (difference.low ?? 0) > 0;
}

function costOf(tried: Tried, options: BestOptions): number {
  const mean = meanOf(objectiveOf(tried, options));
  return options.objective === 'min' ? mean : -mean;
}

function objectiveOf({ rows }: Tried, { targets }: BestOptions): number[] {
  return rows.map((row) => row[targets.length]!);
}

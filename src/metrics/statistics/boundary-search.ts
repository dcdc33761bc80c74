/**
 * The border between candidates that meet a target and those that do not, where what is measured is noisy: the highest request rate with
 * 99 % goodput, the smallest `max_model_len` that refuses few enough, the fewest replicas. A bisection over a fixed list of candidates, from
 * the gentlest to the hardest, in which every decision is an interval against the target. Where the interval holds the target, more
 * replications are asked for; where the most are not enough, the candidate is not shown to meet the target and counts as if it did not.
 *
 * All candidates are measured with the same seeds, so that they meet the same requests (common random numbers). With D decisions at most and
 * L looks at most for each, every interval is taken at level 1 - α / (D L) (Bonferroni; Law, Simulation Modeling and Analysis, 5th ed., section
 * 9.7): with probability 1 - α at least, all decisions are right, provided that means of replications are nearly normal and that the target
 * is met up to some candidate and by none beyond. Waeber, Frazier and Henderson (Bisection search with noisy responses, SIAM Journal on
 * Control and Optimization 51(3), 2013) bisect by repeated tests at each point, too. The second provision is checked on the candidates that
 * were tried: paired differences that point the wrong way are reported.
 *
 * The search asks and is told; it runs nothing itself. Nothing but the answers decides how it goes on, so that one begun anew with answers
 * that are known already goes the same way.
 */
import { comparePaired } from './comparison.ts';
import { levelOfEach, type MeanInterval, meanInterval } from './confidence.ts';
import { replicationsNeeded } from './stopping-rule.ts';

export interface BoundaryOptions {
  /** From the gentlest, which should meet the target, to the hardest; no two alike. */
  readonly candidates: readonly number[];
  /** The mean over replications has to be at least, or at most, so much. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  /** That all decisions are right. Default 0.95. */
  readonly level?: number;
  /** Replications of a candidate at the first look; each look doubles them. Two at least. Default 5. */
  readonly fewest?: number;
  /** Replications of a candidate at most. Default 40. */
  readonly most?: number;
}

/** Asks for replications `from` to `to` - 1 of a candidate, by their place in the list of seeds; the answer has a value for each. */
export interface Probe {
  readonly candidate: number;
  readonly from: number;
  readonly to: number;
}

export type Decision = 'meets' | 'fails' | 'undecided';

/** A candidate that was tried. */
export interface Tried {
  readonly candidate: number;
  readonly decision: Decision;
  /** At the level that all decisions together need. */
  readonly interval: MeanInterval;
  readonly values: readonly number[];
}

export interface Boundary {
  /** The hardest candidate shown to meet the target; null: not even the gentlest is. */
  readonly best: number | null;
  /** The next harder one, which is not shown to; null: the hardest of all meets the target. */
  readonly next: Decided | null;
  /** In the order in which they were tried. */
  readonly tried: readonly Tried[];
  /** Pairs of candidates of which the harder one is significantly better: the answer cannot be relied on. */
  readonly inversions: readonly { readonly gentler: number; readonly harder: number }[];
  /** The level of each interval. */
  readonly levelOfEach: number;
  /** What was found, in words. */
  readonly because: string;
}

interface Decided {
  readonly candidate: number;
  readonly decision: Decision;
  /** How many replications should settle it, if it is undecided. */
  readonly replicationsNeeded: number | null;
}

/** A search: yields what to measure, is told the values, returns what it found. */
export type Search<Found> = Generator<Probe, Found, readonly number[]>;

/** Searches a border; candidates are taken as they are listed. */
export function* boundarySearch(options: BoundaryOptions): Search<Boundary> {
  const { candidates, level = 0.95, fewest = 5, most = 40 } = options;
  const looks = Math.ceil(Math.log2(Math.max(1, most / fewest))) + 1;
  // The two ends, and then half of what is left each time.
  const decisions = 2 + Math.ceil(Math.log2(Math.max(1, candidates.length - 1)));
  const each = levelOfEach(level, decisions * looks);
  const tried: Tried[] = [];
  const meets = function* (index: number): Generator<Probe, boolean, readonly number[]> {
    tried.push(yield* decide(candidates[index]!, options.target, { each, fewest: Math.max(2, fewest), most }));
    return tried.at(-1)!.decision === 'meets';
  };
  let [low, high] = [-1, candidates.length];
  if (yield* meets(0)) low = 0;
  else high = 0;
  if (low === 0 && candidates.length > 1) {
    if (yield* meets(candidates.length - 1)) low = candidates.length - 1;
    else high = candidates.length - 1;
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (yield* meets(middle)) low = middle;
    else high = middle;
  }
  return found(options, tried, candidates[low] ?? null, candidates[high] ?? null, each);
}

/** Runs a search: `measure` gives the values of replications, now or later. */
export async function runSearch<Found>(
  search: Search<Found>,
  measure: (probe: Probe) => readonly number[] | Promise<readonly number[]>,
): Promise<Found> {
  let step = search.next();
  while (!step.done) step = search.next(await measure(step.value));
  return step.value;
}

interface Effort {
  readonly each: number;
  readonly fewest: number;
  readonly most: number;
}

function* decide(
  candidate: number,
  target: BoundaryOptions['target'],
  { each, fewest, most }: Effort,
): Generator<Probe, Tried, readonly number[]> {
  const values: number[] = [];
  for (let to = Math.min(fewest, most); ; to = Math.min(2 * to, most)) {
    values.push(...(yield { candidate, from: values.length, to }));
    const interval = meanInterval(values, each);
    const decision = decisionOf(interval, target);
    if (decision !== 'undecided' || to >= most) return { candidate, decision, interval, values };
  }
}

function decisionOf({ mean, low, high }: MeanInterval, target: BoundaryOptions['target']): Decision {
  const [worst, best, bound] =
    'atLeast' in target
      ? [low ?? mean, high ?? mean, target.atLeast]
      : [-(high ?? mean), -(low ?? mean), -target.atMost];
  if (worst >= bound) return 'meets';
  return best < bound ? 'fails' : 'undecided';
}

function found(
  options: BoundaryOptions,
  tried: readonly Tried[],
  best: number | null,
  nextCandidate: number | null,
  each: number,
): Boundary {
  const last = tried.find(({ candidate }) => candidate === nextCandidate);
  const next =
    last === undefined
      ? null
      : { candidate: last.candidate, decision: last.decision, replicationsNeeded: neededFor(last, options, each) };
  const inversions = inversionsAmong(options, tried, each);
  return { best, next, tried, inversions, levelOfEach: each, because: foundText(best, next, last, inversions) };
}

/** So many that half the interval is as small as the distance to the target; null where that is decided or would take too many. */
function neededFor({ decision, interval, values }: Tried, { target }: BoundaryOptions, each: number): number | null {
  const amount = Math.abs(interval.mean - ('atLeast' in target ? target.atLeast : target.atMost));
  if (decision !== 'undecided' || amount === 0) return null;
  const most = 100_000;
  const needed = replicationsNeeded(values, { kind: 'absolute', amount }, each, most);
  return needed === most ? null : needed;
}

function inversionsAmong({ candidates, target }: BoundaryOptions, tried: readonly Tried[], each: number) {
  const inOrder = [...tried].sort((a, b) => candidates.indexOf(a.candidate) - candidates.indexOf(b.candidate));
  const bySeed = ({ values }: Tried) => values.map((value, seed) => ({ seed, value }));
  return inOrder.slice(1).flatMap((harder, i) => {
    const gentler = inOrder[i]!;
    const { difference } = comparePaired(bySeed(harder), bySeed(gentler), each);
    const isBetter = 'atLeast' in target ? (difference.low ?? 0) > 0 : (difference.high ?? 0) < 0;
    return isBetter ? [{ gentler: gentler.candidate, harder: harder.candidate }] : [];
  });
}

function foundText(
  best: number | null,
  next: Decided | null,
  last: Tried | undefined,
  inversions: Boundary['inversions'],
): string {
  const turns = inversions.map(({ gentler, harder }) => `${harder} does better than ${gentler}`);
  const doubt = turns.length === 0 ? '' : `; but ${turns.join(' and ')}, so that there may be more than one border`;
  if (next === null) return `all candidates up to ${best} meet the target${doubt}`;
  const shown = best === null ? 'no candidate is shown to meet the target' : `${best} meets the target`;
  if (next.decision === 'fails') return `${shown}, ${next.candidate} does not${doubt}`;
  const more =
    next.replicationsNeeded === null
      ? 'more replications would hardly tell'
      : `about ${next.replicationsNeeded} would tell`;
  return `${shown}; ${last!.values.length} replications do not tell whether ${next.candidate} does, ${more}${doubt}`;
}

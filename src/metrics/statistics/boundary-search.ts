/**
 * The border between candidates that meet their targets and those that do not, where what is measured is noisy: the highest request rate with
 * 99 % goodput, the smallest `max_model_len` that refuses few enough, the fewest replicas. Candidates are a fixed list from the gentlest to
 * the hardest. Where an interval holds its target, more replications are asked for; where the most are not enough, the candidate is
 * not shown to meet its targets and counts as if it did not. All candidates are measured with the same seeds, so that they meet the
 * same requests (common random numbers).
 *
 * Two ways: a bisection, which needs the targets to be met up to some candidate and by none beyond; and one that tries every candidate
 * and needs nothing. Waeber, Frazier and Henderson (Bisection search with noisy responses, SIAM Journal on Control and Optimization
 * 51(3), 2013) bisect by repeated tests at each point, too. What a bisection needs is checked on the candidates that it tried: paired
 * differences that point the wrong way are reported.
 *
 * The search asks and is told; it runs nothing itself. Nothing but the answers decides how it goes on, so that one begun anew with answers
 * that are known already goes the same way.
 */
import { comparePaired } from './comparison.ts';
import { type Effort, judged, levelOfDecision, looksOf, type Search, type Target, type Tried } from './targets.ts';

export interface BoundaryOptions extends Effort {
  /** How many there are, from the gentlest (0), which should meet the targets, to the hardest. */
  readonly candidates: number;
  readonly targets: readonly Target[];
}

export interface Boundary {
  /** The hardest candidate shown to meet the targets; null: none is. */
  readonly best: number | null;
  /** The next harder one that was tried, which is not shown to; null: the hardest of all meets them. */
  readonly next: number | null;
  /** In the order in which they were tried. */
  readonly tried: readonly Tried[];
  /** Targets in which a candidate is significantly better than a gentler one: there may be more than one border. */
  readonly inversions: readonly Inversion[];
  /** The level of each interval. */
  readonly levelOfEach: number;
}

export interface Inversion {
  readonly gentler: number;
  readonly harder: number;
  /** Place of the target. */
  readonly target: number;
}

/** How many candidates a bisection tries at most: the two ends, and then half of what is left each time. */
export function bisectionSteps(candidates: number): number {
  return Math.min(candidates, 2 + Math.ceil(Math.log2(Math.max(1, candidates - 1))));
}

/** Bisects. */
export function* boundarySearch(options: BoundaryOptions): Search<Boundary> {
  const { candidates } = options;
  const each = levelOf(options, bisectionSteps(candidates));
  const tried: Tried[] = [];
  const meets = function* (candidate: number): Search<boolean> {
    const found = yield* decided(candidate, options, each);
    tried.push(found);
    return found.decision === 'meets';
  };
  let [low, high] = [-1, candidates];
  if (yield* meets(0)) low = 0;
  else high = 0;
  if (low === 0 && candidates > 1) {
    if (yield* meets(candidates - 1)) low = candidates - 1;
    else high = candidates - 1;
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (yield* meets(middle)) low = middle;
    else high = middle;
  }
  return foundAmong(options, tried, low, high, each);
}

/** Tries every candidate, and again those that are undecided and harder than all that are shown to meet the targets. */
export function* everyCandidate(options: BoundaryOptions): Search<Boundary> {
  const { candidates, targets } = options;
  const each = levelOf(options, candidates);
  const tried: Tried[] = [];
  let open = Array.from({ length: candidates }, (_, i) => i);
  let from = 0;
  for (const to of looksOf(options)) {
    const told = yield open.map((candidate) => ({ candidate, from, to }));
    for (const [i, candidate] of open.entries())
      tried[candidate] = judged(tried[candidate] ?? null, candidate, told[i]!, targets, each);
    const hardest = tried.findLastIndex(({ decision }) => decision === 'meets');
    open = open.filter((candidate) => candidate > hardest && tried[candidate]!.decision === 'undecided');
    if (open.length === 0) break;
    from = to;
  }
  const best = tried.findLastIndex(({ decision }) => decision === 'meets');
  return foundAmong(options, tried, best, best + 1, each);
}

function levelOf({ level = 0.95, targets, ...effort }: BoundaryOptions, candidates: number): number {
  return levelOfDecision(level, candidates * looksOf(effort).length * targets.length);
}

function* decided(candidate: number, { targets, ...effort }: BoundaryOptions, each: number): Search<Tried> {
  let found: Tried | null = null;
  for (const to of looksOf(effort)) {
    const from: number = found?.rows.length ?? 0;
    const [told] = yield [{ candidate, from, to }];
    found = judged(found, candidate, told!, targets, each);
    if (found.decision !== 'undecided') break;
  }
  return found!;
}

function foundAmong(
  options: BoundaryOptions,
  tried: readonly Tried[],
  low: number,
  high: number,
  each: number,
): Boundary {
  return {
    best: low < 0 ? null : low,
    next: high < options.candidates ? high : null,
    tried,
    inversions: inversionsAmong(options, tried, each),
    levelOfEach: each,
  };
}

function inversionsAmong({ targets }: BoundaryOptions, tried: readonly Tried[], each: number): Inversion[] {
  const inOrder = [...tried].sort((a, b) => a.candidate - b.candidate);
  return inOrder.slice(1).flatMap((harder, i) => {
    const gentler = inOrder[i]!;
    return targets.flatMap(({ bound }, target) => {
      const [of, against] = [harder, gentler].map(({ rows }) =>
        rows.map((row, seed) => ({ seed, value: row[target]! })),
      );
      if (![...of!, ...against!].every(({ value }) => Number.isFinite(value))) return [];
      const { difference } = comparePaired(of!, against!, each);
      const isBetter = bound === 'at_least' ? (difference.low ?? 0) > 0 : (difference.high ?? 0) < 0;
      return isBetter ? [{ gentler: gentler.candidate, harder: harder.candidate, target }] : [];
    });
  });
}

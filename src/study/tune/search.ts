/** Which search a goal takes, and what it found, told by candidates instead of their places in the search. */
import type { TuneSettings } from '../../config/resolved.ts';
import { type BestOptions, bestSearch } from '../../metrics/statistics/best-search.ts';
import {
  type BoundaryOptions,
  bisectionSteps,
  boundarySearch,
  everyCandidate,
} from '../../metrics/statistics/boundary-search.ts';
import {
  type Decision,
  looksOf,
  type Measured,
  neededFor,
  type Probe,
  runSearch,
  type Tried,
} from '../../metrics/statistics/targets.ts';
import { type Candidate, methodOf } from './candidates.ts';
import type { TuneMetrics } from './tune-metrics.ts';

export interface Verdict {
  readonly decision: Decision;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly replicationsNeeded: number | null;
}

export interface Judgement {
  readonly decision: Decision;
  /** In the order of the constraints. */
  readonly verdicts: readonly Verdict[];
  readonly beatenBy: Candidate | null;
}

export interface Found {
  readonly best: Candidate | null;
  /** Of one setting: the next candidate beyond the best that was tried. */
  readonly next: Candidate | null;
  readonly tied: readonly Candidate[];
  /** Undecided candidates that may be better than the best. */
  readonly undecided: readonly Candidate[];
  /** Of those that were tried. */
  readonly judgements: ReadonlyMap<Candidate, Judgement>;
  /** What does not suit a bisection: metrics in which a harder candidate is better than a gentler one. */
  readonly inversions: readonly { readonly gentler: Candidate; readonly harder: Candidate; readonly metric: string }[];
  readonly levelOfEach: number;
}

/** What a search is about to do. */
export interface Plan {
  readonly method: 'all' | 'bisection' | 'screening';
  /** Candidates that start, from the gentlest to the hardest where there is an order. */
  readonly order: readonly Candidate[];
  /** Replications at which a candidate is looked at. */
  readonly looks: readonly number[];
  /** Runs at most. */
  readonly most: number;
}

export function planOf(tune: TuneSettings, candidates: readonly Candidate[]): Plan {
  const starting = candidates.filter(({ run }) => run !== null);
  const order = tune.goal.kind === 'smallest' ? starting.toReversed() : starting;
  const method = methodOf(tune.goal, order.length);
  const tried = method === 'bisection' ? bisectionSteps(order.length) : order.length;
  const looks = looksOf({ fewest: tune.fewest, most: tune.seeds.length });
  return { method, order, looks, most: tried * tune.seeds.length };
}

type Measure = (probes: readonly Probe[]) => Promise<Measured[]>;

/** Searches. `measure` answers probes of candidates by their place in the plan's order. */
export function search(
  tune: TuneSettings,
  plan: Plan,
  metrics: TuneMetrics,
  level: number,
  measure: Measure,
): Promise<Found> {
  const options: BoundaryOptions = {
    candidates: plan.order.length,
    targets: metrics.constraints,
    ...{ level, fewest: tune.fewest, most: tune.seeds.length },
  };
  if (plan.method !== 'screening') return border(plan, metrics, options, measure);
  return best(plan, { ...options, objective: metrics.objective!.better === 'more' ? 'max' : 'min' }, measure);
}

async function best({ order }: Plan, options: BestOptions, measure: Measure): Promise<Found> {
  const found = await runSearch(bestSearch(options), measure);
  const named = (places: readonly number[]) => places.map((index) => order[index]!);
  return {
    best: found.best === null ? null : order[found.best]!,
    next: null,
    tied: named(found.tied),
    undecided: named(found.open),
    judgements: judgementsOf(found.tried, order, options, found.levelOfEach, found.beatenBy),
    inversions: [],
    levelOfEach: found.levelOfEach,
  };
}

async function border(
  { method, order }: Plan,
  { constraints }: TuneMetrics,
  options: BoundaryOptions,
  measure: Measure,
): Promise<Found> {
  const found = await runSearch(method === 'all' ? everyCandidate(options) : boundarySearch(options), measure);
  const { tried, levelOfEach } = found;
  const open = tried.filter(({ candidate, decision }) => decision === 'undecided' && candidate > (found.best ?? -1));
  return {
    best: found.best === null ? null : order[found.best]!,
    next: found.next === null ? null : order[found.next]!,
    tied: [],
    undecided: open.map(({ candidate }) => order[candidate]!),
    judgements: judgementsOf(tried, order, options, levelOfEach, new Map()),
    // Where every candidate is tried, none is missed because of them.
    inversions: (method === 'all' ? [] : found.inversions).map(({ gentler, harder, target }) => ({
      gentler: order[gentler]!,
      harder: order[harder]!,
      metric: constraints[target]!.metric.label,
    })),
    levelOfEach,
  };
}

function judgementsOf(
  tried: readonly Tried[],
  order: readonly Candidate[],
  { targets }: BoundaryOptions,
  levelOfEach: number,
  beatenBy: ReadonlyMap<number, number>,
): Map<Candidate, Judgement> {
  return new Map(
    tried.map((each) => {
      const verdicts = each.targets.map(({ decision, interval }, i): Verdict => {
        const replicationsNeeded = neededFor(each, i, targets[i]!, levelOfEach);
        const { mean = null, low = null, high = null } = interval ?? {};
        return { decision, mean, low, high, replicationsNeeded };
      });
      const by = beatenBy.get(each.candidate);
      const judgement = { decision: each.decision, verdicts, beatenBy: by === undefined ? null : order[by]! };
      return [order[each.candidate]!, judgement];
    }),
  );
}

/** The candidates of a search: the settings of each, whether its server would start at all, and whether its steps can be simulated. */
import { MOST_CANDIDATES } from '../../config/resolve-tune.ts';
import type { ResolvedRun, TuneCandidates, TuneGoal, TuneSettings } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { descendingCandidates, geometricCandidates } from '../../metrics/statistics/candidates.ts';
import type { OpenStudy } from '../open-study.ts';
import { stepTimeProblems } from '../simulatable.ts';

export interface Candidate {
  /** Of a named variant; else null. */
  readonly name: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of a search over one setting; else null. */
  readonly value: number | null;
  /** Its run with the first seed; null: its server would not start, or it cannot be simulated. */
  readonly run: ResolvedRun | null;
  /** Why not. */
  readonly refusal: string | null;
  /** False: its server would start, but its step times are not known. */
  readonly isSimulatable: boolean;
}

/** In the order of the study: ascending values, or combinations as a sweep has them. Throws InputError. */
export function candidatesOf(
  study: Pick<OpenStudy, 'withSettings' | 'catalog' | 'folder'>,
  tune: TuneSettings,
): Candidate[] {
  const seed = tune.seeds[0]!;
  const problemOf = stepTimeProblems(study);
  const messages = new Set<string>();
  const candidates = written(tune).flatMap((each): Candidate[] => {
    try {
      const { runs, not_started } = study.withSettings(each.settings, [seed]);
      const run = runs[0] ?? null;
      if (run === null) return [{ ...each, run, refusal: not_started[0]!.reason, isSimulatable: true }];
      const problem = problemOf(run);
      return [{ ...each, run: problem === null ? run : null, refusal: problem, isSimulatable: problem === null }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const line of error.message.split('\n')) messages.add(line);
      return [];
    }
  });
  if (messages.size > 0) throw new InputError([...messages].join('\n'));
  if (candidates.some(({ run }) => run !== null)) return candidates;
  const reasons = new Set(candidates.map(({ refusal }) => refusal));
  const verb = candidates.some(({ isSimulatable }) => !isSimulatable) ? 'can be simulated' : 'starts';
  throw new InputError(`${tune.where}: no candidate ${verb}.\n${[...reasons].join('\n')}`);
}

function written({ goal, where }: TuneSettings): Pick<Candidate, 'name' | 'settings' | 'value'>[] {
  if (goal.kind === 'cheapest') return goal.candidates.map((each) => ({ ...each, value: null }));
  const values = valuesOf(goal.candidates);
  if (values.length > MOST_CANDIDATES)
    throw new InputError(
      `${where}: ${values.length} candidates, expected ${MOST_CANDIDATES} at most; widen the steps.`,
    );
  return values.map((value) => ({ name: null, settings: { [goal.setting]: value }, value }));
}

/** In ascending order. */
export function valuesOf(candidates: TuneCandidates): number[] {
  switch (candidates.kind) {
    case 'list':
      return [...candidates.values];
    case 'steps':
      // Steps such as 0.1 add up to 0.30000000000000004.
      return descendingCandidates(candidates.from, candidates.to, candidates.step)
        .map((value) => Number(value.toPrecision(12)))
        .reverse();
    case 'geometric':
      return geometricCandidates(candidates.from, candidates.to, candidates.precision);
  }
}

/** Candidates of one setting that are all tried unless the study says otherwise. */
const FEW = 12;

/** How the border is looked for. */
export function methodOf(goal: TuneGoal, starting: number): 'all' | 'bisection' | 'screening' {
  if (goal.kind === 'cheapest') return 'screening';
  return goal.search ?? (starting <= FEW ? 'all' : 'bisection');
}

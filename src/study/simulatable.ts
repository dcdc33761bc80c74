/**
 * Which runs of a study cannot be simulated although their servers start: deployments without kernel times, and warm-ups that no request is
 * left after. Found before anything is simulated, so that a study does not end in the middle for something that was known.
 */
import type { Pool, ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { OpenStudy } from './open-study.ts';
import { profileReader } from './read-profile.ts';
import { warmUpProblem } from './statistics/warm-up-fits.ts';
import { stepTimeOf } from './step-time-of.ts';

/** Throws InputError with every variant among these runs that cannot be simulated, and why. */
export function checkSimulatable(study: Pick<OpenStudy, 'catalog' | 'folder' | 'resolved'>): void {
  const problemOf = stepTimeProblems(study);
  const { runs, warm_up } = study.resolved;
  raiseTogether(runs.map((run) => [run.title, problemOf(run) ?? warmUpProblem(warm_up, run.workload)]));
}

/** Throws InputError with every problem, once, behind the names of all that have it; none if all are null. */
export function raiseTogether(found: readonly (readonly [name: string, problem: string | null])[]): void {
  const names = new Map<string, Set<string>>();
  for (const [name, problem] of found)
    if (problem !== null) names.set(problem, (names.get(problem) ?? new Set()).add(name));
  if (names.size === 0) return;
  throw new InputError([...names].map(([problem, of]) => called([...of], problem)).join('\n'));
}

/** `fp8 KV: no measured attention …`; a study without a sweep has no variant to name. */
function called(titles: readonly string[], problem: string): string {
  const names = titles.filter((title) => title !== '').join('; ');
  return names === '' ? problem : `${names}: ${problem}`;
}

/** Why the step times of a run cannot be told; null: they can. Each deployment is looked at once. */
export function stepTimeProblems({
  catalog,
  folder,
}: Pick<OpenStudy, 'catalog' | 'folder'>): (run: Pick<ResolvedRun, 'pools'>) => string | null {
  const readProfile = profileReader(folder);
  const known = new Map<string, string | null>();
  const ofPools = new WeakMap<readonly Pool[], string | null>();
  const problemOf = (deployment: Pool['deployment']) => {
    try {
      stepTimeOf(deployment, catalog, readProfile);
      return null;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.message;
    }
  };
  return ({ pools }) => {
    // Runs of one variant, which differ in their seeds, share their pools.
    const seen = ofPools.get(pools);
    if (seen !== undefined) return seen;
    let found: string | null = null;
    for (const { deployment } of pools) {
      const key = JSON.stringify(deployment);
      if (!known.has(key)) known.set(key, problemOf(deployment));
      found ??= known.get(key)!;
    }
    ofPools.set(pools, found);
    return found;
  };
}

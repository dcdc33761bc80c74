/** The pools of a study as it was written: one `deployment:`, or several by name under `deployments:`. */
import { type Problem, type StudySource, valueAt } from './problems.ts';
import type { StudyFile } from './schema.ts';
import type { DeploymentInput } from './schema-deployment.ts';

/** The pool of a study with a single `deployment:`. */
export const ONLY_POOL = 'deployment';

export interface WrittenPool {
  readonly name: string;
  /** Locates its settings where they were written. */
  readonly source: StudySource;
  readonly input: DeploymentInput;
}

/** In the order of the file. */
export function writtenPools(source: StudySource, study: StudyFile): WrittenPool[] {
  const { deployment, deployments } = study;
  if (deployment !== undefined) return [{ name: ONLY_POOL, source, input: deployment }];
  return Object.entries(deployments ?? {}).map(([name, input]) => ({
    name,
    source: { ...source, deployment: ['deployments', name] },
    input,
  }));
}

/** A study has one or the other. */
export function poolProblems(raw: unknown): Problem[] {
  const one = valueAt(raw, ['deployment']);
  const several = valueAt(raw, ['deployments']);
  if (one !== undefined && several !== undefined) {
    const message = 'expected deployment, or deployments with several pools by name, not both';
    return [{ path: ['deployments'], at: 'key', message }];
  }
  const isMapping = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  if (one !== undefined || several !== undefined || !isMapping) return [];
  return [{ path: ['deployment'], at: 'value', message: 'missing; expected a mapping with gpu and model or serve' }];
}

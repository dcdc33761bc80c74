/** The pools of a study as it was written: one `deployment:`, or several by name under `deployments:`. */
import { isMapping } from '../core/mapping.ts';
import { type Path, type Problem, type StudySource, valueAt } from './problems.ts';
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
  if (one !== undefined || several !== undefined || !isMapping(raw)) return [];
  return [{ path: ['deployment'], at: 'value', message: 'missing; expected a mapping with gpu and model or serve' }];
}

/**
 * What is wrong with a path that reaches into a pool (`deployments.large.replicas`) that the study has not; undefined
 * where it has it. A path to a whole pool may add one.
 */
export function poolPathProblem(raw: unknown, path: Path): string | undefined {
  const [section, name] = path;
  const several = valueAt(raw, ['deployments']);
  const names = typeof several === 'object' && several !== null ? Object.keys(several) : [];
  const isAlone = valueAt(raw, ['deployment']) !== undefined;
  const setting = (from: number) => path.slice(from).join('.');
  if (section === 'deployment' && path.length > 1 && !isAlone && names.length > 0) {
    return `the study has pools by name and no deployment; expected ${names.map((one) => `deployments.${one}.${setting(1)}`).join(' or ')}`;
  }
  if (section !== 'deployments' || path.length < 3 || names.includes(String(name))) return undefined;
  if (isAlone) return `unknown pool "${name}"; the study has one deployment, expected deployment.${setting(2)}`;
  return names.length === 0
    ? undefined
    : `unknown pool "${name}"; expected ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}`;
}

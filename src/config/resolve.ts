/**
 * A loaded study becomes runs: every variant of the sweep, every seed, with every default applied. This is the one
 * place where defaults are applied, so that no two commands can understand the same file differently.
 */
import { DoesNotStart } from '../catalog/plan-memory.ts';
import { InputError } from '../core/input-error.ts';
import type { LoadedStudy } from './load.ts';
import { type DeploymentContext, resolveDeployment } from './resolve-deployment.ts';
import { resolveSlo } from './resolve-slo.ts';
import { resolveWorkload, type WorkloadContext } from './resolve-workload.ts';
import type { Deployment, ResolvedRun, ResolvedStudy, Workload } from './resolved.ts';
import { runId } from './run-id.ts';
import { expandSweep, MAX_RUNS, type Variant } from './sweep.ts';

/** What a study is resolved against: everything it names. */
export interface ResolveContext extends DeploymentContext, WorkloadContext {
  /** Of this program; it enters the ids of runs. */
  readonly programVersion: string;
  /** Replaces the study's own seeds. */
  readonly seeds?: readonly number[];
}

/** Resolves a study, or throws everything that is wrong with it. Runs are ordered by variant, then seed. */
export function resolveStudy(loaded: LoadedStudy, context: ResolveContext): ResolvedStudy {
  const { study, source } = loaded;
  const seeds = context.seeds ?? seedList(study.seeds ?? 1);
  checkSize(loaded, seeds.length);
  const deployments = memoised((variant: Variant) => [
    variant.study.deployment,
    () => resolveDeployment(variant.source, variant.study.deployment, context),
  ]);
  const workloads = memoised((variant: Variant) => [
    variant.study.workload,
    () => resolveWorkload(variant.source, variant.study.workload, context),
  ]);
  const messages = new Set<string>();
  const notStarted: { variant: Record<string, unknown>; refusal: DoesNotStart }[] = [];
  const runs = expandSweep(loaded).flatMap((variant) => {
    const deployment = resultOf<Deployment>(() => deployments(variant), messages);
    const workload = resultOf<Workload>(() => workloads(variant), messages);
    if (deployment instanceof DoesNotStart) notStarted.push({ variant: variant.settings, refusal: deployment });
    if (isMissing(deployment) || isMissing(workload)) return [];
    const slo = resolveSlo(variant.study.slo);
    return seeds.map((seed): ResolvedRun => {
      const run = { seed, variant: variant.settings, deployment, workload, slo };
      return { run_id: runId(run, context.programVersion), ...run };
    });
  });
  if (messages.size > 0) throw new InputError([...messages].join('\n'));
  if (runs.length === 0) throw new InputError(notStarted.map(({ refusal }) => refusal.message).join('\n'));
  return {
    name: study.name ?? fileStem(source.fileName),
    question: study.question ?? source.comment,
    outputs: { requests: study.outputs?.requests ?? 'parquet' },
    runs,
    not_started: notStarted.map(({ variant, refusal }) => ({ variant, reason: refusal.reason })),
  };
}

/** `5` means the seeds 1 to 5. */
function seedList(seeds: number | readonly number[]): number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : [...new Set(seeds)];
}

function checkSize({ study, source }: LoadedStudy, seeds: number): void {
  const runs = Object.values(study.sweep ?? {}).reduce((product, values) => product * values.length, seeds);
  if (runs > MAX_RUNS) {
    const where = source.locate(['sweep'], 'key');
    throw new InputError(`${where}: the study has ${runs} runs, expected ${MAX_RUNS} at most; split it.`);
  }
}

/** Variants that share a section share its resolved form. */
function memoised<T>(task: (variant: Variant) => [key: unknown, make: () => T]): (variant: Variant) => T {
  const done = new Map<string, T>();
  return (variant) => {
    const [input, make] = task(variant);
    const key = JSON.stringify(input);
    const result = done.get(key) ?? make();
    done.set(key, result);
    return result;
  };
}

/** Collects what is wrong. A deployment that does not start is no mistake: among others it is an answer. */
function resultOf<T>(make: () => T, messages: Set<string>): T | DoesNotStart | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof DoesNotStart) return error;
    if (!(error instanceof InputError)) throw error;
    for (const line of error.message.split('\n')) messages.add(line);
    return undefined;
  }
}

function isMissing(result: unknown): result is DoesNotStart | undefined {
  return result === undefined || result instanceof DoesNotStart;
}

function fileStem(fileName: string): string {
  return (fileName.split(/[/\\]/).at(-1) ?? fileName).replace(/\.[^.]+$/, '');
}

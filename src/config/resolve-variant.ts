/** One variant of a study, everything in it resolved; variants that share a section share its resolved form. */
import { DoesNotStart } from '../catalog/plan-memory.ts';
import type { PriceBook } from '../catalog/prices.ts';
import { InputError } from '../core/input-error.ts';
import { type WrittenPool, writtenPools } from './pools.ts';
import { resolveCluster, resolvePool } from './resolve-cluster.ts';
import type { DeploymentContext } from './resolve-deployment.ts';
import { resolvePrices } from './resolve-prices.ts';
import { resolveSlo } from './resolve-slo.ts';
import { resolveWorkload, type WorkloadContext } from './resolve-workload.ts';
import type { ClusterSettings, Deployment, Pool, Prices, ResolvedRun, Workload } from './resolved.ts';
import type { Variant } from './sweep.ts';

export interface VariantContext extends DeploymentContext, WorkloadContext {
  /** What GPUs and APIs cost; left out: only the study's own prices are known. */
  readonly priceBook?: PriceBook;
}

/** What the runs of a variant have in common. */
export type ResolvedVariant = Pick<ResolvedRun, 'pools' | 'deployment' | 'cluster' | 'workload' | 'slo' | 'prices'>;

/** Resolves one variant after the other; what is wrong with any goes to `messages`, and the variant is undefined. */
export function variantResolver(
  context: VariantContext,
  messages: Set<string>,
): (variant: Variant) => ResolvedVariant | DoesNotStart | undefined {
  const poolOf = memoised((pool: WrittenPool) => [[pool.name, pool.input], () => resolvePool(pool, context)]);
  const workloads = memoised((variant: Variant) => [
    [variant.study.workload, variant.study.slo],
    () => resolveWorkload(variant.source, variant.study.workload, context, resolveSlo(variant.study.slo)),
  ]);
  return (variant) => {
    const { source, study } = variant;
    const written = writtenPools(source, study);
    const found = written.map((pool) => resultOf<Pool>(() => poolOf(pool), messages));
    const cluster = resultOf<ClusterSettings>(
      () => resolveCluster(source, study, written, context.bundledWorkloads),
      messages,
    );
    const workload = resultOf<Workload>(() => workloads(variant), messages);
    const refusal = found.find((pool) => pool instanceof DoesNotStart);
    if (refusal !== undefined) return refusal;
    if (found.some(isMissing) || isMissing(cluster) || isMissing(workload)) return undefined;
    const pools = (found as Pool[]).map((pool) => ({
      ...pool,
      deployment: { ...withPriorityNote(pool.deployment, workload), router: cluster.router },
    }));
    const gpus = pools.map((pool) => pool.deployment.gpu.id);
    const prices = resultOf<Prices>(() => resolvePrices(source, study.prices, gpus, context), messages);
    if (isMissing(prices)) return undefined;
    return { pools, deployment: pools[0]!.deployment, cluster, workload, slo: resolveSlo(study.slo), prices };
  };
}

/** Priorities that differ, before a scheduler that reads none, change nothing. */
function withPriorityNote(deployment: Deployment, { classes }: Workload): Deployment {
  const { engine, notes } = deployment;
  const differ = new Set(classes.map(({ priority }) => priority)).size > 1;
  if (!differ || engine.scheduling_policy !== 'fcfs') return deployment;
  const note = 'class priorities: scheduling_policy is fcfs; --scheduling-policy priority uses them';
  return { ...deployment, notes: { ...notes, no_effect: [...notes.no_effect, note] } };
}

/** Variants that share a section share its resolved form. */
function memoised<From, T>(task: (from: From) => [key: unknown, make: () => T]): (from: From) => T {
  const done = new Map<string, T>();
  return (from) => {
    const [input, make] = task(from);
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

export function isMissing(result: unknown): result is DoesNotStart | undefined {
  return result === undefined || result instanceof DoesNotStart;
}

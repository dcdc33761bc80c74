/**
 * A loaded study becomes runs: every variant of the sweep, every seed, with every default applied. This is the one
 * place where defaults are applied, so that no two commands can understand the same file differently.
 */
import { DoesNotStart } from '../catalog/plan-memory.ts';
import type { PriceBook } from '../catalog/prices.ts';
import { InputError } from '../core/input-error.ts';
import type { LoadedStudy } from './load.ts';
import { type WrittenPool, writtenPools } from './pools.ts';
import { resolveCluster, resolvePool } from './resolve-cluster.ts';
import type { DeploymentContext } from './resolve-deployment.ts';
import { resolvePrices } from './resolve-prices.ts';
import { resolveSlo } from './resolve-slo.ts';
import { resolveWorkload, type WorkloadContext } from './resolve-workload.ts';
import type { ClusterSettings, Deployment, Pool, Prices, ResolvedRun, ResolvedStudy, Workload } from './resolved.ts';
import { runId } from './run-id.ts';
import { expandSweep, MAX_RUNS, type Variant } from './sweep.ts';

/** What a study is resolved against: everything it names. */
export interface ResolveContext extends DeploymentContext, WorkloadContext {
  /** Of this program; it enters the ids of runs. */
  readonly programVersion: string;
  /** What GPUs and APIs cost; left out: only the study's own prices are known. */
  readonly priceBook?: PriceBook;
  /** Replaces the study's own seeds. */
  readonly seeds?: readonly number[];
}

/** Resolves a study, or throws everything that is wrong with it. Runs are ordered by variant, then seed. */
export function resolveStudy(loaded: LoadedStudy, context: ResolveContext): ResolvedStudy {
  const { study, source } = loaded;
  const seeds = context.seeds ?? seedList(study.seeds ?? 1);
  checkSize(loaded, seeds.length);
  const poolOf = memoised((pool: WrittenPool) => [[pool.name, pool.input], () => resolvePool(pool, context)]);
  const workloads = memoised((variant: Variant) => [
    [variant.study.workload, variant.study.slo],
    () => resolveWorkload(variant.source, variant.study.workload, context, resolveSlo(variant.study.slo)),
  ]);
  const messages = new Set<string>();
  const notStarted: { variant: Record<string, unknown>; refusal: DoesNotStart }[] = [];
  const runs = expandSweep(loaded).flatMap((variant) => {
    const written = writtenPools(variant.source, variant.study);
    const found = written.map((pool) => resultOf<Pool>(() => poolOf(pool), messages));
    const cluster = resultOf<ClusterSettings>(() => resolveCluster(variant.source, variant.study, written), messages);
    const workload = resultOf<Workload>(() => workloads(variant), messages);
    const refusal = found.find((pool) => pool instanceof DoesNotStart);
    if (refusal !== undefined) notStarted.push({ variant: variant.settings, refusal });
    if (found.some(isMissing) || isMissing(cluster) || isMissing(workload)) return [];
    const pools = (found as Pool[]).map((pool) => ({
      ...pool,
      deployment: { ...withPriorityNote(pool.deployment, workload), router: cluster.router },
    }));
    const { deployment } = pools[0]!;
    const gpus = pools.map((pool) => pool.deployment.gpu.id);
    const slo = resolveSlo(variant.study.slo);
    const { source: at, study: asked } = variant;
    const prices = resultOf<Prices>(() => resolvePrices(at, asked.prices, gpus, context), messages);
    if (isMissing(prices)) return [];
    return seeds.map((seed): ResolvedRun => {
      const run = { seed, variant: variant.settings, pools, deployment, cluster, workload, slo, prices };
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

/** Priorities that differ, before a scheduler that reads none, change nothing. */
function withPriorityNote(deployment: Deployment, { classes }: Workload): Deployment {
  const { engine, notes } = deployment;
  const differ = new Set(classes.map(({ priority }) => priority)).size > 1;
  if (!differ || engine.scheduling_policy !== 'fcfs') return deployment;
  const note = 'class priorities: scheduling_policy is fcfs; --scheduling-policy priority uses them';
  return { ...deployment, notes: { ...notes, no_effect: [...notes.no_effect, note] } };
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

function isMissing(result: unknown): result is DoesNotStart | undefined {
  return result === undefined || result instanceof DoesNotStart;
}

function fileStem(fileName: string): string {
  return (fileName.split(/[/\\]/).at(-1) ?? fileName).replace(/\.[^.]+$/, '');
}

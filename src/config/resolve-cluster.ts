/**
 * Pools and cluster with every setting in place. The sources of the defaults are in docs/CLUSTER.md; what has none is
 * named an assumption there.
 */
import { weightBytesPerGpu } from '../catalog/weights.ts';
import { InputError } from '../core/input-error.ts';
import { parseDurationUs, parseTokenCount } from '../core/units.ts';
import { lengthProblems, routerProblems, unusedRouterProblems } from './cluster-problems.ts';
import type { WrittenPool } from './pools.ts';
import { type Path, type Problem, raise, type StudySource } from './problems.ts';
import { type DeploymentContext, resolveDeployment } from './resolve-deployment.ts';
import { resolveMarket } from './resolve-market.ts';
import { type BundledWorkloads, classNames } from './resolve-workload-spec.ts';
import type { Deployment } from './resolved.ts';
import type { AutoscaleSettings, ClusterSettings, Pool, StartUpSettings } from './resolved-cluster.ts';
import type { StudyFile } from './schema.ts';
import type { AutoscaleInput, StartUpInput } from './schema-cluster.ts';
import { triedValues } from './sweep-axes.ts';

/** What pools are resolved against. */
export interface PoolContext extends DeploymentContext {
  /** SHA-256 of a file that the study names, in hex. Throws InputError where it cannot be read. */
  readonly traceDigest: (path: string) => string;
}

/** Resolves one pool, or throws what is wrong with it, located in the study. */
export function resolvePool({ name, source, input }: WrittenPool, context: PoolContext): Pool {
  const resolved = resolveDeployment(source, input, context);
  const at: Path = source.deployment ?? ['deployment'];
  const autoscale = autoscaleSettings(input.autoscale);
  const deployment = { ...resolved, replicas: input.replicas ?? autoscale?.min ?? resolved.replicas };
  raise(source, scalingProblems(at, deployment.replicas, autoscale));
  const market = resolveMarket(source, at, input.market, deployment.replicas, context.traceDigest);
  const unused = input.start_up !== undefined && market.kind === 'on_demand' && autoscale === null;
  const notes = { ...deployment.notes };
  if (unused) notes.no_effect = [...notes.no_effect, 'start_up: no replica starts or stops during the run'];
  return {
    name,
    deployment: { ...deployment, notes },
    market,
    start_up: startUpSettings(input.start_up, deployment),
    autoscale,
  };
}

/** GB/s at which a machine reads weights. */
const BANDWIDTH = { network: 2, nvme: 6, page_cache: 20 } as const;

function startUpSettings(input: StartUpInput, deployment: Deployment): StartUpSettings {
  const time = (value: string | number | undefined, defaultS: number) => parseDurationUs(value ?? defaultS);
  const { model, quantization, enforce_eager, speculation } = deployment;
  // With --quantization fp8 vLLM reads the checkpoint in bf16 and converts it.
  const stored = quantization === 'fp8' ? model.quantization : quantization;
  const draft = speculation?.draft_model ?? null;
  return {
    provision_us: time(input?.provision, 60),
    image_us: time(input?.image, 60),
    weight_bytes:
      weightBytesPerGpu(model, stored, 1) +
      (draft === null ? 0 : weightBytesPerGpu(draft.model, draft.model.quantization, 1)),
    bandwidth_gb_s: input?.bandwidth_gb_s ?? BANDWIDTH[input?.from ?? 'network'],
    compile_us: time(input?.compile, enforce_eager ? 0 : 70),
    capture_us: time(input?.capture, enforce_eager ? 0 : 30),
    warm_up_us: time(input?.warm_up, 30),
  };
}

/** Kubernetes' Horizontal Pod Autoscaler: every 15 s, 10 % tolerance, up at once, down after five minutes. */
function autoscaleSettings(input: AutoscaleInput): AutoscaleSettings | null {
  if (input === undefined) return null;
  return {
    min: input.min ?? 1,
    max: input.max,
    on: input.on,
    target: input.target,
    interval_us: parseDurationUs(input.interval ?? 15),
    tolerance: input.tolerance ?? 0.1,
    up_delay_us: parseDurationUs(input.up_delay ?? 0),
    down_delay_us: parseDurationUs(input.down_delay ?? 300),
  };
}

function scalingProblems(at: Path, replicas: number, autoscale: AutoscaleSettings | null): Problem[] {
  if (autoscale === null) return [];
  const { min, max, interval_us } = autoscale;
  const problem = (path: Path, message: string): Problem[] => [{ path: [...at, ...path], at: 'value', message }];
  if (max < min) return problem(['autoscale', 'max'], `read ${max}, expected ${min} or more, as min says`);
  if (interval_us === 0) return problem(['autoscale', 'interval'], 'read 0, expected a time above 0');
  if (replicas >= min && replicas <= max) return [];
  return problem(['replicas'], `read ${replicas}, expected ${min} to ${max}, as autoscale says`);
}

/** Resolves the section `cluster:` for these pools. A trace may name the class of each row; the study says which there are. */
export function resolveCluster(
  source: StudySource,
  { cluster: input, workload }: Pick<StudyFile, 'cluster' | 'workload'>,
  written: readonly WrittenPool[],
  bundled: BundledWorkloads,
): ClusterSettings {
  const router = input?.router ?? written[0]!.input.router ?? 'round_robin';
  raise(source, [
    ...routerProblems(input, written),
    ...lengthProblems(input, written),
    ...unusedRouterProblems(input, {
      router,
      hasClasses: classNames(workload, bundled).length > 0,
      triedValues: (setting) => triedValues(source.raw, setting),
    }),
  ]);
  return {
    router,
    expected_length: router === 'expected_length' ? lengthSettings(source, input) : null,
    prefix_aware: router === 'prefix_aware' ? prefixSettings(input) : null,
    queue: input?.queue ?? null,
    retries: input?.retries ?? 5,
    time_limit_us: input?.time_limit == null ? null : parseDurationUs(input.time_limit),
    on_lost: input?.on_lost ?? 'restart',
    health_check_us: parseDurationUs(input?.health_check?.interval ?? 0),
  };
}

function lengthSettings(source: StudySource, input: StudyFile['cluster']): ClusterSettings['expected_length'] {
  const lengths = input?.expected_length;
  if (lengths == null) {
    throw new InputError(
      `${source.locate(['cluster', 'router'], 'value')} cluster.router: expected_length needs cluster.expected_length, ` +
        'such as { by: oracle, pools: [{ pool: small, below: 2000 }, { pool: large }] }.',
    );
  }
  const { by = 'oracle', error = 0.2, pools } = lengths;
  return {
    by,
    error: by === 'classifier' ? error : 0,
    pools: pools.map(({ pool, below }) => ({ pool, below: below === undefined ? null : parseTokenCount(below) })),
  };
}

function prefixSettings(input: StudyFile['cluster']): ClusterSettings['prefix_aware'] {
  const prefixes = input?.prefix_aware;
  return {
    threshold: prefixes?.threshold ?? 0.3,
    balance_abs: prefixes?.balance_abs ?? 64,
    balance_rel: prefixes?.balance_rel ?? 1.5,
    max_nodes: prefixes?.max_nodes ?? 100_000,
  };
}

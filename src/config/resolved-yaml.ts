/**
 * A resolved run written as a study file with every default spelled out: running it again gives the same run, and the
 * same id, whatever the defaults are by then.
 */
import { stringify } from 'yaml';
import type { Gpu } from '../catalog/gpu.ts';
import { ONLY_POOL } from './pools.ts';
import type { Deployment, LatencySettings, Pool, Prices, ResolvedRun, ResolvedStudy, Speculation } from './resolved.ts';
import { clusterFields, poolFields } from './resolved-cluster-yaml.ts';
import { sloFields, workloadFields } from './resolved-workload-yaml.ts';

/** Of the study that a run belongs to: what it is called, and the files it writes. */
export interface StudyOfRun {
  readonly name: string;
  readonly outputs: ResolvedStudy['outputs'];
}

/** The YAML text of one run. Its only omissions are what the run did not set and nothing defaults. */
export function resolvedStudyYaml(run: ResolvedRun, of: StudyOfRun | null = null): string {
  const study = {
    name: of?.name ?? `run-${run.run_id}`,
    seeds: [run.seed],
    ...(of === null ? {} : { outputs: of.outputs }),
    ...poolsFields(run.pools),
    cluster: clusterFields(run.cluster),
    workload: workloadFields(run.workload),
    ...(run.slo.length === 0 ? {} : { slo: sloFields(run.slo) }),
    prices: pricesFields(run.prices),
  };
  return stringify(study, { lineWidth: 0, aliasDuplicateObjects: false });
}

function poolsFields(pools: readonly Pool[]): Record<string, unknown> {
  const fields = (pool: Pool) => ({ ...deploymentFields(pool.deployment), ...poolFields(pool) });
  if (pools.length === 1 && pools[0]!.name === ONLY_POOL) return { deployment: fields(pools[0]!) };
  return { deployments: Object.fromEntries(pools.map((pool) => [pool.name, fields(pool)])) };
}

function deploymentFields(deployment: Deployment): Record<string, unknown> {
  const { engine, memory } = deployment;
  const { num_gpu_blocks, ...settings } = engine;
  const capture = deployment.enforce_eager ? {} : { cudagraph_capture_sizes: deployment.cudagraph_capture_sizes };
  return {
    vllm_version: deployment.vllm_version,
    model: deployment.model_file ?? deployment.model.id,
    gpu: gpuField(deployment.gpu),
    replicas: deployment.replicas,
    tensor_parallel_size: deployment.tensor_parallel_size,
    pipeline_parallel_size: deployment.pipeline_parallel_size,
    data_parallel_size: deployment.data_parallel_size,
    enable_expert_parallel: deployment.enable_expert_parallel,
    ...(deployment.interconnect === null ? {} : { interconnect: deployment.interconnect }),
    quantization: deployment.quantization,
    kv_cache_dtype: deployment.kv_cache_dtype,
    gpu_memory_utilization: deployment.gpu_memory_utilization,
    ...(memory.source === 'num_gpu_blocks_override' ? { num_gpu_blocks_override: num_gpu_blocks } : {}),
    ...(memory.source === 'kv_cache_memory_bytes' ? { kv_cache_memory_bytes: memory.kvBytes } : {}),
    enforce_eager: deployment.enforce_eager,
    ...capture,
    ...speculationFields(deployment.speculation),
    ...settings,
    latency: latencyFields(deployment.latency),
  };
}

function gpuField(gpu: Gpu): unknown {
  return gpu.architecture === 'other' ? { name: gpu.id, memory_gib: gpu.usableBytes / 2 ** 30 } : gpu.id;
}

function latencyFields(latency: LatencySettings): Record<string, unknown> {
  const { step_overhead_us, front_end_us, profile, calibration, calibration_file } = latency;
  // A fitted overhead may be below 0, which a study cannot say; its file does.
  const fitted = calibration?.law.form === 'scale' && calibration.law.step_overhead_us === step_overhead_us;
  return {
    ...(fitted ? {} : { step_overhead: `${step_overhead_us}us` }),
    front_end: `${front_end_us}us`,
    moe_routing: latency.moe_routing,
    ...(profile === null ? {} : { profile: profile.path }),
    ...(calibration_file === null ? {} : { calibration: calibration_file }),
  };
}

function speculationFields(speculation: Speculation | null): Record<string, unknown> {
  if (speculation === null) return {};
  const { method, draft_tokens, draft_model, acceptance } = speculation;
  const model =
    draft_model === null
      ? {}
      : {
          model: draft_model.model_file ?? draft_model.model.id,
          draft_tensor_parallel_size: draft_model.tensor_parallel_size,
          quantization: draft_model.quantization,
        };
  return { speculative_config: { method, ...model, num_speculative_tokens: draft_tokens }, acceptance };
}

/** Every price in full, so that a later price book changes nothing. */
function pricesFields({ gpus, api }: Prices): Record<string, unknown> {
  const offersOf = (offers: Prices['gpus'][string]) => {
    const plain = offers.map(({ gpus: size, on_demand, spot }) => ({ gpus: size, on_demand, spot }));
    const { on_demand = null, spot = null } = plain.find((offer) => offer.gpus === 1) ?? {};
    const nodes = plain.filter((offer) => offer.gpus > 1);
    return { on_demand, spot, ...(nodes.length === 0 ? {} : { nodes }) };
  };
  const gpu = Object.fromEntries(Object.entries(gpus).map(([name, offers]) => [name, offersOf(offers)]));
  return {
    book: 'none',
    ...(Object.keys(gpu).length === 0 ? {} : { gpu }),
    ...(api === null ? {} : { api: { name: api.name, input: api.input, output: api.output } }),
  };
}

/**
 * A resolved run written as a study file with every default spelled out: running it again gives the same run, and the
 * same id, whatever the defaults are by then.
 */
import { stringify } from 'yaml';
import type { Gpu } from '../catalog/gpu.ts';
import type { Deployment, LatencySettings, ResolvedRun, SloBound, Speculation, Workload } from './resolved.ts';

/** The YAML text of one run. Its only omissions are what the run did not set and nothing defaults. */
export function resolvedStudyYaml(run: ResolvedRun, name = `run-${run.run_id}`): string {
  const study = {
    name,
    seeds: [run.seed],
    deployment: deploymentFields(run.deployment),
    workload: workloadFields(run.workload),
    ...(run.slo.length === 0 ? {} : { slo: Object.fromEntries(run.slo.map(sloField)) }),
  };
  return stringify(study, { lineWidth: 0, aliasDuplicateObjects: false });
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
    router: deployment.router,
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

function workloadFields(workload: Workload): Record<string, unknown> {
  const source =
    workload.trace === null ? { synthetic: { name: workload.name, ...workload.spec } } : traceFields(workload.trace);
  return {
    ...withoutEmptyText(source),
    request_rate: workload.request_rate,
    num_requests: workload.num_requests,
    duration: workload.duration_s,
    max_concurrency: workload.max_concurrency,
    ignore_eos: workload.ignore_eos,
    max_tokens: workload.max_tokens,
    long_prompts: workload.long_prompts,
  };
}

function traceFields({ path, format, spread_ms, prefix_blocks }: NonNullable<Workload['trace']>) {
  return {
    trace: path,
    format,
    spread: `${spread_ms}ms`,
    ...(prefix_blocks === null
      ? {}
      : { prefix_blocks: prefix_blocks.path, prefix_block_size: prefix_blocks.block_size }),
  };
}

/** A specification without description or source has none to write. */
function withoutEmptyText(source: Record<string, unknown>): Record<string, unknown> {
  const { synthetic } = source;
  if (typeof synthetic !== 'object' || synthetic === null) return source;
  return { ...source, synthetic: Object.fromEntries(Object.entries(synthetic).filter(([, value]) => value !== '')) };
}

function sloField({ metric, statistic, limit_us }: SloBound): [string, string] {
  return [`${metric}_${statistic}`, `${limit_us}us`];
}

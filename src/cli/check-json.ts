/**
 * The answers of `servesim check` as data, with vLLM's names. Bytes are per GPU; in a pipeline they are those of the stage
 * (from 0) that has the fewest blocks to give.
 */
import { VLLM_VERSION } from '../config/vllm-defaults.ts';
import type { DeploymentCheck } from '../study/check.ts';

export function checkJson(checks: readonly DeploymentCheck[]): unknown {
  return {
    vllm_version: VLLM_VERSION,
    starts: checks.every(({ startUp }) => startUp.starts),
    deployments: checks.map(deploymentJson),
  };
}

function deploymentJson(check: DeploymentCheck): unknown {
  const { options, startUp, changes } = check;
  const shares = startUp.starts ? startUp.plan : startUp.refusal.shares;
  return {
    variant: check.variant,
    starts: startUp.starts,
    error: startUp.starts ? null : startUp.refusal.error,
    reason: check.reason,
    model: options.model.hf,
    gpu: options.gpu.id,
    tensor_parallel_size: options.tensorParallelSize,
    pipeline_parallel_size: options.pipelineParallelSize,
    data_parallel_size: options.dataParallelSize,
    enable_expert_parallel: options.expertParallel,
    gpus: check.gpus,
    quantization: options.quantization,
    kv_cache_dtype: options.kvCacheDtype,
    gpu_memory_utilization: options.gpuMemoryUtilization,
    block_size: options.blockSize,
    max_model_len: startUp.starts ? startUp.plan.maxModelLen : startUp.refusal.maxModelLen,
    max_model_len_that_fits: Math.min(options.model.maxModelLen, shares.maxModelLenThatFits),
    drafter: options.drafter?.kind ?? null,
    pipeline_stage: shares.stage,
    usable_bytes: shares.usableBytes,
    weight_bytes: shares.weightBytes,
    reserve_bytes: shares.reserveBytes,
    kv_bytes: shares.kvBytes,
    kv_bytes_source: shares.source,
    kv_groups: check.groups,
    bytes_per_block: shares.bytesPerBlock,
    num_gpu_blocks: shares.numGpuBlocks,
    ...(startUp.starts
      ? {
          max_concurrency: startUp.plan.maxConcurrency,
          kv_cache_tokens: Math.floor(startUp.plan.maxConcurrency * startUp.plan.maxModelLen),
        }
      : { max_concurrency: null, kv_cache_tokens: null, needed_bytes_for_one_request: startUp.refusal.neededBytes }),
    changes: changes.map(({ settings, plan }) => ({
      settings,
      num_gpu_blocks: plan.numGpuBlocks,
      max_model_len: plan.maxModelLen,
      max_concurrency: plan.maxConcurrency,
    })),
    simulated: check.notSimulated === null,
    not_simulated: check.notSimulated,
    estimates: check.estimates,
    no_effect: check.noEffect,
  };
}

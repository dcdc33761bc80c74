/**
 * Defaults of vLLM 0.33's API server and how they resolve against a model and a GPU: `EngineArgs.get_batch_defaults`,
 * `_set_default_max_num_seqs_and_batched_tokens_args`, `SchedulerConfig` and `CacheConfig`.
 */
import type { Gpu } from '../catalog/gpu.ts';

export const VLLM_VERSION = '0.33.0';

/** Values where a flag is not given. Those that depend on model or GPU are resolved by the functions below. */
export const VLLM_DEFAULTS = {
  tensor_parallel_size: 1,
  pipeline_parallel_size: 1,
  data_parallel_size: 1,
  enable_expert_parallel: false,
  kv_cache_dtype: 'auto',
  gpu_memory_utilization: 0.92,
  block_size: 16,
  max_num_active_seqs: null,
  enable_chunked_prefill: true,
  long_prefill_token_threshold: 0,
  long_prefill_token_threshold_adaptive: false,
  enable_prefix_caching: true,
  prefix_cache_retention_interval: 0,
  scheduling_policy: 'fcfs',
  async_scheduling: true,
  scheduler_reserve_full_isl: true,
  watermark: 0,
  prefill_schedule_interval: 1,
  max_num_queued_reqs: null,
  max_num_queued_tokens: null,
  performance_mode: 'balanced',
  enforce_eager: false,
  num_gpu_blocks_override: null,
  kv_cache_memory_bytes: null,
} as const;

const GIB = 2 ** 30;

/** What the batch limits depend on. */
export interface BatchLimitInput {
  readonly gpu: Gpu;
  readonly performanceMode: 'balanced' | 'interactivity' | 'throughput';
  /** Tokens; for `auto` the model's own length. */
  readonly maxModelLen: number;
  readonly chunkedPrefill: boolean;
  /** As given; undefined: to be resolved. */
  readonly maxNumBatchedTokens: number | undefined;
  readonly maxNumSeqs: number | undefined;
}

/** `max_num_batched_tokens` and `max_num_seqs` of the API server. */
export function resolveBatchLimits(input: BatchLimitInput): { maxNumBatchedTokens: number; maxNumSeqs: number } {
  const { maxModelLen, chunkedPrefill } = input;
  const defaults = batchDefaults(input.gpu);
  const factor = input.performanceMode === 'throughput' ? 2 : 1;
  let seqs = input.maxNumSeqs ?? defaults.maxNumSeqs * factor;
  let tokens = input.maxNumBatchedTokens ?? defaults.maxNumBatchedTokens * factor;
  if (input.maxNumBatchedTokens === undefined) {
    if (!chunkedPrefill) tokens = Math.max(tokens, maxModelLen);
    tokens = Math.min(tokens, seqs * maxModelLen);
  }
  if (input.maxNumSeqs === undefined) seqs = Math.min(seqs, tokens);
  return { maxNumBatchedTokens: tokens, maxNumSeqs: seqs };
}

/** By the memory the device reports; every A100 counts as a small GPU, whatever its memory. */
function batchDefaults(gpu: Gpu): { maxNumBatchedTokens: number; maxNumSeqs: number } {
  if (gpu.usableBytes >= 160 * GIB) return { maxNumBatchedTokens: 16_384, maxNumSeqs: 1024 };
  if (gpu.usableBytes >= 70 * GIB && !/a100/i.test(gpu.name)) return { maxNumBatchedTokens: 8192, maxNumSeqs: 1024 };
  return { maxNumBatchedTokens: 2048, maxNumSeqs: 256 };
}

/** Engine settings with vLLM's defaults in place, as far as they can be settled before the memory is planned. */
import type { Gpu } from '../catalog/gpu.ts';
import type { Model } from '../catalog/model.ts';
import { InputError } from '../core/input-error.ts';
import { parseTokenCount } from '../core/units.ts';
import { cudagraphCaptureSizes } from './cudagraph-sizes.ts';
import type { CheckedSettings } from './engine-checks.ts';
import type { DeploymentInput } from './schema-deployment.ts';
import type { ServedDeployment } from './served-deployment.ts';
import { resolveBatchLimits, VLLM_DEFAULTS } from './vllm-defaults.ts';

type Defaults = typeof VLLM_DEFAULTS;

/** A deployment whose unset settings have vLLM's plain defaults. */
export type DefaultedDeployment = Omit<ServedDeployment, keyof Defaults> & {
  [Name in keyof Defaults]: Defaults[Name] | NonNullable<ServedDeployment[Name]>;
};

/** For one setting null is a value of its own: every block of a sliding window is kept. */
const NULL_IS_A_VALUE = 'prefix_cache_retention_interval';

/** Puts vLLM's plain defaults where nothing, or null for unset, was given. */
export function withVllmDefaults(served: ServedDeployment): DefaultedDeployment {
  const given = Object.entries(served).filter(
    ([name, value]) => value !== undefined && (value !== null || name === NULL_IS_A_VALUE),
  );
  return { ...VLLM_DEFAULTS, ...Object.fromEntries(given) } as DefaultedDeployment;
}

/** Limits that depend on each other, on the model and on the GPU. */
export interface BatchSettings {
  /** `auto` is settled by the memory plan. */
  readonly maxModelLen: number | 'auto';
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
  readonly cudagraphCaptureSizes: number[];
}

/** Resolves the batch limits and CUDA-graph sizes. `where` locates a setting in messages. */
export function batchSettings(
  settings: DefaultedDeployment,
  model: Model,
  gpu: Gpu,
  where: (setting: keyof DeploymentInput) => string,
): BatchSettings {
  const { max_model_len, performance_mode } = settings;
  const maxModelLen = max_model_len === 'auto' ? 'auto' : tokensOr(max_model_len, model.maxModelLen);
  const limits = resolveBatchLimits({
    gpu,
    performanceMode: performance_mode,
    maxModelLen: maxModelLen === 'auto' ? model.maxModelLen : maxModelLen,
    chunkedPrefill: settings.enable_chunked_prefill,
    maxNumBatchedTokens: tokensOr(settings.max_num_batched_tokens, undefined),
    maxNumSeqs: settings.max_num_seqs,
  });
  if (settings.enforce_eager) return { maxModelLen, ...limits, cudagraphCaptureSizes: [] };
  const sizes = cudagraphCaptureSizes({
    ...limits,
    draftTokens: settings.speculative_config?.num_speculative_tokens ?? 0,
    isDataCenterBlackwell: gpu.architecture === 'blackwell',
    performanceMode: performance_mode,
    maxCaptureSize: settings.max_cudagraph_capture_size ?? null,
    captureSizes: settings.cudagraph_capture_sizes ?? null,
  });
  checkCaptureSizes(settings, sizes, limits.maxNumBatchedTokens, where);
  return { maxModelLen, ...limits, cudagraphCaptureSizes: sizes };
}

function checkCaptureSizes(
  settings: DefaultedDeployment,
  sizes: readonly number[],
  maxNumBatchedTokens: number,
  where: (setting: keyof DeploymentInput) => string,
): void {
  if (settings.cudagraph_capture_sizes == null) return;
  const largest = sizes.at(-1);
  if (largest === undefined) {
    const at = where('cudagraph_capture_sizes');
    throw new InputError(`${at}: every size is above max_num_batched_tokens ${maxNumBatchedTokens}.`);
  }
  const given = settings.max_cudagraph_capture_size ?? largest;
  if (given !== largest) {
    throw new InputError(
      `${where('max_cudagraph_capture_size')}: read ${given}, but the largest of cudagraph_capture_sizes is ${largest}; ` +
        'vLLM wants them equal.',
    );
  }
}

/** The engine's settings but for the number of blocks; `auto` stands for the model's own length. */
export function engineSettings(settings: DefaultedDeployment, batch: BatchSettings, model: Model): CheckedSettings {
  return {
    block_size: settings.block_size,
    max_model_len: batch.maxModelLen === 'auto' ? model.maxModelLen : batch.maxModelLen,
    max_num_seqs: batch.maxNumSeqs,
    max_num_active_seqs: settings.max_num_active_seqs,
    max_num_batched_tokens: batch.maxNumBatchedTokens,
    max_num_scheduled_tokens: tokensOr(settings.max_num_scheduled_tokens, batch.maxNumBatchedTokens),
    enable_chunked_prefill: settings.enable_chunked_prefill,
    long_prefill_token_threshold: settings.long_prefill_token_threshold,
    long_prefill_token_threshold_adaptive: settings.long_prefill_token_threshold_adaptive,
    enable_prefix_caching: settings.enable_prefix_caching,
    scheduling_policy: settings.scheduling_policy,
    async_scheduling: settings.async_scheduling,
    scheduler_reserve_full_isl: settings.scheduler_reserve_full_isl,
    watermark: settings.watermark,
    prefill_schedule_interval: settings.prefill_schedule_interval,
    prefix_cache_retention_interval: settings.prefix_cache_retention_interval,
    max_num_queued_reqs: settings.max_num_queued_reqs,
    max_num_queued_tokens: tokensOr(settings.max_num_queued_tokens, null),
  };
}

/** A count that may be written with a suffix, or a default where there is none. */
export function tokensOr<Default>(value: string | number | null | undefined, otherwise: Default): number | Default {
  return value === null || value === undefined ? otherwise : parseTokenCount(value);
}

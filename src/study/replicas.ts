/** The servers of a resolved deployment, as the event loop drives them. */
import type { KvGroup as LayoutGroup } from '../catalog/kv-layout.ts';
import { deploymentLayout } from '../catalog/memory.ts';
import { drafterOf } from '../config/resolve-speculation.ts';
import type { Deployment } from '../config/resolved.ts';
import type { DraftModel } from '../engine/draft-model.ts';
import type { StepDuration } from '../engine/engine.ts';
import type { EndReport } from '../engine/engine-core.ts';
import type { EngineObserver } from '../engine/observer.ts';
import type { EngineOptions, KvGroup } from '../engine/options.ts';
import { Replica } from '../engine/replica.ts';
import { speculationOptions } from './speculation.ts';

/** What the servers of a pool share. */
export interface ServerParts {
  readonly steps: StepDuration;
  readonly observer: EngineObserver;
  readonly drafts: DraftModel | null;
}

/** Servers of a deployment, one at a time: whose the next one is, its first core, and who hears of requests that finish. */
export type ReplicaFactory = (id: number, firstCore: number, reportEnd: EndReport) => Replica;

export function replicaFactory(deployment: Deployment, parts: ServerParts): ReplicaFactory {
  const { engine, model, data_parallel_size: dataParallelSize } = deployment;
  const shared = {
    engine: engineOptions(deployment),
    limits: { requests: engine.max_num_queued_reqs, promptTokens: engine.max_num_queued_tokens },
    ...parts,
    dataParallelSize,
    lockStep: model.moe !== null && dataParallelSize > 1,
  };
  return (id, firstCore, reportEnd) => new Replica({ id, firstCore, reportEnd, ...shared });
}

/** vLLM's settings as the engine takes them. */
export function engineOptions(deployment: Deployment): EngineOptions {
  const { engine: settings } = deployment;
  return {
    kvGroups: kvGroupsOf(deployment),
    numGpuBlocks: settings.num_gpu_blocks,
    maxModelLen: settings.max_model_len,
    maxNumSeqs: settings.max_num_seqs,
    maxNumActiveSeqs: settings.max_num_active_seqs,
    maxNumBatchedTokens: settings.max_num_batched_tokens,
    maxNumScheduledTokens: settings.max_num_scheduled_tokens,
    enableChunkedPrefill: settings.enable_chunked_prefill,
    longPrefillTokenThreshold: settings.long_prefill_token_threshold,
    longPrefillTokenThresholdAdaptive: settings.long_prefill_token_threshold_adaptive,
    prefillScheduleInterval: settings.prefill_schedule_interval,
    enablePrefixCaching: settings.enable_prefix_caching,
    prefixCacheRetentionInterval: settings.prefix_cache_retention_interval,
    schedulingPolicy: settings.scheduling_policy,
    asyncScheduling: settings.async_scheduling,
    pipelineParallelSize: deployment.pipeline_parallel_size,
    schedulerReserveFullIsl: settings.scheduler_reserve_full_isl,
    watermark: settings.watermark,
    speculation: speculationOptions(deployment.speculation),
  };
}

/** The groups of layers with a block table each; a latent vector (MLA) is kept for every token, as keys and values are. */
function kvGroupsOf(deployment: Deployment): KvGroup[] {
  const { model, speculation, quantization, engine } = deployment;
  const { groups, blockSize } = deploymentLayout({
    model,
    drafter: speculation === null ? null : drafterOf(speculation, quantization),
    kvCacheDtype: deployment.kv_cache_dtype,
    tensorParallelSize: deployment.tensor_parallel_size,
    blockSize: engine.block_size,
  });
  return groups.map((group) => engineGroup(group, blockSize));
}

function engineGroup(group: LayoutGroup, blockSize: number): KvGroup {
  switch (group.kind) {
    case 'full':
    case 'mla':
      return { kind: 'full', blockSize, window: 0, chunk: 0 };
    case 'sliding':
      return { kind: 'sliding', blockSize, window: group.tokens, chunk: 0 };
    case 'chunked':
      return { kind: 'chunked', blockSize, window: 0, chunk: group.tokens };
  }
}

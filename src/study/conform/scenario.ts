/** A trace's scenario as the engine takes it: settings, requests, and the drafts its requests accept. */

import type { DraftModel } from '../../engine/draft-model.ts';
import type { EngineOptions, KvGroup, SpeculationOptions } from '../../engine/options.ts';
import type { EngineRequestInit } from '../../engine/request-state.ts';
import type { Trace } from './trace.ts';

export function engineOptions({ resolved }: Trace): EngineOptions {
  return {
    kvGroups: resolved.kv_groups.flatMap((group) =>
      Array.from(
        { length: group.count ?? 1 },
        (): KvGroup => ({
          kind: group.type as KvGroup['kind'],
          blockSize: group.block_size ?? resolved.block_size,
          window: group.window ?? 0,
          chunk: group.chunk ?? 0,
        }),
      ),
    ),
    numGpuBlocks: resolved.num_gpu_blocks,
    maxModelLen: resolved.max_model_len,
    maxNumSeqs: resolved.max_num_seqs,
    maxNumActiveSeqs: resolved.max_num_active_seqs,
    maxNumBatchedTokens: resolved.max_num_batched_tokens,
    maxNumScheduledTokens: resolved.max_num_scheduled_tokens ?? resolved.max_num_batched_tokens,
    enableChunkedPrefill: resolved.enable_chunked_prefill,
    longPrefillTokenThreshold: resolved.long_prefill_token_threshold,
    longPrefillTokenThresholdAdaptive: resolved.long_prefill_token_threshold_adaptive,
    prefillScheduleInterval: resolved.prefill_schedule_interval,
    enablePrefixCaching: resolved.enable_prefix_caching,
    prefixCacheRetentionInterval: resolved.prefix_cache_retention_interval,
    schedulingPolicy: resolved.policy as EngineOptions['schedulingPolicy'],
    asyncScheduling: resolved.async_scheduling,
    pipelineParallelSize: 1,
    schedulerReserveFullIsl: resolved.scheduler_reserve_full_isl,
    watermark: resolved.watermark,
    speculation: speculation(resolved),
  };
}

function speculation(resolved: Trace['resolved']): SpeculationOptions | null {
  const { spec_method: method, num_speculative_tokens: draftTokens } = resolved;
  if (method === null || draftTokens === 0) return null;
  return { method: method === 'eagle3' ? 'eagle' : (method as SpeculationOptions['method']), draftTokens };
}

/** Requests by index. `arrivalOrder` numbers those that the scheduler accepts, for requests without a time. */
export function engineRequests(trace: Trace): ((arrivalOrder: number) => EngineRequestInit)[] {
  const { requests } = trace.scenario;
  // 0 is the end token's segment; outputs come first, then the named segments in order of appearance.
  const outputs = new Map(requests.map((request, index) => [`out:${request.id}`, index + 1]));
  const segments = new Map<string, number>();
  const segment = (name: string) => {
    const output = outputs.get(name);
    if (output !== undefined) return output;
    if (!segments.has(name)) segments.set(name, outputs.size + 1 + segments.size);
    return segments.get(name)!;
  };
  return requests.map((request, index) => {
    const prompt = request.prompt
      .filter(([, tokens]) => tokens > 0)
      .map(([name, tokens]) => ({ segment: segment(String(name)), tokens }));
    return (arrivalOrder) => ({
      index,
      id: request.id,
      prompt,
      promptTokens: prompt.reduce((sum, span) => sum + span.tokens, 0),
      outputSegment: index + 1,
      maxTokens: request.max_tokens,
      endTokenAt: request.eos_at ?? null,
      priority: request.priority ?? 0,
      arrivalTime: request.arrival_time ?? arrivalOrder,
      cacheSalt: request.cache_salt ?? null,
      skipReadingPrefixCache: request.skip_reading_prefix_cache ?? false,
    });
  });
}

/** The drafts that the scenario's requests propose and accept, repeated from the start when the list ends. */
export function recordedDrafts({ scenario }: Trace): DraftModel {
  const at = (list: readonly number[], i: number) => list[i % list.length]!;
  return {
    accepted: (request, verifiedDrafts) => {
      const { accept } = scenario.requests[request.index]!;
      return accept?.length ? Math.min(at(accept, request.verifications), verifiedDrafts) : 0;
    },
    proposed: (request, draftTokens) => {
      const { draft } = scenario.requests[request.index]!;
      return draft?.length ? Math.min(at(draft, request.verifications), draftTokens) : draftTokens;
    },
  };
}

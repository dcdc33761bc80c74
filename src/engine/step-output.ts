/**
 * What a step's output does to a request (vLLM 0.33: Scheduler.update_from_output): rejected drafts are rolled back,
 * tokens appended until one of them stops the request, full blocks made findable.
 */
import type { RequestOutput, ScheduledRequest } from './batch.ts';
import type { DraftModel } from './draft-model.ts';
import type { KvCacheManager } from './kv-cache-manager.ts';
import type { EngineOptions } from './options.ts';

/** Appends what a step yielded for one request and settles what was scheduled ahead; null: it yielded nothing. */
export function handleOutput(
  scheduled: ScheduledRequest,
  options: EngineOptions,
  kv: KvCacheManager,
  drafts: DraftModel | null,
): RequestOutput | null {
  const { request } = scheduled;
  const stale = request.staleTokens > 0;
  request.inFlightTokens -= scheduled.tokens;
  if (stale) request.staleTokens -= scheduled.tokens;
  if (!scheduled.yieldsOutput) return null;
  const accepted = acceptDrafts(scheduled, stale, drafts);
  const hadPlaceholders = request.outputPlaceholders > 0;
  let appended = 0;
  let stopped: 'stop' | 'length' | null = null;
  while (appended < 1 + accepted && stopped === null) {
    stopped = request.appendOutputToken(options.maxModelLen);
    appended++;
  }
  if (!stale) {
    // Accepted drafts after a stop are dropped, and with them the KV computed for them.
    if (stopped !== null) request.computedTokens -= 1 + accepted - appended;
    if (hadPlaceholders) request.outputPlaceholders -= 1 + accepted;
    if (request.status === 'running' && (hadPlaceholders || options.speculation !== null))
      kv.cacheBlocks(request, request.computedTokens - request.inFlightTokens);
  }
  if (stopped !== null) kv.free(request);
  const verifiedDrafts = scheduled.admitted ? 0 : scheduled.verifiedDrafts;
  return { request, tokens: appended, stopped, verifiedDrafts, acceptedDrafts: accepted };
}

/** Verifies the drafts of a scheduled request and rolls rejected ones back. Returns how many were accepted. */
function acceptDrafts(scheduled: ScheduledRequest, stale: boolean, drafts: DraftModel | null): number {
  const { request, verifiedDrafts } = scheduled;
  if (verifiedDrafts === 0) return 0;
  const accepted = scheduled.admitted ? 0 : (drafts?.accepted(request, verifiedDrafts) ?? 0);
  if (!scheduled.admitted) request.verifications++;
  if (!stale) {
    const rejected = verifiedDrafts - accepted;
    if (request.computedTokens > 0) request.computedTokens -= rejected;
    if (request.outputPlaceholders > 0) request.outputPlaceholders -= rejected;
  }
  return accepted;
}

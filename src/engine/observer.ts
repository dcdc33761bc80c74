/**
 * How others watch an engine. Observing never changes what the engine does. Times in integer microseconds. Each core's
 * calls come in order of time; a core may be ahead of others by steps in which nobody comes or goes.
 */
import type { EngineRequest, StopReason } from './request-state.ts';

export interface EngineObserver {
  /** The request entered the waiting queue of an engine core; cores are numbered through all replicas. */
  queued(request: EngineRequest, timeUs: number, core: number): void;
  /** The scheduler admitted it, for the first time or after a preemption; `hitTokens` came from the prefix cache. */
  admitted(request: EngineRequest, timeUs: number, hitTokens: number): void;
  preempted(request: EngineRequest, timeUs: number): void;
  /** `tokens` output tokens left the engine together. */
  output(request: EngineRequest, timeUs: number, tokens: number): void;
  /** As many requests got one output token each, `gapUs` after their last; none was their first or marked one. */
  outputs(requests: number, timeUs: number, gapUs: number): void;
  /** Some of these were the request's, which has `outputTokens` now, the last of them at `timeUs`. */
  decoded(request: EngineRequest, timeUs: number): void;
  /** Drafts of the request were verified, before `output` reports what left the engine. */
  verified(request: EngineRequest, timeUs: number, drafts: number, accepted: number): void;
  finished(request: EngineRequest, timeUs: number, reason: StopReason): void;
  /** A step with tokens executed from `startUs` to `endUs`. */
  executed(core: number, startUs: number, endUs: number, prefillTokens: number, scheduledTokens: number): void;
  /** A core's queues and pool from now on: KV blocks in use, of so many. */
  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void;
}

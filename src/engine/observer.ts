/**
 * How others watch an engine. Observing never changes what the engine does. Times in integer microseconds. Each core's
 * calls come in order of time; a core may be ahead of others by steps in which nobody comes or goes.
 */
import type { EngineRequest, StopReason } from './request-state.ts';

/**
 * Steps of one core in which the same requests decode and nothing else happens: those after `made` to `made + count` of a
 * plan. `timesUs` holds in ascending order, from `made` on, when the output before these was handled, and then when each step
 * ends, from the one whose output is handled first. The k-th output, k from `made + 1` to `made + count`, is handled at
 * `timesUs[k]`; the schedule call that follows at once begins the step from `timesUs[k + ahead]` to `timesUs[k + 1 + ahead]`.
 */
export interface DecodeSteps {
  readonly core: number;
  /** All that run; each gets one token from each of the outputs and has one token in each of the steps. */
  readonly requests: number;
  /** Steps of the plan that were made before. */
  readonly made: number;
  /** Outputs that are handled, and schedule calls that are made; at least 1. */
  readonly count: number;
  /** Steps under way beside the one whose output is awaited: 1 with asynchronous scheduling, else 0. */
  readonly ahead: 0 | 1;
  /** May be longer than what is used of it, and is the caller's again after the call; so is `usedBlocks`. */
  readonly timesUs: Float64Array;
  /** KV blocks in use before the first schedule call (at `made`), and after each. */
  readonly usedBlocks: Int32Array;
  readonly waiting: number;
  readonly blocks: number;
}

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
  /**
   * The same as, for every k from `made + 1` to `made + count` with `t = timesUs[k]`: `outputs(requests, t, t - timesUs[k - 1])`;
   * `state` at `t` with `usedBlocks[k - 1]`; `executed(core, timesUs[k + ahead], timesUs[k + 1 + ahead], 0, requests)`; and
   * `state` at `t` with `usedBlocks[k]`.
   */
  decodeSteps(steps: DecodeSteps): void;
  /** A core's queues and pool from now on: KV blocks in use, of so many. */
  state(core: number, timeUs: number, running: number, waiting: number, usedBlocks: number, blocks: number): void;
}

/** One schedule call while it is being decided: what is left to give out, and what has been given. */
import type { Batch, ScheduledRequest } from './batch.ts';
import type { DecodeCohort } from './decode-cohort.ts';
import type { KvCacheManager } from './kv-cache-manager.ts';
import type { EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';
import type { WaitingQueue } from './waiting-queue.ts';

/** What the phases of a schedule call work on. */
export interface Queues {
  readonly options: EngineOptions;
  readonly kv: KvCacheManager;
  /** In order of admission. */
  readonly running: EngineRequest[];
  readonly waiting: WaitingQueue;
  /** null: every request is looked at in every call. */
  readonly cohort: DecodeCohort | null;
  /** No other request could use what is cached for the members of the cohort, or cache the same. */
  readonly growsAlone: boolean;
}

/** What is left to give out in one schedule call. */
export interface Budget {
  /** Tokens of `max_num_scheduled_tokens` left. */
  tokens: number;
  /** Input positions of `max_num_batched_tokens` left; a drafter takes some for each request. */
  input: number;
  /** Those that it takes for each. */
  readonly slots: number;
}

/** What the walk over running requests leaves to the admission phase. */
export interface ScheduleStep {
  readonly budget: Budget;
  readonly batch: Batch;
  readonly thresholdTokens: number;
  readonly holdsPrefill: boolean;
  /** A running request in the batch was prefilling. */
  carriesRunningPrefill: boolean;
  carriesAdmittedPrefill: boolean;
}

/** True: nobody can be given a token any more. */
export function isSpent({ tokens, input, slots }: Budget): boolean {
  return tokens <= 0 || input <= slots;
}

/** Schedules `tokens` of a request; `hitTokens`: it is admitted with that many from the prefix cache. */
export function give(
  { budget, batch }: ScheduleStep,
  request: EngineRequest,
  tokens: number,
  verifiedDrafts: number,
  hitTokens: number | null,
): void {
  budget.tokens -= tokens;
  budget.input -= tokens + budget.slots;
  // A drafter with a forward pass proposes nothing in a step in which no scheduled request could use it.
  if (request.computedTokens + tokens >= request.knownTokens && request.outputTokens + 1 < request.maxTokens)
    batch.skipDrafts = false;
  const entry: ScheduledRequest = {
    request,
    tokens,
    verifiedDrafts,
    admitted: hitTokens !== null,
    hitTokens: hitTokens ?? 0,
    cachedTokens: request.computedTokens,
    yieldsOutput: false,
  };
  // Most often it is the only one, and a push makes room for sixteen more.
  if (batch.scheduled.length === 0) batch.scheduled = [entry];
  else batch.scheduled.push(entry);
}

/** Takes back what a request was given in this call, if it was given something. */
export function takeBack({ budget, batch: { scheduled } }: ScheduleStep, request: EngineRequest): void {
  const index = scheduled.findIndex((entry) => entry.request === request);
  if (index < 0) return;
  const [undone] = scheduled.splice(index, 1);
  budget.tokens += undone!.tokens;
  budget.input += undone!.tokens + budget.slots;
}

/** What one schedule call decided (vLLM 0.33: SchedulerOutput). */
import type { EngineRequest } from './request-state.ts';

export interface ScheduledRequest {
  readonly request: EngineRequest;
  /** Tokens to compute in this step. */
  readonly tokens: number;
  /** Of these, drafts to verify (placeholder drafts of a padded admission too). */
  readonly verifiedDrafts: number;
  /** Admitted (or resumed) in this step. */
  readonly admitted: boolean;
  /** Admitted: prompt tokens found in the prefix cache; else 0. */
  readonly hitTokens: number;
  /** Tokens in the cache before the step. */
  readonly cachedTokens: number;
  /** It reaches its last known token, so the step yields output for it. */
  yieldsOutput: boolean;
}

/** What the decode cohort has in a batch: so many requests of one token each. Contexts in tokens after the step. */
export interface CohortShare {
  requests: number;
  contextTokens: number;
  maxContextTokens: number;
  minContextTokens: number;
  /** Of each context what a layer with the model's window reads. */
  windowContextTokens: number;
  maxWindowContextTokens: number;
  /** Of these requests, those that have not left the cohort since: their outputs are handled as a number. */
  decoding: number;
  /** The others, in the order in which they left: their outputs are handled one by one. */
  released: ScheduledRequest[];
}

/** Nobody's part of a batch. */
export function emptyShare(): CohortShare {
  return {
    requests: 0,
    contextTokens: 0,
    maxContextTokens: 0,
    minContextTokens: 0,
    windowContextTokens: 0,
    maxWindowContextTokens: 0,
    decoding: 0,
    released: [],
  };
}

export interface Batch {
  /** The schedule call that made it, from 1. */
  step: number;
  /** Running requests in `running` order, then the admitted ones. */
  scheduled: ScheduledRequest[];
  /** Preempted in this schedule call, in order. */
  readonly preempted: EngineRequest[];
  /** The drafter was told to propose nothing (synchronous scheduling, drafter with a forward pass of its own). */
  skipDrafts: boolean;
  /** Requests in steady decode that were scheduled as one; null: all are in `scheduled`. */
  cohort: CohortShare | null;
}

/** How many requests were scheduled. */
export function requestsIn({ scheduled, cohort }: Batch): number {
  return scheduled.length + (cohort === null ? 0 : cohort.requests);
}

/** What handling a batch's output did to one request. */
export interface RequestOutput {
  readonly request: EngineRequest;
  /** Tokens appended. */
  readonly tokens: number;
  /** Drafts whose verification was handled; 0 without speculation, and for the placeholders of a padded admission. */
  readonly verifiedDrafts: number;
  /** Of these, accepted, those behind a stop included. */
  readonly acceptedDrafts: number;
  /** Why it stopped; null: it goes on. */
  readonly stopped: 'stop' | 'length' | null;
}

/** The model's side of speculative decoding, which the scheduler asks and never decides. */
import type { EngineRequest } from './request-state.ts';

/** The model's side of speculative decoding: what is proposed and what survives verification. */
export interface DraftModel {
  /** Accepted ones of `verifiedDrafts` drafts at this verification of the request. */
  accepted(request: EngineRequest, verifiedDrafts: number): number;
  /** Drafts proposed for the request's next step, at most `draftTokens` (synchronous scheduling only). */
  proposed(request: EngineRequest, draftTokens: number): number;
}

/** How others watch a cluster: what its engines do, and what happens to requests outside of them. */
import type { EngineObserver } from '../engine/observer.ts';
import type { Request } from '../workload/request.ts';

/** What an observer may know of a request that arrives. */
export type ArrivingRequest = Pick<Request, 'id' | 'promptTokens' | 'thinkingTokens' | 'outputTokens' | 'class'>;

export interface ClusterObserver extends EngineObserver {
  /** The client sent the request; the router chose the replica. */
  arrived(request: ArrivingRequest, timeUs: number, replica: number): void;
  /** The server refused the request. */
  rejected(requestId: number, timeUs: number): void;
}

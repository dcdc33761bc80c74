/** How others watch a cluster: what its engines do, and what happens to requests outside of them. */
import type { EngineObserver } from '../engine/observer.ts';
import type { Request } from '../workload/request.ts';
import type { RequestFateObserver } from './fleet-observer.ts';

/** What an observer may know of a request that arrives. */
export type ArrivingRequest = Pick<Request, 'id' | 'promptTokens' | 'thinkingTokens' | 'outputTokens' | 'class'>;

export interface ClusterObserver extends EngineObserver, RequestFateObserver {
  /** The client sent the request. */
  arrived(request: ArrivingRequest, timeUs: number): void;
  /** The router sent it to this replica, for the first time or again. */
  sent(requestId: number, timeUs: number, replica: number): void;
  /** The server refused the request. */
  rejected(requestId: number, timeUs: number): void;
  /** From now on these cores serve, or are gone; at the beginning all serve. */
  serving(firstCore: number, cores: number, timeUs: number, isServing: boolean): void;
}

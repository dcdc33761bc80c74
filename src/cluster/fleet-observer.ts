/**
 * How others watch a fleet: its replicas coming and going, and what that does to requests. Beside `ClusterObserver`, which
 * hears of requests that arrive and of engines. Times in integer microseconds, in order.
 */
import type { LifeChange } from './replica-life.ts';

/** What an observer may know of a replica. */
export interface ObservedReplica {
  readonly id: number;
  /** Number of its pool. */
  readonly pool: number;
  readonly market: 'spot' | 'on_demand';
  /** Its engine runs. */
  readonly isServing: boolean;
  /** It is paid for. */
  readonly isPaid: boolean;
}

/** What of a request was on a replica that was lost. */
export interface LostWork {
  /** Output tokens that must be written again; 0 where the client resumes from what was streamed. */
  readonly outputTokens: number;
  /** The first of these that are thinking. */
  readonly thinkingTokens: number;
  /** Tokens of prompt and output whose KV cache must be computed again. */
  readonly computedTokens: number;
  /** Since it was sent to that replica. */
  readonly spentUs: number;
  /** It was on no replica that was lost before. */
  readonly isFirst: boolean;
}

/** Ends of requests, and losses on their way, that no engine knows of. */
export interface RequestFateObserver {
  /** The replica was lost with the request on it; what comes of the request is told next. Its engine has let go of it. */
  requestHit(requestId: number, timeUs: number, replica: number, work: LostWork): void;
  /** The client's time limit for it was up; it is aborted. */
  timedOut(requestId: number, timeUs: number): void;
  /** Its retries are used up, or the router's queue has no room for it: it is lost for good. */
  gaveUp(requestId: number, timeUs: number): void;
}

export interface FleetObserver extends RequestFateObserver {
  /** The run begins with this replica in this state. */
  began(replica: ObservedReplica): void;
  /** The replica's life took a turn. */
  changed(replica: ObservedReplica, timeUs: number, change: LifeChange): void;
  /** So many replicas of a pool are wanted from now on. */
  targeted(pool: number, timeUs: number, replicas: number): void;
  /** The request waits at the router: no replica takes it. */
  queuedAtRouter(requestId: number, timeUs: number): void;
  /** The request was sent on: after a loss or a refusal, out of the router's queue, or moved before its replica goes. */
  rerouted(requestId: number, timeUs: number, replica: number): void;
}

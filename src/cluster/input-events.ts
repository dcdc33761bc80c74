/** What reaches engines and the router of a cluster, as events. */
import type { EngineRun } from './engine-queue.ts';
import type { Flight } from './flight.ts';

export type InputEvent =
  /** The client's next request is due. */
  | { readonly kind: 'arrival' }
  /** The client's side has done what it does before it sends the request to the router. */
  | { readonly kind: 'routing'; readonly flight: Flight }
  /** A request leaves the front end (HTTP, tokenizer) for an engine of its replica. */
  | { readonly kind: 'delivery'; readonly flight: Flight; readonly attempt: number }
  /** An idle engine has something to do. */
  | { readonly kind: 'wake'; readonly run: EngineRun };

/**
 * Order of events at the same time. The fleet first, then requests, then time limits, then the ends of steps: what reaches
 * an engine together is scheduled together, what reaches it at the very end of a step is seen by the schedule call that
 * follows, and an answer that is ready at the very end of its time is too late.
 */
export const RANK = { arrival: 1, routing: 2, delivery: 3, wake: 4 } as const;

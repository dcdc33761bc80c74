/** What the event loop is given, and what it hands back. */
import type { Replica } from '../engine/replica.ts';
import type { RequestSource } from '../workload/request.ts';
import type { FleetObserver } from './fleet-observer.ts';
import type { LengthGuess } from './routing/expected-length.ts';
import type { Routing } from './routing/routed.ts';
import type { ServersOptions } from './servers.ts';

export interface SimulationOptions extends ServersOptions {
  readonly source: RequestSource;
  readonly routing: Routing;
  /** Who expects lengths for the router; null: it asks nobody. */
  readonly guess: LengthGuess | null;
  /** Requests that may wait at the router; null: any number. */
  readonly queueLimit: number | null;
  /** Times a request is sent again after a loss or a refusal. */
  readonly retries: number;
  /** Of a request, from its arrival; null: clients wait for ever. */
  readonly timeLimitUs: number | null;
  readonly onLost: 'restart' | 'resume';
  /** Most requests in flight; null: open loop. */
  readonly maxConcurrency: number | null;
  /** A prompt that does not fit max_model_len: bad input, or refused as the server does. */
  readonly longPrompts: 'error' | 'reject';
  readonly fleetObserver: FleetObserver;
  /** Called now and then with the simulated time and the requests sent so far. */
  readonly onProgress?: (timeUs: number, sent: number) => void;
}

/** How a simulation ended. */
export interface SimulationEnd {
  /** Time of the last event. */
  readonly endUs: number;
  /** Servers that run at the end. */
  readonly replicas: readonly Replica[];
  /** Requests that wait at the router and will never be taken. */
  readonly waitingAtRouter: number;
  /** Steps that decode stretches ran in servers that are gone. */
  readonly stepsRunAhead: number;
}

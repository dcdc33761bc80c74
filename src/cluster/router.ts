/** Which replica a request goes to, decided when it arrives at the router. */
import type { Rng } from '../core/random.ts';
import type { Replica } from '../engine/replica.ts';

export type RouterPolicy = 'round_robin' | 'random' | 'least_outstanding';

/** Chooses a replica. `random` draws from `rng`; ties of `least_outstanding` go to the lowest number. */
export type Router = (replicas: readonly Replica[]) => Replica;

export function createRouter(policy: RouterPolicy, rng: Rng): Router {
  switch (policy) {
    case 'round_robin': {
      let turn = 0;
      return (replicas) => replicas[turn++ % replicas.length]!;
    }
    case 'random':
      return (replicas) => replicas[Math.floor(rng() * replicas.length)]!;
    case 'least_outstanding':
      return (replicas) => replicas.reduce((a, b) => (b.outstandingRequests < a.outstandingRequests ? b : a));
  }
}

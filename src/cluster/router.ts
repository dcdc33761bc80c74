/** Which replica a request goes to, decided when it reaches the router, before the front end has worked on it. */
import type { Rng } from '../core/random.ts';

export type RouterPolicy = 'round_robin' | 'random' | 'least_outstanding';

/** Routes requests to replicas 0 … n − 1 and keeps count of those it has sent and that have not ended. */
export class Router {
  private readonly policy: RouterPolicy;
  private readonly rng: Rng;
  private readonly outstanding: number[];
  private turn = 0;

  /** `rng` serves the policy `random`. */
  constructor(policy: RouterPolicy, replicas: number, rng: Rng) {
    this.policy = policy;
    this.rng = rng;
    this.outstanding = new Array<number>(replicas).fill(0);
  }

  /** The replica of the next request. Ties of `least_outstanding` go to the lowest number. */
  route(): number {
    const replica = this.choose();
    this.outstanding[replica]!++;
    return replica;
  }

  /** A request on that replica ended, however it ended. */
  ended(replica: number): void {
    this.outstanding[replica]!--;
  }

  private choose(): number {
    const replicas = this.outstanding.length;
    switch (this.policy) {
      case 'round_robin':
        return this.turn++ % replicas;
      case 'random':
        return Math.floor(this.rng() * replicas);
      case 'least_outstanding':
        return this.outstanding.indexOf(Math.min(...this.outstanding));
    }
  }
}

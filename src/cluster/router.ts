/** The router of a cluster: sends requests on to servers, and keeps those that no server takes in a queue. */

import type { EventQueue } from '../core/event-queue.ts';
import { START_US } from '../core/start-us.ts';
import type { Flight } from './flight.ts';
import { type InputEvent, RANK } from './input-events.ts';
import { RouterQueue } from './pending.ts';
import type { Servers } from './servers.ts';
import type { SimulationOptions } from './simulation-options.ts';

type RouterOptions = Pick<SimulationOptions, 'routing' | 'guess' | 'queueLimit' | 'observer' | 'fleetObserver'>;

export class Router {
  /** When it last sent a request to a server. */
  sentUs = START_US;
  private readonly options: RouterOptions;
  private readonly servers: Servers;
  private readonly inputs: EventQueue<InputEvent>;
  private readonly queue: RouterQueue<Flight>;

  /** `inputs`: where deliveries of requests are put. The time is that of the servers. */
  constructor(options: RouterOptions, servers: Servers, inputs: EventQueue<InputEvent>) {
    this.options = options;
    this.servers = servers;
    this.inputs = inputs;
    this.queue = new RouterQueue(options.queueLimit);
  }

  /** Requests that wait in it. */
  get waiting(): number {
    return this.queue.length;
  }

  /**
   * Sends a request on, or lets it wait. `wasServed`: it comes back from a server, and does not wait behind those who have not
   * been in one. False: there is no room for it.
   */
  take(flight: Flight, wasServed: boolean): boolean {
    if (this.send(flight)) return true;
    if (!this.queue.add(flight.id, flight, wasServed)) return false;
    flight.hasWaited = true;
    this.options.fleetObserver.queuedAtRouter(flight.id, this.servers.nowUs);
    return true;
  }

  /** Sends on what waits, as far as servers take it. */
  drain(): void {
    for (const flight of this.queue.entries()) {
      if (this.send(flight)) this.queue.remove(flight.id);
      // Where lengths are expected, another one may have somewhere else to go.
      else if (this.options.guess === null) return;
    }
  }

  /** The request waits no longer, if it did. */
  forget(flight: Flight): void {
    this.queue.remove(flight.id);
  }

  /** False: no server takes it. */
  private send(flight: Flight): boolean {
    const { routing, observer, fleetObserver } = this.options;
    const { all, nowUs } = this.servers;
    const chosen = routing.route(flight, all);
    if (chosen === null) return false;
    const server = all[chosen.id]!;
    observer.sent(flight.id, nowUs, server.id);
    if (flight.isReturning) fleetObserver.rerouted(flight.id, nowUs, server.id);
    const attempt = flight.enter(server, nowUs);
    this.sentUs = nowUs;
    this.inputs.add(nowUs + server.frontEndUs, RANK.delivery, { kind: 'delivery', flight, attempt });
    return true;
  }
}

/**
 * The event loop. Everything that happens in a simulated cluster is an event at an integer microsecond; this file is
 * the only one that moves time forward.
 */

import { EventQueue } from '../core/event-queue.ts';
import { START_US } from '../core/start-us.ts';
import { isBusy } from '../engine/engine.ts';
import type { EngineRequest } from '../engine/request-state.ts';
import type { Request } from '../workload/request.ts';
import type { PoolLoad } from './autoscaler.ts';
import { Client } from './client.ts';
import type { EngineQueue, EngineRun } from './engine-queue.ts';
import type { FleetChange } from './fleet.ts';
import { Flight, lostWork, promptTooLong } from './flight.ts';
import { Flights } from './flights.ts';
import { type InputEvent, RANK } from './input-events.ts';
import { sentAgain } from './pending.ts';
import { Router } from './router.ts';
import type { Server } from './server.ts';
import { Servers } from './servers.ts';
import type { SimulationEnd, SimulationOptions } from './simulation-options.ts';

/** A run in which nothing has happened to any request for so long, though requests are left, is given up: 30 days. */
const PATIENCE_US = 30 * 86_400e6;

/** Runs a workload to its end. Throws InputError on bad input in the workload. */
export async function simulate(options: SimulationOptions): Promise<SimulationEnd> {
  const simulation = new Simulation(options);
  for (;;) {
    while (simulation.sendDue()) await simulation.client.prepare();
    if (!simulation.handleNext()) return simulation.result;
  }
}

class Simulation {
  readonly client: Client;
  private readonly options: SimulationOptions;
  private readonly servers: Servers;
  private readonly engines: EngineQueue;
  /** What reaches engines and the router. */
  private readonly inputs = new EventQueue<InputEvent>();
  private readonly flights = new Flights();
  private readonly router: Router;
  private readonly hasLimit: boolean;
  private readonly timeLimitUs: number;
  /** Requests that finished in the step under way. */
  private readonly finished: EngineRequest[] = [];
  /** A float from the start (`START_US`); 0 as the run begins. */
  private nowUs = Number.NaN;
  /** When a request last ended. */
  private endedUs = START_US;
  /** False: the client has to be asked for its next request. */
  private arrivalPending = false;
  /** When the earliest arrival is due that stands among the inputs; infinite: none does. */
  private arrivalUs = Number.POSITIVE_INFINITY;
  private sent = 0;
  /** Resumed answers have segments below 0, which no workload has. */
  private lastSegment = 0;

  constructor(options: SimulationOptions) {
    this.nowUs = 0;
    this.options = options;
    this.client = new Client(options.source, options.maxConcurrency);
    this.hasLimit = options.timeLimitUs !== null;
    this.timeLimitUs = options.timeLimitUs ?? Number.POSITIVE_INFINITY;
    this.servers = new Servers(options, (request) => this.finished.push(request));
    this.engines = this.servers.engines;
    this.router = new Router(options, this.servers, this.inputs);
    for (const server of this.servers.all) {
      options.fleetObserver.began(server.member);
      this.servers.begin(server);
    }
  }

  get result(): SimulationEnd {
    const { replicas, stepsRunAhead } = this.servers;
    return { endUs: this.nowUs, replicas, waitingAtRouter: this.router.waiting, stepsRunAhead };
  }

  /** Sends what is due and notes the time of the next request. True: the source must be read on first. */
  sendDue(): boolean {
    const { client } = this;
    while (!this.arrivalPending && client.canSend) {
      if (client.needsPreparation) return true;
      const request = client.next;
      if (request === undefined) return false;
      if (request.arrivalUs > this.nowUs) {
        this.arrivalPending = true;
        if (request.arrivalUs >= this.arrivalUs) return false;
        this.arrivalUs = request.arrivalUs;
        this.inputs.add(request.arrivalUs, RANK.arrival, { kind: 'arrival' });
        return false;
      }
      this.send(client.send());
    }
    return false;
  }

  /** Handles the earliest event. False: none is left that could change anything for a request. */
  handleNext(): boolean {
    const { inputs, engines } = this;
    const inputUs = inputs.nextUs;
    const stepUs = engines.nextUs;
    const limitUs = this.hasLimit ? this.nextLimitUs : Number.POSITIVE_INFINITY;
    const fleetUs = this.options.fleet.nextUs;
    const requestsUs = Math.min(inputUs, stepUs, limitUs);
    if (requestsUs === Number.POSITIVE_INFINITY && !this.waitsForFleet(fleetUs)) return false;
    if (fleetUs <= requestsUs) {
      this.moveTo(fleetUs);
      this.follow(this.options.fleet.advance(fleetUs, (pool) => this.loadOf(pool)));
    } else if (inputUs === requestsUs) {
      const { timeUs, event } = inputs.poll()!;
      this.moveTo(timeUs);
      this.handleInput(event);
    } else if (limitUs === requestsUs) {
      this.moveTo(requestsUs);
      this.timeOut(this.flights.first!);
    } else {
      const run = engines.poll();
      if (run !== null) this.stepDone(run, requestsUs);
    }
    return true;
  }

  /** When the oldest request has had its time; infinite: there is no limit, or no request. */
  private get nextLimitUs(): number {
    const { first } = this.flights;
    return first === undefined ? Number.POSITIVE_INFINITY : first.arrivalUs + this.timeLimitUs;
  }

  private moveTo(timeUs: number): void {
    this.nowUs = timeUs;
    this.servers.nowUs = timeUs;
  }

  /** No request moves by itself. Whether the fleet could do something for one: take its server, or give it one. */
  private waitsForFleet(fleetUs: number): boolean {
    const movedUs = Math.max(this.endedUs, this.router.sentUs);
    if (this.options.fleet.isSettled(movedUs) || fleetUs > movedUs + PATIENCE_US) return false;
    if (this.router.waiting > 0) return true;
    return this.servers.all.some(({ member, outstanding }) => outstanding > 0 && member.market === 'spot');
  }

  private handleInput(event: InputEvent): void {
    switch (event.kind) {
      case 'arrival':
        // Of a session that went on earlier, one may be left over from before.
        if (this.nowUs >= this.arrivalUs) this.arrivalUs = Number.POSITIVE_INFINITY;
        this.arrivalPending = false;
        break;
      case 'routing':
        if (this.flights.get(event.flight.id) !== undefined) this.routeOrWait(event.flight, false);
        break;
      case 'delivery':
        if (event.flight.attempt === event.attempt) this.deliver(event.flight);
        break;
      case 'wake':
        this.advance(event.run);
        break;
    }
  }

  private send(request: Request): void {
    const { guess, observer, onProgress } = this.options;
    const flight = new Flight(request, this.nowUs, guess === null ? null : guess.expect(request));
    this.flights.add(flight);
    observer.arrived(request, this.nowUs);
    this.sent++;
    if (this.sent % 256 === 0) onProgress?.(this.nowUs, this.sent);
    if (request.preprocessUs === 0) this.routeOrWait(flight, false);
    else this.inputs.add(this.nowUs + request.preprocessUs, RANK.routing, { kind: 'routing', flight });
  }

  /** `wasServed`: it comes back from a server, and does not wait behind those who have not been in one. */
  private routeOrWait(flight: Flight, wasServed: boolean): void {
    if (!this.router.take(flight, wasServed)) this.giveUp(flight);
  }

  private deliver(flight: Flight): void {
    const server = flight.server!;
    if (server.replica === null) {
      this.leaveServer(flight);
      this.retry(flight);
      return;
    }
    this.servers.reach(server);
    const taken = server.replica.offer(flight.init(), this.nowUs);
    this.servers.follow(server);
    if (typeof taken === 'object') {
      flight.isDelivered = true;
      if (!isBusy(taken)) this.wake(server);
      return;
    }
    if (taken === 'prompt too long' && this.options.longPrompts === 'error' && flight.keptTokens === 0)
      throw promptTooLong(flight.request, server.replica.maxModelLen);
    this.options.observer.rejected(flight.id, this.nowUs);
    this.end(flight);
  }

  /** Engines that are idle look for something to do, once everything that reaches them now has. */
  private wake(server: Server): void {
    for (const run of server.runs)
      if (!isBusy(run.engine)) this.inputs.add(this.nowUs, RANK.wake, { kind: 'wake', run });
  }

  private stepDone(run: EngineRun, timeUs: number): void {
    const { finished, flights, options } = this;
    this.moveTo(timeUs);
    this.servers.step(run);
    run.engine.stepDone(timeUs);
    for (const { index, outputTokens } of finished) {
      const flight = flights.get(index)!;
      options.guess?.ended(flight.request.class, flight.keptTokens + outputTokens);
      this.end(flight, true);
    }
    // Not by its length, which would make it anew for the next one.
    while (finished.length > 0) finished.pop();
    this.advance(run);
  }

  private advance(run: EngineRun): void {
    if (run.isGone) return;
    if (!isBusy(run.engine)) run.engine.advance(this.nowUs);
    this.engines.follow(run);
  }

  /** The request has ended, however it did. `isAnswered`: its reply is there. */
  private end(flight: Flight, isAnswered = false): void {
    const { server } = flight;
    this.flights.remove(flight.id);
    if (this.client.ended(flight.request, this.nowUs, isAnswered)) this.arrivalPending = false;
    this.endedUs = this.nowUs;
    if (server === null) return;
    this.leaveServer(flight);
    if (this.router.waiting > 0 && server.isAccepting) this.router.drain();
  }

  /** It is not in its server any more, or on the way to it. */
  private leaveServer(flight: Flight): void {
    const server = flight.leave();
    if (server.outstanding === 0 && server.member.life.state.kind === 'leaving')
      this.follow(this.options.fleet.emptied(server.member, this.nowUs));
  }

  private timeOut(flight: Flight): void {
    this.router.forget(flight);
    this.takeOut(flight);
    this.options.observer.timedOut(flight.id, this.nowUs);
    this.options.fleetObserver.timedOut(flight.id, this.nowUs);
    this.end(flight);
  }

  /** Takes it out of its engine; null: none has it. */
  private takeOut({ server, isDelivered, id }: Flight): EngineRequest | null {
    if (server === null || !isDelivered) return null;
    const request = this.servers.abort(server, id);
    this.wake(server);
    return request;
  }

  private giveUp(flight: Flight): void {
    this.options.observer.gaveUp(flight.id, this.nowUs);
    this.options.fleetObserver.gaveUp(flight.id, this.nowUs);
    this.end(flight);
  }

  private retry(flight: Flight): void {
    if (flight.retries >= this.options.retries) this.giveUp(flight);
    else {
      flight.retries++;
      this.routeOrWait(flight, true);
    }
  }

  private loadOf(pool: number): PoolLoad {
    const { waiting, kvUsage } = this.servers.load(pool);
    return { waiting: waiting + this.router.waiting, kvUsage };
  }

  /** What the fleet did, and what comes of it. */
  private follow(changes: readonly FleetChange[]): void {
    const hit: Flight[] = [];
    const moved: Flight[] = [];
    const left: Server[] = [];
    let accepts = false;
    for (const change of changes) {
      if (change.kind === 'accepting') accepts = true;
      else if (change.kind === 'targeted')
        this.options.fleetObserver.targeted(change.pool, this.nowUs, change.replicas);
      else {
        const server = this.servers.all[change.member.id]!;
        this.options.fleetObserver.changed(change.member, this.nowUs, change.change);
        if (change.change === 'up' && server.replica === null) this.servers.start(server);
        if (change.change === 'lost') hit.push(...this.lose(server));
        if (change.change === 'noticed' && change.member.onNotice === 'migrate') moved.push(...this.vacate(server));
        if (change.change === 'leaving' && server.outstanding === 0) left.push(server);
        if (change.change === 'off') this.close(server);
      }
    }
    for (const flight of hit) this.retry(flight);
    for (const flight of moved) this.routeOrWait(flight, true);
    if (accepts && this.router.waiting > 0) this.router.drain();
    for (const { member } of left) this.follow(this.options.fleet.emptied(member, this.nowUs));
  }

  /** A server is lost with everything in it. Returns the requests that were. */
  private lose(server: Server): Flight[] {
    const { onLost, observer, fleetObserver } = this.options;
    const hit = this.flightsOn(server);
    for (const flight of hit) {
      const found = this.takeOut(flight);
      const before = flight.request;
      flight.request = sentAgain(before, found?.outputTokens ?? 0, onLost, this.lastSegment - 1);
      if (flight.request !== before) this.lastSegment--;
      const work = lostWork(flight, before, found, this.nowUs);
      observer.requestHit(flight.id, this.nowUs, server.id, work);
      fleetObserver.requestHit(flight.id, this.nowUs, server.id, work);
      flight.keptTokens += flight.request.promptTokens - before.promptTokens;
      flight.wasHit = true;
      flight.leave();
    }
    this.close(server);
    return hit;
  }

  private close(server: Server): void {
    this.servers.stop(server);
    this.options.routing.forget(server.id);
  }

  /** Takes out of a server what has not begun in it. */
  private vacate(server: Server): Flight[] {
    const untouched = new Set(server.replica!.untouched.map(({ index }) => index));
    const moved = this.flightsOn(server).filter(({ id, isDelivered }) => !isDelivered || untouched.has(id));
    for (const flight of moved) {
      this.takeOut(flight);
      flight.leave();
    }
    return moved;
  }

  private flightsOn(server: Server): Flight[] {
    return [...this.flights].filter((flight) => flight.server === server);
  }
}

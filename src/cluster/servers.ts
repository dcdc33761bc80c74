/** All servers of a cluster: their engines come and go, and whatever looks into one or takes something out interrupts it. */
import { START_US } from '../core/start-us.ts';
import type { EndReport } from '../engine/engine-core.ts';
import type { Replica } from '../engine/replica.ts';
import type { EngineRequest } from '../engine/request-state.ts';
import type { PoolLoad } from './autoscaler.ts';
import { EngineQueue, type EngineRun } from './engine-queue.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import type { ClusterObserver } from './observer.ts';
import { Server } from './server.ts';

/** What all servers of a pool have in common. */
export interface ServerKind {
  /** Time a request spends in the front end before an engine sees it. */
  readonly frontEndUs: number;
  /** The router sends a server no more requests than so many at a time; null: it does not count them. */
  readonly mostOutstanding: number | null;
  /** Engine cores of a server. */
  readonly cores: number;
}

/** A server that starts, with empty caches. Its cores are numbered from `firstCore` on. */
export type CreateReplica = (member: FleetMember, firstCore: number, reportEnd: EndReport) => Replica;

export interface ServersOptions {
  readonly fleet: Fleet;
  /** By pool. */
  readonly kinds: readonly ServerKind[];
  readonly createReplica: CreateReplica;
  readonly observer: ClusterObserver;
}

export class Servers {
  /** By the number of the member of the fleet. */
  readonly all: readonly Server[];
  readonly engines = new EngineQueue();
  /** Steps that decode stretches ran in engines that are gone. */
  stepsRunAhead = 0;
  /** The time for those who look into a server. */
  nowUs = START_US;
  private readonly options: ServersOptions;
  private readonly reportEnd: EndReport;
  private engineCount = 0;
  /** When the last step was handled, and the number of its engine. */
  private steppedUs = START_US - 1;
  private steppedNumber = -1;

  constructor(options: ServersOptions, reportEnd: EndReport) {
    this.options = options;
    this.reportEnd = reportEnd;
    let firstCore = 0;
    this.all = options.fleet.members.map((member) => {
      const { frontEndUs, mostOutstanding, cores } = options.kinds[member.pool]!;
      firstCore += cores;
      return new Server({
        ...{ member, frontEndUs, cores },
        firstCore: firstCore - cores,
        mostOutstanding: mostOutstanding ?? Number.POSITIVE_INFINITY,
        kvUsage: (server) => this.kvUsage(server),
      });
    });
  }

  /** Servers that run now. */
  get replicas(): Replica[] {
    return this.all.flatMap(({ replica }) => replica ?? []);
  }

  /** Time 0: it serves, or does not yet. */
  begin(server: Server): void {
    if (server.member.isServing) this.start(server);
    else this.tellServing(server, false);
  }

  /** Engines begin to run in it. */
  start(server: Server): void {
    const replica = this.options.createReplica(server.member, server.firstCore, this.reportEnd);
    server.replica = replica;
    server.runs = replica.engines.map((engine) => {
      return { server, engine, number: this.engineCount++, dueUs: Number.POSITIVE_INFINITY, isGone: false };
    });
    this.tellServing(server, true);
  }

  /** Nothing is left of what was in it. All its requests have been taken out. */
  stop(server: Server): void {
    const { replica } = server;
    if (replica === null) return;
    this.reach(server);
    for (const run of server.runs) {
      run.engine.interrupt(this.nowUs);
      this.engines.leave(run);
    }
    this.stepsRunAhead += replica.cores.reduce((sum, core) => sum + core.stepsRunAhead, 0);
    this.tellServing(server, false);
    server.replica = null;
    server.runs = [];
  }

  /** A step is to be handled now. */
  step(run: EngineRun): void {
    this.steppedUs = this.nowUs;
    this.steppedNumber = run.number;
  }

  /**
   * Something is about to reach a server's engines or to look into them. What a step has led to comes after the steps of
   * engines before it that end at the same time, which may only be planned.
   */
  reach(server: Server): void {
    if (this.steppedUs !== this.nowUs) return;
    for (const { engine, number } of server.runs) if (number < this.steppedNumber) engine.interrupt(this.nowUs + 1);
  }

  /** Something reached or looked at a server's engines: they may be due at another time. */
  follow(server: Server): void {
    for (const run of server.runs) this.engines.follow(run);
  }

  /** Takes a request out of its engines. Null: it is not there. Its engine may have something to do now. */
  abort(server: Server, id: number): EngineRequest | null {
    this.reach(server);
    const request = server.replica?.abort(id, this.nowUs) ?? null;
    this.follow(server);
    return request;
  }

  /** What the replicas of a pool that serve have, added up. */
  load(pool: number): PoolLoad {
    const sum = { waiting: 0, kvUsage: 0 };
    for (const server of this.all) {
      if (server.pool !== pool || server.replica === null) continue;
      sum.waiting += server.replica.waitingRequests;
      sum.kvUsage += this.kvUsage(server);
    }
    return sum;
  }

  private kvUsage(server: Server): number {
    this.reach(server);
    const usage = server.replica!.kvUsage(this.nowUs);
    this.follow(server);
    return usage;
  }

  private tellServing({ firstCore, cores }: Server, isServing: boolean): void {
    this.options.observer.serving(firstCore, cores, this.nowUs, isServing);
  }
}

/**
 * A replica as router and event loop see it: a member of the fleet, and the engines that run in it while it serves. When it
 * comes back after a loss its engines are new ones, with nothing in their caches.
 */
import type { Replica } from '../engine/replica.ts';
import type { EngineRun } from './engine-queue.ts';
import type { FleetMember } from './fleet.ts';
import type { RoutedReplica } from './routing/routed.ts';

export interface ServerOptions {
  readonly member: FleetMember;
  /** Time a request spends in its front end before an engine sees it. */
  readonly frontEndUs: number;
  /** Its engine cores, among all of the cluster. */
  readonly firstCore: number;
  readonly cores: number;
  /** The router sends it no more requests than so many at a time. */
  readonly mostOutstanding: number;
  /** Reads the KV cache of its engines. */
  readonly kvUsage: (server: Server) => number;
}

export class Server implements RoutedReplica {
  readonly id: number;
  readonly pool: number;
  readonly member: FleetMember;
  readonly frontEndUs: number;
  readonly firstCore: number;
  readonly cores: number;
  /** null: it does not serve. */
  replica: Replica | null = null;
  runs: readonly EngineRun[] = [];
  outstanding = 0;
  private readonly mostOutstanding: number;
  private readonly readKvUsage: (server: Server) => number;

  constructor({ member, frontEndUs, firstCore, cores, mostOutstanding, kvUsage }: ServerOptions) {
    this.id = member.id;
    this.pool = member.pool;
    this.member = member;
    this.frontEndUs = frontEndUs;
    this.firstCore = firstCore;
    this.cores = cores;
    this.mostOutstanding = mostOutstanding;
    this.readKvUsage = kvUsage;
  }

  get isAccepting(): boolean {
    return this.member.isAccepting && this.outstanding < this.mostOutstanding;
  }

  /** As its metrics page tells it; 0 if there is none to tell. */
  kvUsage(): number {
    return this.replica === null ? 0 : this.readKvUsage(this);
  }
}

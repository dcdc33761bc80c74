/**
 * All replicas of all pools and what befalls them: spot interruptions, on-demand stand-ins, autoscaling, and when the
 * router comes to know. Like an engine it has no clock: the event loop asks when something happens next, and tells it when
 * that time has come.
 */
import { type AutoscaleRule, decideReplicas, type PoolLoad, type Recommendation } from './autoscaler.ts';
import type { ObservedReplica } from './fleet-observer.ts';
import { type LifeChange, type OnNotice, ReplicaLife } from './replica-life.ts';
import type { SpotSlot } from './spot/spot-slot.ts';

export interface FleetPool {
  /** Wanted at time 0. */
  readonly replicas: number;
  /** The first so many replicas are on demand; of a pool without slots all are. */
  readonly onDemand: number;
  /** Market slots of the other replicas, `most − onDemand` of them. */
  readonly slots: readonly SpotSlot[];
  readonly startUpUs: number;
  readonly noticeUs: number;
  readonly onNotice: OnNotice;
  /** A replica on demand stands in for each spot replica that is away. */
  readonly standIns: boolean;
  readonly autoscale: AutoscaleRule | null;
}

/** A replica as the event loop sees it. */
export class FleetMember implements ObservedReplica {
  readonly id: number;
  readonly pool: number;
  readonly market: 'spot' | 'on_demand';
  readonly life: ReplicaLife;
  /** What is done when it is given notice. */
  readonly onNotice: OnNotice;
  /** The router sends requests to it; after a loss without notice this may be wrong for a while. */
  isAccepting: boolean;
  /** Who stands in for it; null: nobody. */
  readonly standIn: FleetMember | null;
  /** When the router next learns how it is; infinite: it knows. */
  knownUs = Number.POSITIVE_INFINITY;

  constructor(
    id: number,
    pool: number,
    onNotice: OnNotice,
    slot: SpotSlot | null,
    life: ReplicaLife,
    standIn: FleetMember | null,
  ) {
    this.id = id;
    this.pool = pool;
    this.market = slot === null ? 'on_demand' : 'spot';
    this.life = life;
    this.onNotice = onNotice;
    this.standIn = standIn;
    this.isAccepting = life.state.kind === 'up';
  }

  get isServing(): boolean {
    return this.life.isServing;
  }

  get isPaid(): boolean {
    return this.life.isPaid;
  }

  /** Whether it would take requests, whatever the router thinks. */
  get takesRequests(): boolean {
    const { kind } = this.life.state;
    return kind === 'up' || (kind === 'noticed' && this.onNotice === 'ignore');
  }
}

/** `accepting`: the router sends requests to it from now on. `targeted`: the pool's number changed. */
export type FleetChange =
  | { readonly kind: 'life'; readonly member: FleetMember; readonly change: LifeChange }
  | { readonly kind: 'accepting'; readonly member: FleetMember }
  | { readonly kind: 'targeted'; readonly pool: number; readonly replicas: number };

export interface FleetOptions {
  readonly pools: readonly FleetPool[];
  /** The router looks after its replicas so often; 0: it knows at once. */
  readonly healthCheckUs: number;
}

export class Fleet {
  readonly members: readonly FleetMember[];
  private readonly pools: readonly PoolState[];
  private readonly healthCheckUs: number;
  private cachedNextUs = 0;
  /** The next event that is no decision about the number of replicas. */
  private nextLifeUs = 0;
  private changedUs = 0;

  constructor({ pools, healthCheckUs }: FleetOptions) {
    const members: FleetMember[] = [];
    this.pools = pools.map((pool, index) => createPool(pool, index, members));
    this.members = members;
    this.healthCheckUs = healthCheckUs;
    this.refresh();
  }

  /** When something happens next by itself; infinite if never. */
  get nextUs(): number {
    return this.cachedNextUs;
  }

  /** Whether nothing would ever happen any more, if loads stayed as they have been since `sinceUs`. */
  isSettled(sinceUs: number): boolean {
    if (this.nextLifeUs !== Number.POSITIVE_INFINITY) return false;
    const steadyUs = Math.max(sinceUs, this.changedUs);
    return this.pools.every(({ options: { autoscale }, decideUs }) => {
      if (autoscale === null) return true;
      return decideUs > steadyUs + Math.max(autoscale.upDelayUs, autoscale.downDelayUs) + autoscale.intervalUs;
    });
  }

  /** Replicas that are wanted of a pool. */
  target(pool: number): number {
    return this.pools[pool]!.target;
  }

  /** It is `timeUs`: everything that is due happens. `loadOf` is asked of pools that scale. */
  advance(timeUs: number, loadOf: (pool: number) => PoolLoad): FleetChange[] {
    const changes: FleetChange[] = [];
    for (const member of this.members)
      while (member.life.nextUs <= timeUs) this.tell(changes, member, timeUs, member.life.advance(timeUs));
    for (const [index, pool] of this.pools.entries()) {
      const { autoscale } = pool.options;
      if (autoscale === null || pool.decideUs > timeUs) continue;
      pool.decideUs = timeUs + autoscale.intervalUs;
      const decision = decideReplicas(autoscale, pool.history, pool.target, loadOf(index), timeUs);
      pool.history = decision.history;
      if (decision.replicas !== pool.target) this.scale(changes, index, decision.replicas, timeUs);
    }
    for (const member of this.members) if (member.knownUs <= timeUs) this.know(changes, member);
    if (changes.length > 0) this.changedUs = timeUs;
    this.refresh();
    return changes;
  }

  /** No request is left in a replica: one that was leaving is gone. */
  emptied(member: FleetMember, timeUs: number): FleetChange[] {
    const changes: FleetChange[] = [];
    this.tell(changes, member, timeUs, member.life.emptied());
    this.refresh();
    return changes;
  }

  private scale(changes: FleetChange[], index: number, replicas: number, timeUs: number): void {
    const pool = this.pools[index]!;
    pool.target = replicas;
    changes.push({ kind: 'targeted', pool: index, replicas });
    for (const [i, member] of pool.members.entries())
      this.tell(changes, member, timeUs, i < replicas ? member.life.want(timeUs) : member.life.dismiss());
  }

  /** Notes a change, with what follows from it for the router and for a stand-in. */
  private tell(changes: FleetChange[], member: FleetMember, timeUs: number, change: LifeChange | null): void {
    if (change === null) return;
    changes.push({ kind: 'life', member, change });
    if (member.takesRequests !== member.isAccepting) {
      // Who leaves on purpose signs off; who dies, or comes up, is found by looking.
      const signsOff = change === 'noticed' || change === 'leaving' || change === 'off';
      if (signsOff || this.healthCheckUs === 0) this.know(changes, member);
      else member.knownUs = Math.min(member.knownUs, Math.ceil(timeUs / this.healthCheckUs) * this.healthCheckUs);
    }
    if (member.standIn !== null) this.tell(changes, member.standIn, timeUs, replace(member, timeUs));
  }

  private know(changes: FleetChange[], member: FleetMember): void {
    member.knownUs = Number.POSITIVE_INFINITY;
    if (member.isAccepting === member.takesRequests) return;
    member.isAccepting = member.takesRequests;
    if (member.isAccepting) changes.push({ kind: 'accepting', member });
  }

  private refresh(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { life, knownUs } of this.members) next = Math.min(next, life.nextUs, knownUs);
    this.nextLifeUs = next;
    for (const { decideUs } of this.pools) next = Math.min(next, decideUs);
    this.cachedNextUs = next;
  }
}

interface PoolState {
  readonly options: FleetPool;
  /** Those that the target counts: not the stand-ins. */
  readonly members: readonly FleetMember[];
  target: number;
  decideUs: number;
  history: readonly Recommendation[];
}

/** Adds a pool's replicas: on demand, then spot, then stand-ins. */
function createPool(pool: FleetPool, index: number, members: FleetMember[]): PoolState {
  const { autoscale, onNotice, startUpUs, noticeUs, replicas, slots } = pool;
  const most = Math.max(replicas, autoscale?.max ?? 0);
  const onDemand = slots.length === 0 ? most : Math.min(pool.onDemand, most);
  const first = members.length;
  const add = (id: number, slot: SpotSlot | null, isWanted: boolean, standIn: FleetMember | null = null) => {
    const life = new ReplicaLife({ slot, startUpUs, noticeUs }, isWanted);
    const member = new FleetMember(id, index, onNotice, slot, life, standIn);
    members[id] = member;
    return member;
  };
  const own = Array.from({ length: most }, (_, i) => {
    const isWanted = i < replicas;
    const slot = i < onDemand ? null : slots[i - onDemand]!;
    if (slot === null || !pool.standIns) return add(first + i, slot, isWanted);
    // Whoever is away at the beginning has been replaced before.
    const standIn = add(first + most + i - onDemand, null, isWanted && !slot.isUp);
    return add(first + i, slot, isWanted, standIn);
  });
  return {
    options: pool,
    members: own,
    target: replicas,
    decideUs: autoscale === null ? Number.POSITIVE_INFINITY : autoscale.intervalUs,
    history: [{ timeUs: 0, replicas }],
  };
}

/** The stand-in of a replica that is away, or about to be, is wanted; once the replica serves again it is not. */
function replace(member: FleetMember, timeUs: number): LifeChange | null {
  const standIn = member.standIn!.life;
  switch (member.life.state.kind) {
    case 'off':
    case 'leaving':
    case 'up':
      return standIn.dismiss();
    case 'noticed':
      return member.onNotice === 'ignore' ? null : standIn.want(timeUs);
    case 'down':
    case 'starting':
      return standIn.want(timeUs);
  }
}

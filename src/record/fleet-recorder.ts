/** Watches a fleet and counts what its ups and downs cost: interruptions, lost work, missing capacity, and hours paid. */
import type { FleetObserver, LostWork, ObservedReplica } from '../cluster/fleet-observer.ts';
import type { LifeChange } from '../cluster/replica-life.ts';

/** What the replicas of a pool are made of. */
export interface RecordedPool {
  readonly name: string;
  /** Kind of GPU. */
  readonly gpu: string;
  readonly gpusPerReplica: number;
  /** Replicas wanted at time 0. */
  readonly replicas: number;
}

export interface PaidHours {
  readonly gpu: string;
  readonly market: 'spot' | 'on_demand';
  readonly gpuHours: number;
}

export interface PoolFleetRecord extends RecordedPool {
  /** GPUs × time that they are held, by market. */
  readonly gpuHours: Readonly<Record<'spot' | 'on_demand', number>>;
  /** Serving replicas that were taken away. */
  readonly interruptions: number;
  readonly notices: number;
  /** Replicas that began to start during the run. */
  readonly starts: number;
  /** Time with fewer serving replicas than wanted. */
  readonly belowTargetUs: number;
  /** Missing replicas × time. */
  readonly missingReplicaUs: number;
  /** Time without any serving replica. */
  readonly withoutAnyUs: number;
  /** Serving replicas × time. */
  readonly servingReplicaUs: number;
}

export interface FleetRecord {
  readonly pools: readonly PoolFleetRecord[];
  /** By kind of GPU and market, in order of name; starting replicas are paid for as well. */
  readonly paid: readonly PaidHours[];
  /** Requests that were on a replica when it was lost, each time counted. */
  readonly requestsHit: number;
  /** Different requests among them. */
  readonly requestsHitOnce: number;
  /** Output tokens that had to be written again. */
  readonly outputTokensLost: number;
  readonly thinkingTokensLost: number;
  /** Tokens whose KV cache had to be computed again. */
  readonly computedTokensLost: number;
  /**
   * Time that requests hit had already spent on what was lost: since they were sent to the replica, summed over losses.
   * What a loss costs a request at least.
   */
  readonly extraLatencyUs: number;
  readonly rerouted: number;
  readonly queuedAtRouter: number;
  readonly timedOut: number;
  readonly gaveUp: number;
}

interface PoolCounts extends RecordedPool {
  interruptions: number;
  notices: number;
  starts: number;
  target: number;
  serving: number;
  sinceUs: number;
  belowTargetUs: number;
  missingReplicaUs: number;
  withoutAnyUs: number;
  servingReplicaUs: number;
  /** Replicas paid for now, and replicas × time so far. */
  readonly paying: Record<'spot' | 'on_demand', { replicas: number; sumUs: number }>;
}

export class FleetRecorder implements FleetObserver {
  private readonly pools: readonly PoolCounts[];
  /** What each replica was when it was last heard of. */
  private readonly known: { isServing: boolean; isPaid: boolean }[] = [];
  private requestsHit = 0;
  private requestsHitOnce = 0;
  private outputTokensLost = 0;
  private thinkingTokensLost = 0;
  private computedTokensLost = 0;
  private extraLatencyUs = 0;
  private rerouteds = 0;
  private queueds = 0;
  private timedOuts = 0;
  private gaveUps = 0;

  constructor(pools: readonly RecordedPool[]) {
    this.pools = pools.map(createCounts);
  }

  began(replica: ObservedReplica): void {
    this.update(replica, 0);
  }

  changed(replica: ObservedReplica, timeUs: number, change: LifeChange): void {
    const pool = this.pools[replica.pool]!;
    if (change === 'lost') pool.interruptions++;
    if (change === 'noticed') pool.notices++;
    if (change === 'starting') pool.starts++;
    this.update(replica, timeUs);
  }

  targeted(pool: number, timeUs: number, replicas: number): void {
    const counts = this.pools[pool]!;
    pass(counts, timeUs);
    counts.target = replicas;
  }

  requestHit(_requestId: number, _timeUs: number, _replica: number, work: LostWork): void {
    this.requestsHit++;
    if (work.isFirst) this.requestsHitOnce++;
    this.outputTokensLost += work.outputTokens;
    this.thinkingTokensLost += work.thinkingTokens;
    this.computedTokensLost += work.computedTokens;
    this.extraLatencyUs += work.spentUs;
  }

  queuedAtRouter(): void {
    this.queueds++;
  }

  rerouted(): void {
    this.rerouteds++;
  }

  timedOut(): void {
    this.timedOuts++;
  }

  gaveUp(): void {
    this.gaveUps++;
  }

  /** Everything, once the run has ended at `endUs`. */
  record(endUs: number): FleetRecord {
    for (const pool of this.pools) pass(pool, endUs);
    return {
      pools: this.pools.map(poolRecord),
      paid: paidHours(this.pools),
      requestsHit: this.requestsHit,
      requestsHitOnce: this.requestsHitOnce,
      outputTokensLost: this.outputTokensLost,
      thinkingTokensLost: this.thinkingTokensLost,
      computedTokensLost: this.computedTokensLost,
      extraLatencyUs: this.extraLatencyUs,
      rerouted: this.rerouteds,
      queuedAtRouter: this.queueds,
      timedOut: this.timedOuts,
      gaveUp: this.gaveUps,
    };
  }

  private update(replica: ObservedReplica, timeUs: number): void {
    const pool = this.pools[replica.pool]!;
    pass(pool, timeUs);
    const before = this.known[replica.id] ?? { isServing: false, isPaid: false };
    pool.serving += Number(replica.isServing) - Number(before.isServing);
    pool.paying[replica.market].replicas += Number(replica.isPaid) - Number(before.isPaid);
    this.known[replica.id] = { isServing: replica.isServing, isPaid: replica.isPaid };
  }
}

function createCounts(pool: RecordedPool): PoolCounts {
  return {
    ...pool,
    ...{ interruptions: 0, notices: 0, starts: 0, target: pool.replicas, serving: 0, sinceUs: 0 },
    ...{ belowTargetUs: 0, missingReplicaUs: 0, withoutAnyUs: 0, servingReplicaUs: 0 },
    paying: { spot: { replicas: 0, sumUs: 0 }, on_demand: { replicas: 0, sumUs: 0 } },
  };
}

/** Time passes as things were. */
function pass(pool: PoolCounts, timeUs: number): void {
  const us = timeUs - pool.sinceUs;
  const missing = Math.max(0, pool.target - pool.serving);
  pool.sinceUs = timeUs;
  if (missing > 0) pool.belowTargetUs += us;
  if (pool.serving === 0) pool.withoutAnyUs += us;
  pool.missingReplicaUs += missing * us;
  pool.servingReplicaUs += pool.serving * us;
  for (const paying of [pool.paying.spot, pool.paying.on_demand]) paying.sumUs += paying.replicas * us;
}

function poolRecord(pool: PoolCounts): PoolFleetRecord {
  const { name, gpu, gpusPerReplica, replicas, interruptions, notices, starts } = pool;
  const { belowTargetUs, missingReplicaUs, withoutAnyUs, servingReplicaUs } = pool;
  return {
    ...{ name, gpu, gpusPerReplica, replicas, interruptions, notices, starts },
    ...{ belowTargetUs, missingReplicaUs, withoutAnyUs, servingReplicaUs },
    gpuHours: { spot: gpuHoursOf(pool, 'spot'), on_demand: gpuHoursOf(pool, 'on_demand') },
  };
}

const HOUR_US = 3600e6;

function gpuHoursOf({ paying, gpusPerReplica }: PoolCounts, market: 'spot' | 'on_demand'): number {
  return (paying[market].sumUs * gpusPerReplica) / HOUR_US;
}

function paidHours(pools: readonly PoolCounts[]): PaidHours[] {
  const gpus = [...new Set(pools.map(({ gpu }) => gpu))].sort();
  return gpus.flatMap((gpu) =>
    (['on_demand', 'spot'] as const).flatMap((market) => {
      const gpuHours = pools
        .filter((pool) => pool.gpu === gpu)
        .reduce((sum, pool) => sum + gpuHoursOf(pool, market), 0);
      return gpuHours === 0 ? [] : [{ gpu, market, gpuHours }];
    }),
  );
}

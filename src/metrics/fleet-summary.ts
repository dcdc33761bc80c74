/** What the ups and downs of a fleet came to, by pool and in all. */
import type { FleetRecord, PoolFleetRecord } from '../record/fleet-recorder.ts';
import type { PoolLatencies } from './pool-outcomes.ts';

/** The field `sim.fleet` of a summary. Shares from 0 to 1. */
export interface FleetSummary {
  /** Serving replicas that were taken away. */
  interruptions: number;
  /** Requests that were on a replica when it was lost: each time, and each request once. */
  request_losses: number;
  requests_hit: number;
  /** Output tokens that had to be written again, and the thinking among them. */
  output_tokens_lost: number;
  thinking_tokens_lost: number;
  /** Tokens of prompt and output whose KV cache had to be computed again. */
  computed_tokens_lost: number;
  /** What the losses cost those requests at least: time since they were sent to what was lost. Sum, and mean of those hit. */
  extra_latency_s: number;
  mean_extra_latency_ms: number | null;
  /** Requests that were sent on, that had to wait at the router, and that were given up: by their client, or after all retries. */
  rerouted: number;
  queued_at_router: number;
  timed_out: number;
  gave_up: number;
  gpu_hours: GpuHours[];
  pools: PoolSummary[];
}

export interface GpuHours {
  gpu: string;
  market: 'spot' | 'on_demand';
  gpu_hours: number;
}

export interface PoolSummary {
  name: string;
  gpu: string;
  /** Wanted at the beginning. */
  replicas: number;
  mean_serving_replicas: number | null;
  interruptions: number;
  notices: number;
  /** Replicas that began to start during the run. */
  starts: number;
  /** Time with fewer serving replicas than wanted, also as a share of the run, and what was missing in replica-hours. */
  below_target_s: number;
  below_target_share: number | null;
  missing_replica_hours: number;
  /** Time without any serving replica. */
  without_any_s: number;
  gpu_hours_on_demand: number;
  gpu_hours_spot: number;
  /** Of the requests that the pool finished; null where it is the only pool. */
  latencies: PoolLatencies | null;
}

/** `endUs`: how long the run was. `latencies`: by pool; null where there is one. */
export function fleetSummary(
  fleet: FleetRecord,
  endUs: number,
  latencies: readonly PoolLatencies[] | null,
): FleetSummary {
  return {
    interruptions: fleet.pools.reduce((sum, pool) => sum + pool.interruptions, 0),
    request_losses: fleet.requestsHit,
    requests_hit: fleet.requestsHitOnce,
    output_tokens_lost: fleet.outputTokensLost,
    thinking_tokens_lost: fleet.thinkingTokensLost,
    computed_tokens_lost: fleet.computedTokensLost,
    extra_latency_s: fleet.extraLatencyUs / 1e6,
    mean_extra_latency_ms: fleet.requestsHitOnce === 0 ? null : fleet.extraLatencyUs / fleet.requestsHitOnce / 1e3,
    rerouted: fleet.rerouted,
    queued_at_router: fleet.queuedAtRouter,
    timed_out: fleet.timedOut,
    gave_up: fleet.gaveUp,
    gpu_hours: fleet.paid.map(({ gpu, market, gpuHours }) => ({ gpu, market, gpu_hours: gpuHours })),
    pools: fleet.pools.map((pool, i) => poolSummary(pool, endUs, latencies?.[i] ?? null)),
  };
}

function poolSummary(pool: PoolFleetRecord, endUs: number, latencies: PoolLatencies | null): PoolSummary {
  const share = (us: number) => (endUs === 0 ? null : us / endUs);
  return {
    name: pool.name,
    gpu: pool.gpu,
    replicas: pool.replicas,
    mean_serving_replicas: share(pool.servingReplicaUs),
    interruptions: pool.interruptions,
    notices: pool.notices,
    starts: pool.starts,
    below_target_s: pool.belowTargetUs / 1e6,
    below_target_share: share(pool.belowTargetUs),
    missing_replica_hours: pool.missingReplicaUs / 3600e6,
    without_any_s: pool.withoutAnyUs / 1e6,
    gpu_hours_on_demand: pool.gpuHours.on_demand,
    gpu_hours_spot: pool.gpuHours.spot,
    latencies,
  };
}

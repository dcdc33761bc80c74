/** The pools of a resolved run as the fleet that the event loop drives, and the router before them. */
import { Fleet, type FleetPool } from '../cluster/fleet.ts';
import type { GuessOptions, RoutingOptions } from '../cluster/routing/create-routing.ts';
import { type AvailabilityTrace, parseAvailabilityTrace } from '../cluster/spot/availability-trace.ts';
import { createSpotSlots, type SpotLaw, type SpotMarketOptions } from '../cluster/spot/spot-market.ts';
import { startUpUs } from '../cluster/start-up.ts';
import { gpusOfReplica } from '../config/deployment-gpus.ts';
import type { AutoscaleSettings, ClusterSettings, DurationLaw, Market, Pool, ResolvedRun } from '../config/resolved.ts';
import type { RandomStreams } from '../core/random.ts';
import type { RecordedPool } from '../record/fleet-recorder.ts';

/** Reads a file named in the study. */
export type ReadText = (path: string) => string;

export function fleetOf(run: ResolvedRun, streams: RandomStreams, readText: ReadText): Fleet {
  return new Fleet({
    pools: run.pools.map((pool) => fleetPool(pool, streams, readText)),
    healthCheckUs: run.cluster.health_check_us,
  });
}

/** What the record of a fleet must know of its pools. */
export function recordedPools({ pools }: ResolvedRun): RecordedPool[] {
  return pools.map(({ name, deployment }) => ({
    name,
    gpu: deployment.gpu.id,
    gpusPerReplica: gpusOfReplica(deployment),
    replicas: deployment.replicas,
  }));
}

export function routingOf({ cluster, pools }: ResolvedRun): RoutingOptions {
  const { router, prefix_aware: prefixes, expected_length: lengths } = cluster;
  switch (router) {
    case 'prefix_aware': {
      const { threshold, balance_abs, balance_rel, max_nodes } = prefixes!;
      const options = { threshold, balanceAbs: balance_abs, balanceRel: balance_rel, maxNodes: max_nodes };
      return { policy: router, prefixes: options };
    }
    case 'expected_length':
      return { policy: router, guess: guessOf(lengths!), pools: lengths!.pools.map((one) => lengthPool(one, pools)) };
    default:
      return { policy: router };
  }
}

type Lengths = NonNullable<ClusterSettings['expected_length']>;

function guessOf({ by, error }: Lengths): GuessOptions {
  return by === 'classifier' ? { by, error } : { by };
}

function lengthPool({ pool: name, below }: Lengths['pools'][number], pools: readonly Pool[]) {
  const pool = pools.findIndex((one) => one.name === name);
  return { pool, below, maxModelLen: pools[pool]!.deployment.engine.max_model_len };
}

function fleetPool(pool: Pool, streams: RandomStreams, readText: ReadText): FleetPool {
  const { market, autoscale, deployment } = pool;
  const most = Math.max(deployment.replicas, autoscale?.max ?? 0);
  const common = {
    replicas: deployment.replicas,
    startUpUs: startUpOf(pool),
    autoscale: autoscale === null ? null : autoscaleRule(autoscale),
  };
  if (market.kind === 'on_demand')
    return { ...common, onDemand: most, slots: [], noticeUs: 0, onNotice: 'drain', standIns: false };
  const slots = createSpotSlots(marketOptions(pool.name, market, readText), most - market.on_demand, streams);
  return {
    ...common,
    ...{ slots, onDemand: market.on_demand, noticeUs: market.notice_us, onNotice: market.on_notice },
    standIns: market.fallback === 'on_demand',
  };
}

/** Whole microseconds from asking for a replica to its first answer. */
export function startUpOf({ start_up: settings }: Pool): number {
  return startUpUs({
    provisionUs: settings.provision_us,
    imageUs: settings.image_us,
    weightBytes: settings.weight_bytes,
    bytesPerS: settings.bandwidth_gb_s * 1e9,
    compileUs: settings.compile_us,
    captureUs: settings.capture_us,
    warmUpUs: settings.warm_up_us,
  });
}

type SpotSettings = Extract<Market, { kind: 'spot' }>;

function marketOptions(name: string, market: SpotSettings, readText: ReadText): SpotMarketOptions {
  const { correlation, zones, begin } = market;
  return {
    ...{ name, zones, begin, law: lawOf(market, readText) },
    correlation: correlation?.between_zones ?? 0,
    withinZone: correlation?.within_zone ?? 0,
  };
}

function lawOf({ law }: SpotSettings, readText: ReadText): SpotLaw {
  if (law.kind === 'weibull') return { kind: 'weibull', up: weibullLaw(law.up), down: weibullLaw(law.down) };
  const zones = law.files.map(({ path }): AvailabilityTrace => parseAvailabilityTrace(readText(path), path));
  return { kind: 'trace', zones, offsetUs: law.offset_us };
}

function weibullLaw({ shape, scale_us }: DurationLaw) {
  return { shape, scaleUs: scale_us };
}

function autoscaleRule(settings: AutoscaleSettings) {
  const { min, max, on, target, tolerance } = settings;
  const { interval_us: intervalUs, up_delay_us: upDelayUs, down_delay_us: downDelayUs } = settings;
  return { min, max, on, target, tolerance, intervalUs, upDelayUs, downDelayUs };
}

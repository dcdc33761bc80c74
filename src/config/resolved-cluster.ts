/** Pools of replicas and what stands before them, every setting in place. Units are in the names; part of `resolved.ts`. */
import type { Deployment, Router } from './resolved.ts';

/** P(T > t) = exp(−(t / scale_us)^shape). */
export interface DurationLaw {
  shape: number;
  scale_us: number;
}

export type SpotLaw =
  | { kind: 'weibull'; up: DurationLaw; down: DurationLaw }
  /** One file a zone; `offset_us` null: drawn from the seed. */
  | { kind: 'trace'; files: { path: string; sha256: string }[]; offset_us: number | null };

/** Where a pool's replicas are rented. */
export type Market =
  | { kind: 'on_demand' }
  | {
      kind: 'spot';
      law: SpotLaw;
      zones: number;
      /** Of availability between zones and within one; null: a trace brings its own. */
      correlation: { between_zones: number; within_zone: number } | null;
      begin: 'held' | 'stationary';
      notice_us: number;
      on_notice: 'drain' | 'migrate' | 'ignore';
      fallback: 'none' | 'on_demand';
      /** So many of the replicas are on demand. */
      on_demand: number;
    };

/** From asking for a machine to answering requests. */
export interface StartUpSettings {
  provision_us: number;
  image_us: number;
  /** The checkpoint as it is stored. */
  weight_bytes: number;
  bandwidth_gb_s: number;
  compile_us: number;
  capture_us: number;
  warm_up_us: number;
}

export interface AutoscaleSettings {
  min: number;
  max: number;
  on: 'waiting' | 'kv_usage';
  target: number;
  interval_us: number;
  tolerance: number;
  up_delay_us: number;
  down_delay_us: number;
}

/** Replicas of one deployment. */
export interface Pool {
  /** Its key under `deployments:`; `deployment` where there is one section of that name. */
  name: string;
  deployment: Deployment;
  market: Market;
  start_up: StartUpSettings;
  /** null: the number of replicas stays. */
  autoscale: AutoscaleSettings | null;
}

/** What stands between clients and servers. */
export interface ClusterSettings {
  router: Router;
  /** Of the router expected_length; else null. */
  expected_length: {
    by: 'class' | 'classifier' | 'oracle';
    /** Standard deviation of the logarithm of a classifier's guess; else 0. */
    error: number;
    /** `below` null: any number of expected output tokens. */
    pools: { pool: string; below: number | null }[];
  } | null;
  /** Of the router prefix_aware; else null. */
  prefix_aware: { threshold: number; balance_abs: number; balance_rel: number; max_nodes: number } | null;
  /** Requests that may wait at the router; null, as `unbounded`, but full servers refuse instead of letting them wait. */
  queue: number | 'unbounded' | null;
  retries: number;
  /** null: clients wait for ever. */
  time_limit_us: number | null;
  on_lost: 'restart' | 'resume';
  /** 0: the router knows at once. */
  health_check_us: number;
}

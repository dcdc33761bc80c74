/**
 * How many replicas a pool should have, by the rule of the Kubernetes Horizontal Pod Autoscaler: as many as would bring
 * the mean of a metric to its target, no change within a tolerance, and per direction the most cautious recommendation of a
 * window ("Horizontal Pod Autoscaling: algorithm details" and "stabilization window", kubernetes.io). Replicas that are
 * still starting count as idle ones.
 */

export interface AutoscaleRule {
  readonly min: number;
  readonly max: number;
  /** Requests waiting for a replica, or the share of its KV cache in use. */
  readonly on: 'waiting' | 'kv_usage';
  /** What each replica should have of it. */
  readonly target: number;
  readonly intervalUs: number;
  /** No change while the metric is within this share of the target. */
  readonly tolerance: number;
  /** More replicas once they have been recommended for so long. */
  readonly upDelayUs: number;
  /** Fewer once fewer have been recommended for so long. */
  readonly downDelayUs: number;
}

/** A pool now: sums over its serving replicas. */
export interface PoolLoad {
  /** Requests in waiting queues, and at the router for this pool. */
  readonly waiting: number;
  /** Shares of the KV cache in use, added up. */
  readonly kvUsage: number;
}

/** What was recommended, oldest first. */
export interface Recommendation {
  readonly timeUs: number;
  readonly replicas: number;
}

export interface Decision {
  readonly replicas: number;
  /** To be handed over at the next decision; as long as the longer window. */
  readonly history: readonly Recommendation[];
}

/** The decision at `timeUs`; `replicas` are wanted now. A history begins with what was wanted at time 0. */
export function decideReplicas(
  rule: AutoscaleRule,
  history: readonly Recommendation[],
  replicas: number,
  load: PoolLoad,
  timeUs: number,
): Decision {
  const { upDelayUs, downDelayUs } = rule;
  const longestUs = Math.max(upDelayUs, downDelayUs);
  const now = { timeUs, replicas: recommended(rule, replicas, load) };
  const kept = [...history.filter((old) => old.timeUs >= timeUs - longestUs), now];
  const since = (delayUs: number) => kept.filter((old) => old.timeUs >= timeUs - delayUs).map((old) => old.replicas);
  const up = Math.min(...since(upDelayUs));
  const down = Math.max(...since(downDelayUs));
  return { replicas: replicas < up ? up : Math.min(replicas, down), history: kept };
}

/** Shares that should add up to a whole number of targets may miss it by this. */
const ROUNDING = 1e-9;

function recommended({ on, target, tolerance, min, max }: AutoscaleRule, replicas: number, load: PoolLoad): number {
  const sum = on === 'waiting' ? load.waiting : load.kvUsage;
  const ratio = sum / (Math.max(1, replicas) * target);
  const wanted = Math.abs(ratio - 1) <= tolerance ? replicas : Math.ceil(sum / target - ROUNDING);
  return Math.min(max, Math.max(min, wanted));
}

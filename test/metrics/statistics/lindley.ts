/**
 * The queue M/M/1, of which the answers are known: Lindley's recursion W' = max(0, W + S - A) gives the waiting times of successive
 * customers. In steady state the mean wait is ρ / (μ - λ) and the time in system is exponential with rate μ - λ (Kleinrock,
 * Queueing Systems I, section 3.2 and equation 5.118). Service times have mean 1: μ = 1, λ = ρ.
 */
import type { Rng } from '../../../src/core/random.ts';

export interface Customers {
  readonly arrivals: Float64Array;
  readonly waits: Float64Array;
  readonly departures: Float64Array;
}

/** `initialWait`: drawn from the steady state by default; 0 is an empty system, which takes a while to warm up. */
export function lindley(rng: Rng, load: number, count: number, initialWait = steadyWait(rng, load)): Customers {
  const arrivals = new Float64Array(count);
  const waits = new Float64Array(count);
  const departures = new Float64Array(count);
  let [now, wait] = [0, initialWait];
  for (let i = 0; i < count; i++) {
    const service = exponential(rng);
    arrivals[i] = now;
    waits[i] = wait;
    departures[i] = now + wait + service;
    const gap = exponential(rng) / load;
    wait = Math.max(0, wait + service - gap);
    now += gap;
  }
  return { arrivals, waits, departures };
}

export function exponential(rng: Rng): number {
  return -Math.log1p(-rng());
}

/** Nobody waits with probability 1 - ρ; else the wait is exponential with rate 1 - ρ. */
function steadyWait(rng: Rng, load: number): number {
  return rng() < load ? exponential(rng) / (1 - load) : 0;
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Routers that look at load alone. Round robin and random know only who is there; `least_outstanding` counts what it has
 * sent (the "least connections" of proxies); `least_kv_usage` reads each replica's metrics; power of two choices looks at
 * two replicas drawn at random and takes the one with less (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001; as vLLM Router does). Ties go to the lowest number, where nothing else is said.
 */
import type { Rng } from '../../core/random.ts';
import type { RoutedReplica, Routing } from './routed.ts';

/** Each in turn. */
export function roundRobin(): Routing {
  let turn = 0;
  return {
    route: (_request, replicas) => {
      for (let tried = 0; tried < replicas.length; tried++) {
        const replica = replicas[turn % replicas.length]!;
        turn = (turn + 1) % replicas.length;
        if (replica.isAccepting) return replica;
      }
      return null;
    },
    forget: () => {},
  };
}

/** Each as likely. */
export function random(rng: Rng): Routing {
  return {
    route: (_request, replicas) => {
      const accepting = countAccepting(replicas);
      return accepting === 0 ? null : nthAccepting(replicas, Math.floor(rng() * accepting));
    },
    forget: () => {},
  };
}

/** The one with the fewest requests. */
export function leastOutstanding(): Routing {
  return { route: (_request, replicas) => fewestOutstanding(replicas), forget: () => {} };
}

/** The one with the emptiest KV cache; of several the one with the fewest requests. */
export function leastKvUsage(): Routing {
  return {
    route: (_request, replicas) => {
      let best: RoutedReplica | null = null;
      let least = Number.POSITIVE_INFINITY;
      for (const replica of replicas) {
        if (!replica.isAccepting) continue;
        const usage = replica.kvUsage();
        if (usage > least || (usage === least && replica.outstanding >= best!.outstanding)) continue;
        best = replica;
        least = usage;
      }
      return best;
    },
    forget: () => {},
  };
}

/** Of two different ones drawn at random the one with fewer requests, of equals the one drawn first. */
export function powerOfTwo(rng: Rng): Routing {
  return {
    route: (_request, replicas) => {
      const accepting = countAccepting(replicas);
      if (accepting === 0) return null;
      // Both draws are made in any case: what is there for one request does not change the next one's numbers.
      const first = Math.floor(rng() * accepting);
      const other = Math.floor(rng() * (accepting - 1));
      const a = nthAccepting(replicas, first)!;
      if (accepting === 1) return a;
      const b = nthAccepting(replicas, other < first ? other : other + 1)!;
      return b.outstanding < a.outstanding ? b : a;
    },
    forget: () => {},
  };
}

/** The accepting replica with the fewest requests; null: none accepts. */
export function fewestOutstanding(replicas: readonly RoutedReplica[]): RoutedReplica | null {
  let best: RoutedReplica | null = null;
  for (const replica of replicas)
    if (replica.isAccepting && (best === null || replica.outstanding < best.outstanding)) best = replica;
  return best;
}

function countAccepting(replicas: readonly RoutedReplica[]): number {
  let count = 0;
  for (const replica of replicas) if (replica.isAccepting) count++;
  return count;
}

function nthAccepting(replicas: readonly RoutedReplica[], n: number): RoutedReplica | null {
  let left = n;
  for (const replica of replicas) if (replica.isAccepting && left-- === 0) return replica;
  return null;
}

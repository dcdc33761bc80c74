/**
 * Session affinity by consistent hashing (Karger et al., 1997): every replica has 160 points on a ring, as in vLLM Router,
 * and a session goes to the replica of the first point at or after its own. When a replica is away its sessions, and only
 * they, go to the next one on the ring. The hash is the 32-bit finaliser of MurmurHash3 (Appleby), twice; a real router's
 * differs, so which session goes where does too, but not how evenly they spread. Requests of no session go to the replica
 * with the fewest requests.
 */
import { fewestOutstanding } from './by-load.ts';
import type { RoutedReplica, Routing } from './routed.ts';

/** Points of each replica, as in vLLM Router. */
const POINTS = 160;

export function sessionAffinity(): Routing {
  let ring: Ring | null = null;
  return {
    route: ({ session }, replicas) => {
      if (session === null) return fewestOutstanding(replicas);
      if (ring?.replicas !== replicas.length) ring = createRing(replicas.length);
      return firstFrom(ring, hash(session, SESSION), replicas);
    },
    forget: () => {},
  };
}

interface Ring {
  readonly replicas: number;
  /** Hashes in ascending order, and whose they are. */
  readonly points: Uint32Array;
  readonly owners: Uint32Array;
}

const REPLICA = 0x9e3779b9;
const SESSION = 0x85ebca6b;

function createRing(replicas: number): Ring {
  const all = Array.from({ length: replicas * POINTS }, (_, point) => ({
    point: hash(point, REPLICA),
    owner: Math.floor(point / POINTS),
  }));
  all.sort((a, b) => a.point - b.point || a.owner - b.owner);
  return {
    replicas,
    points: Uint32Array.from(all, ({ point }) => point),
    owners: Uint32Array.from(all, ({ owner }) => owner),
  };
}

function firstFrom({ points, owners }: Ring, from: number, replicas: readonly RoutedReplica[]): RoutedReplica | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]! < from) low = middle + 1;
    else high = middle;
  }
  for (let step = 0; step < points.length; step++) {
    const replica = replicas[owners[(low + step) % points.length]!]!;
    if (replica.isAccepting) return replica;
  }
  return null;
}

/** 32 bits of a natural number. */
function hash(value: number, salt: number): number {
  return mixed(mixed((value % 2 ** 32) ^ salt) ^ Math.floor(value / 2 ** 32));
}

function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

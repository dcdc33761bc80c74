/** Distances between draws and laws, and correlation of slots over time. */
import type { SpotSlot } from '../../../src/cluster/spot/spot-slot.ts';

export const HOUR_US = 3600e6;

/** How long a slot was up and down, in order; the last ones are left out until each has so many. */
export function runs(slot: SpotSlot, count: number): { up: number[]; down: number[] } {
  const lengths = { up: [] as number[], down: [] as number[] };
  let sinceUs = slot.changeUs;
  slot.change();
  while (lengths.up.length < count || lengths.down.length < count) {
    lengths[slot.isUp ? 'up' : 'down'].push(slot.changeUs - sinceUs);
    sinceUs = slot.changeUs;
    slot.change();
  }
  return { up: lengths.up.slice(0, count), down: lengths.down.slice(0, count) };
}

/** Largest distance between the empirical distribution and a law (Kolmogorov and Smirnov). */
export function ksDistance(draws: readonly number[], below: (x: number) => number): number {
  const sorted = [...draws].sort((a, b) => a - b);
  return sorted.reduce((largest, x, i) => {
    const p = below(x);
    return Math.max(largest, Math.abs(p - i / sorted.length), Math.abs((i + 1) / sorted.length - p));
  }, 0);
}

/** The distance that n draws of the law itself exceed once in a thousand times. */
export const ksLimit = (n: number) => 1.95 / Math.sqrt(n);

/** Share of time that two slots are up, and the correlation of their availability, looked at every quarter of an hour. */
export function jointAvailability([a, b]: readonly [SpotSlot, SpotSlot], hours: number) {
  const looks = hours * 4;
  let ups = [0, 0];
  let both = 0;
  for (let look = 1; look <= looks; look++) {
    const atUs = (look * HOUR_US) / 4;
    for (const slot of [a, b]) while (slot.changeUs <= atUs) slot.change();
    ups = [ups[0]! + Number(a.isUp), ups[1]! + Number(b.isUp)];
    both += Number(a.isUp && b.isUp);
  }
  const [p, q] = [ups[0]! / looks, ups[1]! / looks];
  return { availability: p, correlation: (both / looks - p * q) / Math.sqrt(p * (1 - p) * q * (1 - q)) };
}

import { describe, expect, test } from 'vitest';
import { sessionAffinity } from '../../../src/cluster/routing/session.ts';
import { ANY, replicas } from './replicas.ts';

const SESSIONS = 20_000;

function homes(fleet: ReturnType<typeof replicas>, routing = sessionAffinity()): number[] {
  return Array.from({ length: SESSIONS }, (_, session) => routing.route({ ...ANY, session }, fleet)!.id);
}

describe('session affinity', () => {
  test('sends all turns of a session to the same replica', () => {
    expect(homes(replicas(8))).toEqual(homes(replicas(8)));
  });

  test('spreads sessions about evenly', () => {
    const counts = new Array<number>(8).fill(0);
    for (const home of homes(replicas(8))) counts[home]!++;
    // With 160 points each a replica's share of the ring varies by 1 / √160 = 8 %; four deviations are allowed.
    for (const count of counts) expect(Math.abs(count / (SESSIONS / 8) - 1)).toBeLessThan(0.33);
  });

  test('moves only the sessions of a replica that is away, to several others, and gives them back', () => {
    const fleet = replicas(8);
    const routing = sessionAffinity();
    const before = homes(fleet, routing);
    fleet[3]!.isAccepting = false;
    const without = homes(fleet, routing);
    expect(without.every((home, session) => before[session] === 3 || home === before[session])).toBe(true);
    expect(new Set(without.filter((_, session) => before[session] === 3)).size).toBe(7);
    fleet[3]!.isAccepting = true;
    expect(homes(fleet, routing)).toEqual(before);
  });

  test('sends requests of no session to the replica with the fewest', () => {
    expect(sessionAffinity().route(ANY, replicas(3, [2, 0, 1]))!.id).toBe(1);
  });
});

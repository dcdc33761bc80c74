import { describe, expect, test } from 'vitest';
import {
  leastKvUsage,
  leastOutstanding,
  powerOfTwo,
  random,
  roundRobin,
} from '../../../src/cluster/routing/by-load.ts';
import { createRouting } from '../../../src/cluster/routing/create-routing.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { ANY, ids, replicas } from './replicas.ts';

const rng = () => randomStreams(1)('router');

describe('round robin', () => {
  test('takes each in turn', () => {
    expect(ids(roundRobin(), replicas(3), 5)).toEqual([0, 1, 2, 0, 1]);
  });

  test('passes over who takes no requests', () => {
    const fleet = replicas(3);
    fleet[1]!.isAccepting = false;
    expect(ids(roundRobin(), fleet, 4)).toEqual([0, 2, 0, 2]);
  });
});

describe('random', () => {
  test('takes each as often, of those that take requests', () => {
    const fleet = replicas(4);
    fleet[2]!.isAccepting = false;
    const counts = [0, 0, 0, 0];
    for (const id of ids(random(rng()), fleet, 30_000)) counts[id!]!++;
    expect(counts[2]).toBe(0);
    // Binomial: 10,000 ± 82.
    for (const id of [0, 1, 3]) expect(Math.abs(counts[id]! - 10_000)).toBeLessThan(330);
  });
});

describe('least outstanding', () => {
  test('takes the replica with the fewest requests, of equals the lowest number', () => {
    expect(ids(leastOutstanding(), replicas(4, [3, 1, 1, 2]), 1)).toEqual([1]);
  });
});

describe('least KV use', () => {
  test('takes the replica with the emptiest cache, of equals that with the fewest requests', () => {
    const fleet = replicas(3, [0, 5, 2]);
    fleet[0]!.usage = 0.5;
    expect(ids(leastKvUsage(), fleet, 1)).toEqual([2]);
    fleet[1]!.usage = fleet[2]!.usage = 0.6;
    expect(ids(leastKvUsage(), fleet, 1)).toEqual([0]);
  });
});

describe('power of two choices', () => {
  test('takes the most loaded replica only where there is no other', () => {
    const fleet = replicas(3, [9, 1, 5]);
    const chosen = ids(powerOfTwo(rng()), fleet, 3000);
    expect(chosen).not.toContain(0);
    // Of three pairs two hold replica 1, the emptiest, one does not.
    const share = chosen.filter((id) => id === 1).length / 3000;
    expect(Math.abs(share - 2 / 3)).toBeLessThan(0.04);
    expect(ids(powerOfTwo(rng()), fleet.slice(0, 1), 2)).toEqual([0, 0]);
  });

  test('spreads requests that never end far better than chance', () => {
    const most = (routing: ReturnType<typeof random>) => {
      const fleet = replicas(64);
      for (let i = 0; i < 6400; i++) fleet[routing.route(ANY, fleet)!.id]!.outstanding++;
      return Math.max(...fleet.map(({ outstanding }) => outstanding)) - 100;
    };
    // By chance the fullest of 64 has some 24 more than the mean of 100 ± 10; of two choices O(log log n): a few.
    expect(most(random(rng()))).toBeGreaterThan(12);
    expect(most(powerOfTwo(rng()))).toBeLessThan(5);
  });
});

test('a request waits while no replica takes any, whatever the router', () => {
  const fleet = replicas(2);
  for (const replica of fleet) replica.isAccepting = false;
  const prefixes = { threshold: 0.3, balanceAbs: 64, balanceRel: 1.5, maxNodes: 10 };
  const pools = [{ pool: 0, below: null, maxModelLen: 100 }];
  const all = [
    ...(['round_robin', 'random', 'least_outstanding', 'least_kv_usage', 'power_of_two', 'session'] as const).map(
      (policy) => createRouting({ policy }, randomStreams(1)),
    ),
    createRouting({ policy: 'prefix_aware', prefixes }, randomStreams(1)),
    createRouting({ policy: 'expected_length', pools, guess: { by: 'oracle' } }, randomStreams(1)),
  ];
  for (const routing of all) expect(ids(routing, fleet, 1)).toEqual([null]);
});

import { describe, expect, test } from 'vitest';
import { createGuess } from '../../../src/cluster/routing/create-routing.ts';
import { byExpectedLength, classifier, meanOfClass, oracle } from '../../../src/cluster/routing/expected-length.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { ANY, replicas } from './replicas.ts';

const POOLS = [
  { pool: 1, below: 500, maxModelLen: 1000 },
  { pool: 0, below: null, maxModelLen: 32_000 },
];

describe('the router by expected length', () => {
  const route = (expectedTokens: number | null, fleet = replicas(4, [5, 4, 9, 8], [0, 0, 1, 1]), promptTokens = 10) =>
    byExpectedLength(POOLS).route({ ...ANY, expectedTokens, promptTokens }, fleet)?.id ?? null;

  test('sends what is expected to be short to the small pool, to the replica with the fewest requests', () => {
    expect([route(499), route(500), route(9000)]).toEqual([3, 1, 1]);
  });

  test('sends what nobody can guess to the large pool', () => {
    expect(route(null)).toBe(1);
  });

  test('sends a prompt past a pool that has no room for it', () => {
    expect(route(10, undefined, 1000)).toBe(1);
    expect(route(10, undefined, 999)).toBe(3);
  });

  test('lets the next larger pool serve where the small one takes nothing, but never the other way round', () => {
    const fleet = replicas(4, [], [0, 0, 1, 1]);
    fleet[2]!.isAccepting = fleet[3]!.isAccepting = false;
    expect(route(10, fleet)).toBe(0);
    for (const replica of fleet) replica.isAccepting = !replica.isAccepting;
    expect([route(10, fleet), route(9000, fleet)]).toEqual([2, null]);
  });
});

describe('a guess of lengths', () => {
  const request = { class: 0, outputTokens: 1000 };

  test('by an oracle is right', () => {
    expect(oracle().expect(request)).toBe(1000);
  });

  test('by a classifier is off by a lognormal factor', () => {
    const guess = classifier(0.2, randomStreams(1)('router/length'));
    const logs = Array.from({ length: 20_000 }, () => Math.log(guess.expect(request)! / 1000));
    const mean = logs.reduce((sum, x) => sum + x) / logs.length;
    const sigma = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length);
    // Deviations: 0.2 / √20,000 = 0.0014 of the mean, and 0.001 of the deviation.
    expect(Math.abs(mean)).toBeLessThan(0.006);
    expect(Math.abs(sigma - 0.2)).toBeLessThan(0.004);
  });

  test('by class is the mean of its answers so far', () => {
    const guess = meanOfClass();
    expect(guess.expect(request)).toBeNull();
    guess.ended(0, 100);
    guess.ended(0, 300);
    guess.ended(1, 7000);
    expect(guess.expect(request)).toBe(200);
    expect(guess.expect({ ...request, class: 1 })).toBe(7000);
  });

  test('is made for the router that needs it alone', () => {
    expect(createGuess({ policy: 'random' }, randomStreams(1))).toBeNull();
  });
});

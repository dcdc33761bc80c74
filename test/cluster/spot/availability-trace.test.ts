import { describe, expect, test } from 'vitest';
import { parseAvailabilityTrace, TraceSlot } from '../../../src/cluster/spot/availability-trace.ts';
import { createSpotSlots } from '../../../src/cluster/spot/spot-market.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { runs } from './statistics.ts';

const trace = (data: number[], gap = 300) =>
  parseAvailabilityTrace(JSON.stringify({ metadata: { gap_seconds: gap }, data }), 'zone.json');

const GAP_US = 300e6;

describe('an availability trace', () => {
  test('is read with its ticks; other keys are left alone', () => {
    const text = '{"metadata": {"gap_seconds": 34}, "data": [1, 1, 0], "prices": [1.2, 1.2, 1.3]}';
    expect(parseAvailabilityTrace(text, 'a.json')).toEqual({ gapUs: 34e6, counts: Uint16Array.of(1, 1, 0), most: 1 });
  });

  test.each([
    ['not json', /^a\.json: not JSON/],
    ['[1, 0]', /^a\.json: metadata\.gap_seconds is missing|^a\.json: not an availability trace/],
    ['{"metadata": {"gap_seconds": 0}, "data": [1]}', /^a\.json: metadata\.gap_seconds is missing; expected/],
    ['{"metadata": {"gap_seconds": 60}, "data": []}', /^a\.json: data is missing or empty/],
    ['{"metadata": {"gap_seconds": 60}, "data": [1, -1]}', /^a\.json: data\[1\] is -1, expected a number of instances/],
    ['{"metadata": {"gap_seconds": 60}, "data": [0, 0]}', /^a\.json: not a single instance/],
  ])('%s is refused', (text, message) => {
    expect(() => parseAvailabilityTrace(text, 'a.json')).toThrow(message);
  });

  test('is played tick by tick, over and over', () => {
    const slot = new TraceSlot(trace([1, 1, 0, 1]), 0, 0);
    const changes = Array.from({ length: 5 }, () => {
      const at = slot.changeUs / GAP_US;
      slot.change();
      return [at, slot.isUp];
    });
    // 1 1 0 1 | 1 1 0 1 | 1 1 0 1: the last tick and the first two of the next round are one run.
    expect(changes).toEqual([
      [2, false],
      [3, true],
      [6, false],
      [7, true],
      [10, false],
    ]);
  });

  test('begins inside a tick where the run does', () => {
    const slot = new TraceSlot(trace([1, 1, 0, 1]), 0, 1.5 * GAP_US);
    expect([slot.isUp, slot.changeUs]).toEqual([true, GAP_US / 2]);
  });

  test('gives the instance of each rank its place', () => {
    const counts = trace([4, 2, 0, 1]);
    const up = (rank: number) => {
      const slot = new TraceSlot(counts, rank, 0);
      return [0, 1, 2, 3].map((tick) => {
        while (slot.changeUs <= tick * GAP_US) slot.change();
        return slot.isUp;
      });
    };
    expect(up(0)).toEqual([true, true, false, true]);
    expect(up(1)).toEqual([true, true, false, false]);
    expect(up(3)).toEqual([true, false, false, false]);
    // Four instances at most: a fifth slot is like the first.
    expect(up(4)).toEqual(up(0));
  });

  test('that never changes never does', () => {
    expect(new TraceSlot(trace([1, 1]), 0, 0).changeUs).toBe(Number.POSITIVE_INFINITY);
  });

  test('is reproduced: the lengths of runs are those of the trace', () => {
    // Begins with a change and ends with another: runs 3 up, 2 down, 1 up, 4 down.
    const slot = new TraceSlot(trace([1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), 0, 0);
    const played = runs(slot, 20_000);
    const count = (lengths: number[], ticks: number) => lengths.filter((length) => length === ticks * GAP_US).length;
    expect([count(played.up, 1), count(played.up, 3)]).toEqual([10_000, 10_000]);
    expect([count(played.down, 2), count(played.down, 4)]).toEqual([10_000, 10_000]);
  });

  test('keeps zones aligned: one begins where the other does, at a time drawn from the seed', () => {
    const zones = [trace([1, 0, 1, 1, 0, 0]), trace([0, 1, 0, 0, 1, 1])];
    const market = { name: 'p', zones: 2, correlation: 0, withinZone: 0, begin: 'stationary' } as const;
    for (const seed of [1, 2, 3]) {
      const law = { kind: 'trace', zones, offsetUs: null } as const;
      const [a, b] = createSpotSlots({ ...market, law }, 2, randomStreams(seed));
      expect(a!.isUp).toBe(!b!.isUp);
      expect(a!.changeUs).toBe(b!.changeUs);
    }
  });
});

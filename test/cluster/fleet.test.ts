import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AutoscaleRule, PoolLoad } from '../../src/cluster/autoscaler.ts';
import { Fleet, type FleetChange, type FleetPool } from '../../src/cluster/fleet.ts';
import { scripted } from './scripted-slot.ts';

const pool: FleetPool = {
  replicas: 1,
  onDemand: 0,
  slots: [],
  startUpUs: 100,
  noticeUs: 0,
  onNotice: 'drain',
  standIns: false,
  autoscale: null,
};

const IDLE: PoolLoad = { waiting: 0, kvUsage: 0 };

function words(change: FleetChange): string {
  switch (change.kind) {
    case 'life':
      return `${change.member.id} ${change.change}`;
    case 'accepting':
      return `${change.member.id} accepting`;
    case 'targeted':
      return `pool ${change.pool} to ${change.replicas}`;
  }
}

/** What happens until then, as the event loop would hear it; whoever leaves is empty. */
function history(fleet: Fleet, untilUs: number, loadOf: (timeUs: number) => PoolLoad = () => IDLE) {
  const happened: [number, string[]][] = [];
  while (fleet.nextUs <= untilUs) {
    const at = fleet.nextUs;
    const changes = fleet.advance(at, () => loadOf(at));
    const leaving = changes.flatMap((one) => (one.kind === 'life' && one.change === 'leaving' ? [one.member] : []));
    const all = [...changes, ...leaving.flatMap((member) => fleet.emptied(member, at))];
    if (all.length > 0) happened.push([at, all.map(words)]);
  }
  return happened;
}

describe('a fleet', () => {
  test('on demand has nothing that ever happens', () => {
    const fleet = new Fleet({ pools: [{ ...pool, replicas: 3 }], healthCheckUs: 0 });
    expect(fleet.members.map(({ id, isAccepting }) => [id, isAccepting])).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(fleet.nextUs).toBe(Number.POSITIVE_INFINITY);
  });

  test('mixed has its replicas on demand first, and numbers them through all pools', () => {
    const mixed = { ...pool, replicas: 3, onDemand: 1, slots: [scripted(500), scripted(900)] };
    const fleet = new Fleet({ pools: [pool, mixed], healthCheckUs: 0 });
    expect(fleet.members.map((one) => [one.id, one.pool, one.market])).toEqual([
      [0, 0, 'on_demand'],
      [1, 1, 'on_demand'],
      [2, 1, 'spot'],
      [3, 1, 'spot'],
    ]);
    expect(history(fleet, 1000)).toEqual([
      [500, ['2 lost']],
      [900, ['3 lost']],
    ]);
  });

  test('that drains on notice accepts no more; one that ignores it goes on to the end', () => {
    for (const onNotice of ['drain', 'ignore'] as const) {
      const spot = { ...pool, slots: [scripted(500, 700)], noticeUs: 30, onNotice };
      const fleet = new Fleet({ pools: [spot], healthCheckUs: 0 });
      expect(history(fleet, 480)).toEqual([[470, ['0 noticed']]]);
      expect(fleet.members[0]!.isAccepting).toBe(onNotice === 'ignore');
      expect(history(fleet, 900)).toEqual([
        [500, ['0 lost']],
        [700, ['0 starting']],
        [800, ['0 up', '0 accepting']],
      ]);
    }
  });

  test('has a stand-in from the notice until the spot replica is up again', () => {
    const spot = { ...pool, slots: [scripted(500, 900)], noticeUs: 50, standIns: true };
    const fleet = new Fleet({ pools: [spot], healthCheckUs: 0 });
    expect(fleet.members.map((one) => one.life.state.kind)).toEqual(['up', 'off']);
    expect(history(fleet, 2000)).toEqual([
      [450, ['0 noticed', '1 starting']],
      [500, ['0 lost']],
      [550, ['1 up', '1 accepting']],
      [900, ['0 starting']],
      [1000, ['0 up', '0 accepting', '1 leaving', '1 off']],
    ]);
  });

  test('has the stand-in of a replica that is away at the beginning up already', () => {
    const slot = scripted(0, 500);
    slot.change();
    const fleet = new Fleet({ pools: [{ ...pool, slots: [slot], standIns: true }], healthCheckUs: 0 });
    expect(fleet.members.map((one) => one.life.state.kind)).toEqual(['down', 'up']);
  });

  test('is looked after at intervals: until then the router sends requests to what is gone', () => {
    const fleet = new Fleet({ pools: [{ ...pool, slots: [scripted(500, 510)] }], healthCheckUs: 60 });
    expect(fleet.advance(500, () => IDLE).map(words)).toEqual(['0 lost']);
    expect([fleet.members[0]!.isAccepting, fleet.members[0]!.isServing]).toEqual([true, false]);
    // 500 → 540 = 9 × 60; up at 610 → 660 = 11 × 60.
    expect(fleet.advance(510, () => IDLE).map(words)).toEqual(['0 starting']);
    expect(fleet.nextUs).toBe(540);
    expect(fleet.advance(540, () => IDLE)).toEqual([]);
    expect(fleet.members[0]!.isAccepting).toBe(false);
    expect(history(fleet, 1000)).toEqual([
      [610, ['0 up']],
      [660, ['0 accepting']],
    ]);
  });

  test('scales out with the time it takes to start, and in from the highest number', () => {
    const autoscale: AutoscaleRule = {
      ...{ min: 1, max: 3, on: 'waiting' as const, target: 4, intervalUs: 1000, tolerance: 0.1 },
      ...{ upDelayUs: 0, downDelayUs: 0 },
    };
    const fleet = new Fleet({ pools: [{ ...pool, autoscale }], healthCheckUs: 0 });
    const waiting = (timeUs: number) => ({ waiting: timeUs < 3000 ? 9 : 0, kvUsage: 0 });
    expect(history(fleet, 4000, waiting)).toEqual([
      [1000, ['pool 0 to 3', '1 starting', '2 starting']],
      [1100, ['1 up', '1 accepting', '2 up', '2 accepting']],
      [3000, ['pool 0 to 1', '1 leaving', '2 leaving', '1 off', '2 off']],
    ]);
    expect(fleet.target(0)).toBe(1);
  });

  test('never serves without a place, and never moves backwards in time', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(gaps, { minLength: 1, maxLength: 4 }),
        fc.record({
          startUpUs: fc.integer({ min: 0, max: 300 }),
          noticeUs: fc.integer({ min: 0, max: 100 }),
          onNotice: fc.constantFrom('drain', 'migrate', 'ignore'),
          standIns: fc.boolean(),
        }),
        fc.integer({ min: 0, max: 50 }),
        (slotGaps, options, healthCheckUs) => {
          const slots = slotGaps.map((gap) => {
            let at = 0;
            return scripted(...gap.map((us) => (at += us)));
          });
          const fleet = new Fleet({ pools: [{ ...pool, ...options, replicas: slots.length, slots }], healthCheckUs });
          let lastUs = 0;
          for (let i = 0; i < 500 && fleet.nextUs < Number.POSITIVE_INFINITY; i++) {
            const at = fleet.nextUs;
            expect(at).toBeGreaterThanOrEqual(lastUs);
            fleet.advance(at, () => IDLE);
            lastUs = at;
            for (const [index, slot] of slots.entries()) {
              const member = fleet.members[index]!;
              if (member.isServing) expect(slot.isUp).toBe(true);
              if (healthCheckUs === 0) expect(member.isAccepting).toBe(member.takesRequests);
            }
          }
          expect(fleet.nextUs).toBe(Number.POSITIVE_INFINITY);
        },
      ),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { ReplicaLife } from '../../src/cluster/replica-life.ts';
import { scripted } from './scripted-slot.ts';

/** What happens to a replica until that time, by itself. */
function history(life: ReplicaLife, untilUs: number) {
  const happened: [number, string][] = [];
  while (life.nextUs <= untilUs) {
    const at = life.nextUs;
    happened.push([at, life.advance(at)]);
  }
  return happened;
}

describe('a spot replica', () => {
  test('is given notice, lost, waits for its place, starts and is up again', () => {
    const life = new ReplicaLife({ slot: scripted(1000, 1500), startUpUs: 200, noticeUs: 30 }, true);
    expect(life.state.kind).toBe('up');
    expect(history(life, 5000)).toEqual([
      [970, 'noticed'],
      [1000, 'lost'],
      [1500, 'starting'],
      [1700, 'up'],
    ]);
  });

  test('is lost without notice where there is none', () => {
    const life = new ReplicaLife({ slot: scripted(1000, 1500), startUpUs: 0, noticeUs: 0 }, true);
    expect(history(life, 5000)).toEqual([
      [1000, 'lost'],
      [1500, 'starting'],
      [1500, 'up'],
    ]);
  });

  test('whose place goes while it starts never serves', () => {
    const life = new ReplicaLife({ slot: scripted(1000, 1500, 1600, 3000), startUpUs: 200, noticeUs: 0 }, true);
    expect(history(life, 2000).slice(1)).toEqual([
      [1500, 'starting'],
      [1600, 'down'],
    ]);
  });

  test('that comes up inside the notice is given it at once', () => {
    const life = new ReplicaLife({ slot: scripted(100, 200, 420), startUpUs: 200, noticeUs: 50 }, true);
    expect(history(life, 300).at(-1)).toEqual([200, 'starting']);
    expect(life.advance(400)).toBe('up');
    expect(life.nextUs).toBe(400);
    expect(life.advance(400)).toBe('noticed');
    expect(life.nextUs).toBe(420);
  });

  test('that is not wanted is off, and catches up with its place when it is', () => {
    const life = new ReplicaLife({ slot: scripted(100, 200, 900), startUpUs: 50, noticeUs: 0 }, false);
    expect([life.state.kind, life.nextUs]).toEqual(['off', Number.POSITIVE_INFINITY]);
    expect(life.want(300)).toBe('starting');
    expect(history(life, 500)).toEqual([[350, 'up']]);
    expect(life.want(400)).toBeNull();
  });

  test('that is wanted while the market has nothing waits', () => {
    const life = new ReplicaLife({ slot: scripted(100, 600), startUpUs: 50, noticeUs: 0 }, false);
    expect(life.want(300)).toBe('down');
    expect([life.isPaid, life.nextUs]).toEqual([false, 600]);
  });

  test('that leaves can still be lost', () => {
    const life = new ReplicaLife({ slot: scripted(100, 600), startUpUs: 50, noticeUs: 10 }, true);
    expect(life.dismiss()).toBe('leaving');
    expect(history(life, 1000)).toEqual([[100, 'lost']]);
    expect(life.state.kind).toBe('off');
  });
});

describe('a replica on demand', () => {
  test('is never taken away', () => {
    const life = new ReplicaLife({ slot: null, startUpUs: 50, noticeUs: 30 }, true);
    expect([life.state.kind, life.nextUs]).toEqual(['up', Number.POSITIVE_INFINITY]);
  });

  test('is paid for from the moment it is asked for until it is empty and gone', () => {
    const life = new ReplicaLife({ slot: null, startUpUs: 50, noticeUs: 0 }, false);
    expect(life.isPaid).toBe(false);
    expect(life.want(10)).toBe('starting');
    expect([life.isPaid, life.isServing]).toEqual([true, false]);
    expect(history(life, 100)).toEqual([[60, 'up']]);
    expect(life.dismiss()).toBe('leaving');
    expect([life.isPaid, life.isServing]).toEqual([true, true]);
    expect(life.emptied()).toBe('off');
    expect(life.isPaid).toBe(false);
  });

  test('that is wanted again before it has left stays', () => {
    const life = new ReplicaLife({ slot: null, startUpUs: 50, noticeUs: 0 }, true);
    life.dismiss();
    expect(life.want(5)).toBe('up');
    expect(life.emptied()).toBeNull();
  });

  test('that has not come up is given back at once', () => {
    const life = new ReplicaLife({ slot: null, startUpUs: 50, noticeUs: 0 }, false);
    life.want(5);
    expect(life.dismiss()).toBe('off');
    expect(life.dismiss()).toBeNull();
  });
});

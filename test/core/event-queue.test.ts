import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from '../../src/core/event-queue.ts';

it('hands events out by time, at the same time by rank, of the same rank in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ timeUs: fc.nat(5), rank: fc.nat(2) })), (added) => {
      const queue = new EventQueue<number>();
      added.forEach(({ timeUs, rank }, i) => {
        queue.add(timeUs, rank, i);
      });
      const polled: number[] = [];
      for (let next = queue.poll(); next !== undefined; next = queue.poll()) polled.push(next.event);
      const order = added.map((_, i) => i);
      order.sort((a, b) => added[a]!.timeUs - added[b]!.timeUs || added[a]!.rank - added[b]!.rank || a - b);
      expect(polled).toEqual(order);
    }),
  );
});

it('tells the time of the next event without taking it', () => {
  const queue = new EventQueue<string>();
  expect(queue.nextUs).toBe(Number.POSITIVE_INFINITY);
  queue.add(7, 1, 'later');
  queue.add(3, 1, 'first');
  expect(queue.nextUs).toBe(3);
  expect(queue.poll()).toMatchObject({ timeUs: 3, event: 'first' });
  queue.add(5, 1, 'between');
  expect([queue.poll()?.event, queue.poll()?.event, queue.size]).toEqual(['between', 'later', 0]);
});

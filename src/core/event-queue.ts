/**
 * Pending events in the order (time, rank, sequence): at equal times the lower rank comes first, among equals the one
 * that was added first. A total order, so the same run always unfolds in the same way.
 */

import FastPriorityQueue from 'fastpriorityqueue';
import { START_US } from './start-us.ts';

class Entry<E> {
  timeUs = START_US;
  rank = 0;
  sequence = 0;
  event: E;

  constructor(event: E) {
    this.event = event;
  }
}

export class EventQueue<E> {
  private readonly heap = new FastPriorityQueue<Entry<E>>(comesBefore);
  private sequence = 0;
  /** The entry that was polled last: the next event is written into it. */
  private spare: Entry<E> | null = null;

  get size(): number {
    return this.heap.size;
  }

  /** The time of the earliest event; infinite when none is pending. */
  get nextUs(): number {
    return this.heap.isEmpty() ? Number.POSITIVE_INFINITY : this.heap.peek()!.timeUs;
  }

  /** Adds an event at `timeUs`, an integer number of microseconds. */
  add(timeUs: number, rank: number, event: E): void {
    const entry = this.spare ?? new Entry(event);
    this.spare = null;
    entry.timeUs = timeUs;
    entry.rank = rank;
    entry.sequence = this.sequence++;
    entry.event = event;
    this.heap.add(entry);
  }

  /** The earliest event and its time, to be read before the next one is added; undefined when none is pending. */
  poll(): { readonly timeUs: number; readonly event: E } | undefined {
    const entry = this.heap.poll();
    this.spare = entry ?? null;
    return entry;
  }
}

function comesBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.sequence < b.sequence;
}

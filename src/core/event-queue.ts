/**
 * Pending events in the order (time, rank, sequence): at equal times the lower rank comes first, among equals the one
 * that was added first. A total order, so the same run always unfolds in the same way.
 */
import FastPriorityQueue from 'fastpriorityqueue';

interface Entry<E> {
  readonly timeUs: number;
  readonly rank: number;
  readonly sequence: number;
  readonly event: E;
}

export class EventQueue<E> {
  private readonly heap = new FastPriorityQueue<Entry<E>>(comesBefore);
  private sequence = 0;

  get size(): number {
    return this.heap.size;
  }

  /** Adds an event at `timeUs`, an integer number of microseconds. */
  add(timeUs: number, rank: number, event: E): void {
    this.heap.add({ timeUs, rank, sequence: this.sequence++, event });
  }

  /** The earliest event and its time; undefined when none is pending. */
  poll(): { readonly timeUs: number; readonly event: E } | undefined {
    return this.heap.poll();
  }
}

function comesBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.sequence < b.sequence;
}

/**
 * All requests that have been sent and have not ended, by id. They come in the order of their ids, so a ring of as many
 * places as there are between the oldest and the newest does; a Map that so many pass through is slow to collect.
 */
import type { Flight } from './flight.ts';

export class Flights {
  /** At the place of an id modulo the number of places, a power of two. */
  private places: (Flight | null)[] = new Array<Flight | null>(8).fill(null);
  private oldest = 0;
  private next = 0;

  /** The one that was sent first; undefined: there is none. */
  get first(): Flight | undefined {
    while (this.oldest < this.next && this.at(this.oldest) === null) this.oldest++;
    return this.oldest < this.next ? this.at(this.oldest)! : undefined;
  }

  /** A request was sent: the one with the next id. */
  add(flight: Flight): void {
    if (flight.id !== this.next) throw new Error(`request ${flight.id} was sent instead of ${this.next}`);
    if (this.isFull) this.grow();
    this.places[this.next++ & (this.places.length - 1)] = flight;
  }

  /** Undefined: it has ended. */
  get(id: number): Flight | undefined {
    return id < this.oldest || id >= this.next ? undefined : (this.at(id) ?? undefined);
  }

  remove(id: number): void {
    this.places[id & (this.places.length - 1)] = null;
  }

  /** In order of ids. */
  *[Symbol.iterator](): Generator<Flight> {
    for (let id = this.oldest; id < this.next; id++) {
      const flight = this.at(id);
      if (flight !== null) yield flight;
    }
  }

  /** After a look whether the oldest have ended since. */
  private get isFull(): boolean {
    const isLong = this.next - this.oldest === this.places.length;
    return isLong && this.first !== undefined && this.next - this.oldest === this.places.length;
  }

  private at(id: number): Flight | null {
    return this.places[id & (this.places.length - 1)]!;
  }

  private grow(): void {
    const { places, oldest, next } = this;
    const larger = new Array<Flight | null>(2 * places.length).fill(null);
    for (let id = oldest; id < next; id++) larger[id & (larger.length - 1)] = this.at(id);
    this.places = larger;
  }
}

/**
 * A line of waiting entries, each with a number of its own. In constant time: joining at the end, leaving from anywhere, and
 * seeing who is first. (A Map keeps the same order, but looks at everything that left before it finds its first entry.)
 */
interface Place<Entry> {
  readonly id: number;
  /** undefined: left. */
  entry: Entry | undefined;
}

export class Line<Entry> {
  private places: Place<Entry>[] = [];
  private readonly byId = new Map<number, Place<Entry>>();
  private head = 0;

  get length(): number {
    return this.byId.size;
  }

  join(id: number, entry: Entry): void {
    const place = { id, entry };
    this.places.push(place);
    this.byId.set(id, place);
  }

  /** False: it does not stand here. */
  leave(id: number): boolean {
    const place = this.byId.get(id);
    if (place === undefined) return false;
    place.entry = undefined;
    this.byId.delete(id);
    return true;
  }

  /** Undefined: nobody stands here. */
  first(): Entry | undefined {
    while (this.head < this.places.length && this.places[this.head]!.entry === undefined) this.head++;
    if (this.head > 1024 && this.head * 2 > this.places.length) {
      this.places = this.places.slice(this.head);
      this.head = 0;
    }
    return this.places[this.head]?.entry;
  }

  /** All of them in order, as they are when their turn comes. */
  *entries(): Generator<Entry> {
    this.first();
    for (const { entry } of this.places.slice(this.head)) if (entry !== undefined) yield entry;
  }
}

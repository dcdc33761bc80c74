/**
 * How often each of many different numbers occurred: a hash table with open addressing, because a `Map` with a hundred
 * thousand keys that are no small integers takes a microsecond for each of its look-ups.
 */
export class ValueCounts {
  /** Different values so far. */
  size = 0;
  /** 0: nothing stands there. */
  private values = new Float64Array(64);
  private counts = new Float64Array(64);
  /** So many of the 32 digits of a hash are left out. */
  private shift = 26;

  /** Integers from 1 to 2^53. */
  has(value: number): boolean {
    return this.values[this.placeOf(value)] === value;
  }

  add(value: number, times: number): void {
    const place = this.placeOf(value);
    if (this.values[place] === 0) {
      this.values[place] = value;
      this.size++;
    }
    this.counts[place]! += times;
    if (2 * this.size > this.values.length) this.grow();
  }

  /** Of a value that occurred. */
  countOf(value: number): number {
    return this.counts[this.placeOf(value)]!;
  }

  /** Ascending. */
  toSorted(): Float64Array {
    return this.values.filter((value) => value > 0).sort();
  }

  /** Where a value stands, or would. */
  private placeOf(value: number): number {
    const { values } = this;
    const mask = values.length - 1;
    // The multiplier is 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). Values may have
    // more digits than the 32 that are multiplied, and the lowest ones zero.
    const digits = value < 2 ** 32 ? value : (value % 2 ** 32) + value / 2 ** 32;
    let place = Math.imul(digits, 0x9e3779b1) >>> this.shift;
    while (values[place] !== 0 && values[place] !== value) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { values, counts } = this;
    this.values = new Float64Array(2 * values.length);
    this.counts = new Float64Array(2 * values.length);
    this.shift--;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      const place = this.placeOf(values[i]!);
      this.values[place] = values[i]!;
      this.counts[place] = counts[i]!;
    }
  }
}

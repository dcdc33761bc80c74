/** How often each integer value occurred. Small values, which are nearly all, are counted in an array. */
import type { Histogram } from './run-record.ts';

/** Larger values are counted in a map: a quarter of a second, in microseconds. */
const MOST_SMALL = 2 ** 18;

export class HistogramRecorder {
  private small = new Float64Array(2 ** 12);
  private readonly large = new Map<number, number>();

  /** `value`, a natural number, occurred `times` more times. */
  add(value: number, times: number): void {
    if (value < this.small.length) this.small[value]! += times;
    else this.addRare(value, times);
  }

  histogram(): Histogram {
    const values: number[] = [];
    for (let value = 0; value < this.small.length; value++) if (this.small[value]! > 0) values.push(value);
    const valuesUs = Float64Array.from([...values, ...[...this.large.keys()].sort((a, b) => a - b)]);
    return { valuesUs, counts: valuesUs.map((value) => this.small[value] ?? this.large.get(value)!) };
  }

  private addRare(value: number, times: number): void {
    if (value >= MOST_SMALL) {
      this.large.set(value, (this.large.get(value) ?? 0) + times);
      return;
    }
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(value + 1)));
    larger.set(this.small);
    this.small = larger;
    this.small[value]! += times;
  }
}

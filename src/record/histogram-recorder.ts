/**
 * How often each integer value occurred. Small values, which are nearly all, are counted in an array, large ones in a table.
 * So that memory does not grow for ever, large values that come when the table holds a hundred thousand others are rounded
 * to eleven binary digits, which changes them by less than 0.05 %.
 */
import type { Histogram } from './run-record.ts';
import { ValueCounts } from './value-counts.ts';

/** Larger values are counted in a table: a quarter of a second, in microseconds. */
const MOST_SMALL = 2 ** 18;
/** Different large values that are kept as they are. */
const MOST_LARGE = 1e5;

export class HistogramRecorder {
  private small = new Float64Array(2 ** 12);
  private readonly large = new ValueCounts();

  /** `value`, a natural number, occurred `times` more times. */
  add(value: number, times: number): void {
    if (value < this.small.length) this.small[value]! += times;
    else this.addRare(value, times);
  }

  /** As `add` with each difference between a time and the one before it, from `start` to before `end`. */
  addGaps(timesUs: Float64Array, start: number, end: number, times: number): void {
    let last = timesUs[start]! - timesUs[start - 1]!;
    let count = times;
    // Steps are often equally long; a run of them is counted once.
    for (let i = start + 1; i < end; i++) {
      const gapUs = timesUs[i]! - timesUs[i - 1]!;
      if (gapUs !== last) {
        this.add(last, count);
        last = gapUs;
        count = 0;
      }
      count += times;
    }
    this.add(last, count);
  }

  histogram(): Histogram {
    const values: number[] = [];
    for (let value = 0; value < this.small.length; value++) if (this.small[value]! > 0) values.push(value);
    const valuesUs = Float64Array.from([...values, ...this.large.toSorted()]);
    return { valuesUs, counts: valuesUs.map((value) => this.small[value] ?? this.large.countOf(value)) };
  }

  private addRare(value: number, times: number): void {
    if (value >= MOST_SMALL) {
      const isKept = this.large.size < MOST_LARGE || this.large.has(value);
      this.large.add(isKept ? value : rounded(value), times);
      return;
    }
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(value + 1)));
    larger.set(this.small);
    this.small = larger;
    this.small[value]! += times;
  }
}

/** To eleven binary digits. */
function rounded(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 10);
  return Math.round(value / unit) * unit;
}

/** How often each integer value occurred. A value that repeats is counted without touching the map. */
import type { Histogram } from './run-record.ts';

export class HistogramRecorder {
  private readonly counts = new Map<number, number>();
  private lastValue = 0;
  private lastCount = 0;

  /** `value` occurred `times` more times. */
  add(value: number, times: number): void {
    if (value === this.lastValue) {
      this.lastCount += times;
      return;
    }
    this.flush();
    this.lastValue = value;
    this.lastCount = times;
  }

  histogram(): Histogram {
    this.flush();
    const values = Float64Array.from(this.counts.keys()).sort();
    return { valuesUs: values, counts: values.map((value) => this.counts.get(value)!) };
  }

  private flush(): void {
    if (this.lastCount > 0) this.counts.set(this.lastValue, (this.counts.get(this.lastValue) ?? 0) + this.lastCount);
    this.lastCount = 0;
  }
}

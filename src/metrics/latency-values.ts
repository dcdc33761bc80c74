/**
 * The values of a latency while a run goes on, one a request. Up to a number of values all are kept, and every statistic
 * is exact. Where there are more, memory stops growing: values are counted in bins of their leading eleven binary digits,
 * as HdrHistogram does, read off the bits of the number. A bin is 0.1 % wide at most and stands for its middle, so
 * quantiles are within 0.05 % (within half a microsecond below one); mean and standard deviation are of the values.
 */
import type { Histogram } from '../record/run-record.ts';
import { type Distribution, distributionOfHistogram, distributionOfSorted } from './distribution.ts';

/** How far a quantile of binned values can be off, relative to it. */
export const QUANTILE_ERROR = 0.0005;

/** Values from which on there is room for all that are kept at once. */
const LARGE = 2 ** 16;

/** Of the binary digits after the leading one, so many tell bins apart. */
const BIN_DIGITS = 10;
/** Binary digits of a double's high word that are not fraction. */
const SHIFT = 20 - BIN_DIGITS;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
const FIRST_BIN = highWord(1) >>> SHIFT;

export class LatencyValues {
  /** Values so far. */
  count = 0;
  private readonly mostExact: number;
  /** Half as long for whole microseconds up to an hour, which most latencies are. null: they are too many. */
  private exact: Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | null;
  private bins: Float64Array<ArrayBuffer> = new Float64Array(0);
  /** Of binned values: their mean, and the sum of squared distances from it (Welford's method). */
  private mean = 0;
  private squares = 0;
  private least = Number.POSITIVE_INFINITY;
  private greatest = 0;

  /** Exact up to `mostExact` values. */
  constructor(mostExact: number) {
    this.mostExact = mostExact;
    this.exact = new Uint32Array(Math.min(16, mostExact));
  }

  get isExact(): boolean {
    return this.exact !== null;
  }

  /** A value in microseconds, not negative; NaN (it did not happen) is left out. */
  add(us: number): void {
    if (Number.isNaN(us)) return;
    if (this.count === this.exact?.length) this.makeRoom();
    this.count++;
    if (this.exact === null) {
      this.addToBin(us, this.count);
      return;
    }
    this.exact[this.count - 1] = us;
    if (this.exact[this.count - 1] !== us) this.widen(us);
  }

  copy(): LatencyValues {
    const copy = new LatencyValues(this.mostExact);
    copy.addAll(this);
    return copy;
  }

  /** Statistics of all values; none may be added any more. */
  distribution(): Distribution {
    // Sorted where they are: a million of them are not copied.
    if (this.exact !== null) return distributionOfSorted(this.exact.subarray(0, this.count).sort());
    const distribution = distributionOfHistogram(this.histogram());
    const clipped = (value: number | null) =>
      value === null ? null : Math.min(this.greatest, Math.max(this.least, value));
    return {
      count: this.count,
      mean: this.mean,
      std: Math.sqrt(this.squares / this.count),
      quantile: (p) => clipped(distribution.quantile(p)),
      atRank: (rank) => clipped(distribution.atRank(rank)),
    };
  }

  /** The values of all of these; exact where all are and there are not too many. */
  static merged(parts: readonly LatencyValues[], mostExact: number): LatencyValues {
    const merged = new LatencyValues(mostExact);
    for (const part of parts) merged.addAll(part);
    return merged;
  }

  private addAll(other: LatencyValues): void {
    if (other.exact !== null) {
      for (let i = 0; i < other.count; i++) this.add(other.exact[i]!);
      return;
    }
    this.bin();
    const count = this.count + other.count;
    const apart = other.mean - this.mean;
    this.mean += (apart * other.count) / count;
    this.squares += other.squares + (apart * apart * this.count * other.count) / count;
    this.count = count;
    this.least = Math.min(this.least, other.least);
    this.greatest = Math.max(this.greatest, other.greatest);
    this.bins = grown(this.bins, other.bins.length);
    for (let bin = 0; bin < other.bins.length; bin++) this.bins[bin]! += other.bins[bin]!;
  }

  private makeRoom(): void {
    if (this.count >= this.mostExact) this.bin();
    else this.exact = grown(this.exact!, this.room());
  }

  /** For how many values there is to be room. A page that is not written to costs nothing, a copy made on the way does. */
  private room(): number {
    const isLarge = this.count >= LARGE && Number.isFinite(this.mostExact);
    return isLarge ? this.mostExact : Math.min(this.mostExact, 2 * this.count);
  }

  /** The value added last is not what was stored. */
  private widen(us: number): void {
    this.exact = Float64Array.from(this.exact!);
    this.exact[this.count - 1] = us;
  }

  /** From now on values are binned. */
  private bin(): void {
    const { exact, count } = this;
    this.exact = null;
    if (exact === null) return;
    for (let i = 0; i < count; i++) this.addToBin(exact[i]!, i + 1);
  }

  private addToBin(us: number, count: number): void {
    const bin = us < 1 ? 0 : (highWord(us) >>> SHIFT) - FIRST_BIN + 1;
    if (bin >= this.bins.length) this.bins = grown(this.bins, bin + (1 << BIN_DIGITS));
    this.bins[bin]!++;
    const fromMean = us - this.mean;
    this.mean += fromMean / count;
    this.squares += fromMean * (us - this.mean);
    if (us < this.least) this.least = us;
    if (us > this.greatest) this.greatest = us;
  }

  private histogram(): Histogram {
    const filled = [...this.bins.keys()].filter((bin) => this.bins[bin]! > 0);
    return {
      valuesUs: Float64Array.from(filled, (bin) => (bin === 0 ? 0.5 : (binStart(bin) + binStart(bin + 1)) / 2)),
      counts: Float64Array.from(filled, (bin) => this.bins[bin]!),
    };
  }
}

function highWord(value: number): number {
  number[0] = value;
  return words[HIGH]!;
}

/** Least value of a bin but the first. */
function binStart(bin: number): number {
  words[HIGH] = (bin - 1 + FIRST_BIN) << SHIFT;
  words[1 - HIGH] = 0;
  return number[0]!;
}

function grown<A extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(values: A, length: number): A {
  if (length <= values.length) return values;
  const larger = (values instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length)) as A;
  larger.set(values);
  return larger;
}

/**
 * Which members of the decode cohort must be looked at in a schedule call. A request that computes one token a call
 * needs its KV cache touched only where its length meets a border: a block to take, a full block to make findable, a
 * block that falls behind a window. Borders repeat with the block size, so the members are dealt to buckets by their
 * length modulo the block size, and each call looks into one bucket a kind of border, or asks only how many are in it.
 */
import { takeOut } from '../core/take-out.ts';
import type { EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** Where borders lie: at computed tokens plus one of `offsets` divisible by `period`. */
export interface BorderPattern {
  readonly period: number;
  readonly offsets: readonly number[];
}

/**
 * The borders of a request that computes one token a call, `lag` of its outputs being under way; null: they do not
 * repeat.
 */
export function borderPattern(options: EngineOptions, lag: number): BorderPattern | null {
  const { kvGroups, enablePrefixCaching } = options;
  const period = kvGroups.map(({ blockSize }) => blockSize).reduce(greatestCommonDivisor);
  const offsets = [0];
  if (enablePrefixCaching) offsets.push(1 - lag);
  for (const { kind, window, chunk } of kvGroups) {
    if (kind === 'sliding') offsets.push(1 - lag - window);
    if (kind === 'chunked') offsets.push(-lag);
    if (chunk % period !== 0) return null;
  }
  const distinct = new Set(offsets.map((offset) => modulo(offset, period)));
  return { period, offsets: [...distinct] };
}

/** Buckets, how many are in each, and the one that is next. */
export interface BorderCycle {
  readonly buckets: readonly (readonly EngineRequest[])[];
  readonly sizes: Int32Array;
  readonly at: number;
}

export class BorderBuckets {
  private readonly pattern: BorderPattern;
  private readonly buckets: EngineRequest[][];
  /** How many are in each. */
  private readonly sizes: Int32Array;

  constructor(pattern: BorderPattern) {
    this.pattern = pattern;
    this.buckets = Array.from({ length: pattern.period }, () => []);
    this.sizes = new Int32Array(pattern.period);
  }

  /** `at` returns a bucket as it is. */
  get hasOneKind(): boolean {
    return this.pattern.offsets.length === 1;
  }

  add(request: EngineRequest): void {
    const bucket = this.bucketOf(request);
    insertBySeat(this.buckets[bucket]!, request);
    this.sizes[bucket]!++;
  }

  remove(request: EngineRequest): void {
    const bucket = this.bucketOf(request);
    takeOut(this.buckets[bucket]!, request);
    this.sizes[bucket]!--;
  }

  clear(): void {
    for (const bucket of this.buckets) bucket.length = 0;
    this.sizes.fill(0);
  }

  /** The members that meet a border in the schedule call after `calls` calls, in running order. */
  at(calls: number): readonly EngineRequest[] {
    const { period, offsets } = this.pattern;
    const bucket = this.buckets[modulo(-calls - offsets[0]!, period)]!;
    if (offsets.length === 1) return bucket;
    const all = [...bucket];
    for (let i = 1; i < offsets.length; i++) all.push(...this.buckets[modulo(-calls - offsets[i]!, period)]!);
    sortBySeat(all);
    return all;
  }

  /**
   * The members that take a block in the schedule call after `calls` calls stand in the bucket `at`; those of the calls
   * after it each one place before, the first place being behind the last.
   */
  cycle(calls: number): BorderCycle {
    return { buckets: this.buckets, sizes: this.sizes, at: modulo(-calls, this.pattern.period) };
  }

  /** How many of them that are. */
  blocksAt(calls: number): number {
    return this.sizes[modulo(-calls, this.pattern.period)]!;
  }

  private bucketOf(request: EngineRequest): number {
    return modulo(request.contextOffset, this.pattern.period);
  }
}

/** By insertion: such lists are short, and mostly in order. */
export function sortBySeat(list: EngineRequest[]): void {
  for (let i = 1; i < list.length; i++) {
    const request = list[i]!;
    let j = i;
    for (; j > 0 && list[j - 1]!.seat > request.seat; j--) list[j] = list[j - 1]!;
    list[j] = request;
  }
}

/** Puts a request where it belongs in a list in running order. */
export function insertBySeat(list: EngineRequest[], request: EngineRequest): void {
  let i = list.length;
  list.push(request);
  for (; i > 0 && list[i - 1]!.seat > request.seat; i--) list[i] = list[i - 1]!;
  list[i] = request;
}

function modulo(n: number, period: number): number {
  return ((n % period) + period) % period;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

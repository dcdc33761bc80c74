/**
 * How long the contexts of the decode cohort's members are, in sums and extremes: all that a step's duration depends on.
 * Every schedule call makes each context one token longer, so that the sum grows by the number of members, and which
 * member has the longest and the shortest changes only when one joins or leaves.
 */
import { type AttentionWindow, windowedTokens } from '../latency/batch-shape.ts';
import { type CohortShare, emptyShare } from './batch.ts';
import type { Decodes } from './batch-shape-of.ts';
import type { EngineRequest } from './request-state.ts';

export class CohortContexts {
  /** `contextOffset` by `memberIndex`: side by side, for they are read far oftener than other fields of the members. */
  private readonly offsets: number[] = [];
  private readonly window: AttentionWindow | null;
  private calls = 0;
  /** Sum of the members' computed tokens. */
  private contextTokens = 0;
  /** Of `contextOffset`. */
  private largest = 0;
  private smallest = 0;
  private largestKnown = false;
  private smallestKnown = false;
  private readonly measured: Decodes = emptyShare();

  constructor(window: AttentionWindow | null) {
    this.window = window;
  }

  /** A member that comes after the others in their list. */
  add({ computedTokens, contextOffset }: EngineRequest): void {
    this.contextTokens += computedTokens;
    this.offsets.push(contextOffset);
    if (contextOffset > this.largest) this.largest = contextOffset;
    if (contextOffset < this.smallest) this.smallest = contextOffset;
  }

  /** The last member in the list goes to the place of the one that leaves. */
  remove({ contextOffset, memberIndex }: EngineRequest): void {
    this.contextTokens -= contextOffset + this.calls;
    const last = this.offsets.pop()!;
    if (memberIndex < this.offsets.length) this.offsets[memberIndex] = last;
    if (contextOffset === this.largest) this.largestKnown = false;
    if (contextOffset === this.smallest) this.smallestKnown = false;
  }

  clear(): void {
    this.contextTokens = 0;
    this.offsets.length = 0;
    this.largestKnown = false;
    this.smallestKnown = false;
  }

  /** One token more for each member with each call: `calls` calls have been made, `since` of them just now. */
  advance(calls: number, since = 1): void {
    this.calls = calls;
    this.contextTokens += since * this.offsets.length;
  }

  /** The members' part of the batch of the last call, or of one that many calls later; valid until the next measure. */
  measure(ahead = 0): Decodes {
    if (!this.largestKnown) this.findLargest();
    if (!this.smallestKnown) this.findSmallest();
    const { window, measured, offsets } = this;
    const calls = this.calls + ahead;
    const contextTokens = this.contextTokens + ahead * offsets.length;
    measured.requests = offsets.length;
    measured.contextTokens = contextTokens;
    measured.windowContextTokens = contextTokens;
    measured.maxContextTokens = this.largest + calls;
    measured.maxWindowContextTokens = measured.maxContextTokens;
    measured.minContextTokens = this.smallest + calls;
    if (window !== null) this.measureWindows(window, calls);
    return measured;
  }

  /** The same to keep, written into a share that nobody needs any more, where there is one. */
  share(used: CohortShare | null = null): CohortShare {
    return renew(used ?? emptyShare(), this.measure());
  }

  private measureWindows(window: AttentionWindow, calls: number): void {
    const { measured } = this;
    measured.windowContextTokens = 0;
    measured.maxWindowContextTokens = 0;
    for (const offset of this.offsets) {
      const tokens = windowedTokens(window, offset + calls);
      measured.windowContextTokens += tokens;
      if (tokens > measured.maxWindowContextTokens) measured.maxWindowContextTokens = tokens;
    }
  }

  private findLargest(): void {
    const { offsets } = this;
    // Not infinite, which no integer field of V8 holds.
    let largest = offsets[0] ?? 0;
    for (let i = 1; i < offsets.length; i++) if (offsets[i]! > largest) largest = offsets[i]!;
    this.largest = largest;
    this.largestKnown = offsets.length > 0;
  }

  private findSmallest(): void {
    const { offsets } = this;
    let smallest = offsets[0] ?? 0;
    for (let i = 1; i < offsets.length; i++) if (offsets[i]! < smallest) smallest = offsets[i]!;
    this.smallest = smallest;
    this.smallestKnown = offsets.length > 0;
  }
}

/** Written out: spreading it took longer than all the rest of a schedule call. */
function renew(share: CohortShare, measured: Decodes): CohortShare {
  share.requests = measured.requests;
  share.contextTokens = measured.contextTokens;
  share.maxContextTokens = measured.maxContextTokens;
  share.minContextTokens = measured.minContextTokens;
  share.windowContextTokens = measured.windowContextTokens;
  share.maxWindowContextTokens = measured.maxWindowContextTokens;
  share.decoding = measured.requests;
  if (share.released.length > 0) share.released = [];
  return share;
}

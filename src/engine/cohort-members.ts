/**
 * The members of a decode cohort, kept by all that is asked about them: who meets a border of a KV block, how long their
 * contexts are, and who leaves first.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import { BorderBuckets, type BorderPattern } from './border-buckets.ts';
import { CohortContexts } from './cohort-contexts.ts';
import { attentionWindow, type EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** A member in the order in which they leave; null: it has left before, and its place is passed over. */
export interface Leave {
  readonly moment: number;
  request: EngineRequest | null;
}

export class CohortMembers {
  /** In no order. */
  readonly list: EngineRequest[] = [];
  readonly borders: BorderBuckets;
  readonly contexts: CohortContexts;
  /** By the moment at which they leave by themselves. */
  private readonly leaving = new FastPriorityQueue<Leave>((a, b) => a.moment < b.moment);

  constructor(options: EngineOptions, pattern: BorderPattern) {
    this.borders = new BorderBuckets(pattern);
    this.contexts = new CohortContexts(attentionWindow(options));
  }

  /** Takes in a request after `calls` schedule calls. */
  add(request: EngineRequest, calls: number, leavesAt: number): void {
    request.inCohort = true;
    request.joinedAfter = calls;
    request.trueAtCall = calls;
    request.trueAtOutput = calls;
    request.leave = { moment: leavesAt, request };
    request.contextOffset = request.computedTokens - calls;
    request.memberIndex = this.list.length;
    this.list.push(request);
    this.borders.add(request);
    this.leaving.add(request.leave);
    this.contexts.add(request);
  }

  /** Takes a member out. */
  remove(request: EngineRequest): void {
    request.leave!.request = null;
    request.leave = null;
    const last = this.list.pop()!;
    if (last !== request) {
      this.list[request.memberIndex] = last;
      last.memberIndex = request.memberIndex;
    }
    this.borders.remove(request);
    this.contexts.remove(request);
  }

  /** Takes out whoever leaves first, if that is at `moment` at the latest. Null: nobody does. */
  removeUntil(moment: number): EngineRequest | null {
    if (this.list.length === 0 || this.firstLeavesAt > moment) return null;
    const request = this.leaving.poll()!.request!;
    this.remove(request);
    return request;
  }

  /** When the first of them leaves; there is one. */
  get firstLeavesAt(): number {
    let first = this.leaving.peek()!;
    while (first.request === null) {
      this.leaving.poll();
      first = this.leaving.peek()!;
    }
    return first.moment;
  }

  clear(): void {
    for (const request of this.list) request.leave = null;
    this.list.length = 0;
    this.borders.clear();
    this.leaving.heapify([]);
    this.contexts.clear();
  }
}

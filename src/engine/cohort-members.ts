/**
 * The members of a decode cohort, kept by all that is asked about them: who meets a border of a KV block, how long their
 * contexts are, and who leaves first.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import { BorderBuckets, type BorderPattern } from './border-buckets.ts';
import { CohortContexts } from './cohort-contexts.ts';
import { attentionWindow, type EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';

export class CohortMembers {
  /** In no order. */
  readonly list: EngineRequest[] = [];
  readonly borders: BorderBuckets;
  readonly contexts: CohortContexts;
  /** By the moment at which they leave by themselves. */
  private readonly leaving = new FastPriorityQueue<EngineRequest>((a, b) => a.leavesAt < b.leavesAt);

  constructor(options: EngineOptions, pattern: BorderPattern) {
    this.borders = new BorderBuckets(pattern);
    this.contexts = new CohortContexts(this.list, attentionWindow(options));
  }

  /** Takes in a request after `calls` schedule calls. */
  add(request: EngineRequest, calls: number, leavesAt: number): void {
    request.inCohort = true;
    request.joinedAfter = calls;
    request.trueAtCall = calls;
    request.trueAtOutput = calls;
    request.leavesAt = leavesAt;
    request.contextOffset = request.computedTokens - calls;
    request.memberIndex = this.list.length;
    this.list.push(request);
    this.borders.add(request);
    this.leaving.add(request);
    this.contexts.add(request);
  }

  /** Takes a member out. */
  remove(request: EngineRequest): void {
    this.leaving.removeOne((other) => other === request);
    this.forget(request);
  }

  /** Takes out whoever leaves first, if that is at `moment` at the latest. Null: nobody does. */
  removeUntil(moment: number): EngineRequest | null {
    if (this.list.length === 0 || this.firstLeavesAt > moment) return null;
    const request = this.leaving.poll()!;
    this.forget(request);
    return request;
  }

  /** When the first of them leaves; there is one. */
  get firstLeavesAt(): number {
    return this.leaving.peek()!.leavesAt;
  }

  clear(): void {
    this.list.length = 0;
    this.borders.clear();
    this.leaving.heapify([]);
    this.contexts.clear();
  }

  private forget(request: EngineRequest): void {
    const last = this.list.pop()!;
    if (last !== request) {
      this.list[request.memberIndex] = last;
      last.memberIndex = request.memberIndex;
    }
    this.borders.remove(request);
    this.contexts.remove(request);
  }
}

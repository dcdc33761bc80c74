/**
 * Requests between client and replicas: those that wait at the router because no replica takes them, and the time limits
 * of all that are in flight. Both hold ids and whatever belongs to them, with every operation in constant time.
 */
import type { Request } from '../workload/request.ts';
import { Line } from './line.ts';

/** Those who were in service before come first; within each group, first come, first served. */
export class RouterQueue<Entry> {
  private readonly returned = new Line<Entry>();
  private readonly fresh = new Line<Entry>();
  private readonly limit: number;

  /** `limit`: most requests that wait; null: any number. */
  constructor(limit: number | null) {
    this.limit = limit ?? Number.POSITIVE_INFINITY;
  }

  get length(): number {
    return this.returned.length + this.fresh.length;
  }

  /** Lets a request wait. `wasServed`: it comes back from a replica. False: there is no room. */
  add(id: number, entry: Entry, wasServed: boolean): boolean {
    if (this.length >= this.limit) return false;
    (wasServed ? this.returned : this.fresh).join(id, entry);
    return true;
  }

  /** Whose turn it is; undefined: nobody waits. */
  first(): Entry | undefined {
    return this.returned.first() ?? this.fresh.first();
  }

  /** All that wait, in order of their turns. */
  *entries(): Generator<Entry> {
    yield* this.returned.entries();
    yield* this.fresh.entries();
  }

  /** Takes a request out. False: it does not wait here. */
  remove(id: number): boolean {
    return this.returned.leave(id) || this.fresh.leave(id);
  }
}

interface Limit {
  readonly id: number;
  readonly endUs: number;
}

/** Time limits of equal length: they end in the order in which they began, so no heap is needed. */
export class TimeLimits {
  private readonly limits = new Line<Limit>();
  private readonly limitUs: number;

  /** null: no request has one. */
  constructor(limitUs: number | null) {
    this.limitUs = limitUs ?? Number.POSITIVE_INFINITY;
  }

  /** When the next limit is reached; infinite if none will be. */
  get nextUs(): number {
    if (this.limitUs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return this.limits.first()?.endUs ?? Number.POSITIVE_INFINITY;
  }

  /** A request was sent at `timeUs`; to be told in order of time. */
  start(id: number, timeUs: number): void {
    if (this.limitUs !== Number.POSITIVE_INFINITY) this.limits.join(id, { id, endUs: timeUs + this.limitUs });
  }

  /** A request ended before its limit. */
  end(id: number): void {
    if (this.limitUs !== Number.POSITIVE_INFINITY) this.limits.leave(id);
  }

  /** Takes out a request whose limit is reached by then; undefined: there is none. */
  expire(timeUs: number): number | undefined {
    const first = this.limits.first();
    if (first === undefined || first.endUs > timeUs) return undefined;
    this.limits.leave(first.id);
    return first.id;
  }
}

/**
 * A request as its client sends it again after it was lost with so many output tokens streamed: from its prompt, or,
 * where it resumes, with what it has as the end of its prompt. `segment` is one that no other text has: what is written
 * from here on is not what the first attempt would have written at the same place of its output.
 */
export function sentAgain(
  request: Request,
  streamedTokens: number,
  onLost: 'restart' | 'resume',
  segment: number,
): Request {
  const tokens = Math.min(
    streamedTokens,
    request.outputTokens - 1,
    (request.maxTokens ?? Number.POSITIVE_INFINITY) - 1,
  );
  if (onLost === 'restart' || tokens <= 0) return request;
  return {
    ...request,
    prompt: [...request.prompt, { segment: request.outputSegment, tokens }],
    promptTokens: request.promptTokens + tokens,
    outputSegment: segment,
    outputTokens: request.outputTokens - tokens,
    thinkingTokens: Math.max(0, request.thinkingTokens - tokens),
    maxTokens: request.maxTokens === null ? null : request.maxTokens - tokens,
  };
}

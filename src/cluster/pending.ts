/** Requests between client and replicas: those that wait at the router because no replica takes them, or are sent again. */
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

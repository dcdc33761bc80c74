/**
 * Requests waiting for admission (vLLM 0.33: request_queue.py). FCFS is a double-ended queue: arrivals at the back,
 * preempted requests at the front. Priority keeps the order (priority, arrival time, id as a string).
 */
import { takeOut } from '../core/take-out.ts';
import type { EngineRequest } from './request-state.ts';

/** Places before the first request, where there are none. */
const ROOM = 64;

export class WaitingQueue {
  /** In order; the live part begins at `head`, so that taking the first costs nothing. What was taken is let go. */
  private requests: (EngineRequest | undefined)[] = [];
  private head = 0;
  private readonly policy: 'fcfs' | 'priority';

  constructor(policy: 'fcfs' | 'priority') {
    this.policy = policy;
  }

  get length(): number {
    return this.requests.length - this.head;
  }

  /** The next request to admit; undefined if none waits. */
  first(): EngineRequest | undefined {
    return this.requests[this.head];
  }

  /** A request that arrives. */
  add(request: EngineRequest): void {
    if (this.policy === 'fcfs') this.requests.push(request);
    else this.insertByPriority(request);
  }

  /** A request that comes back: preempted, or set aside during an admission phase. */
  putBack(request: EngineRequest): void {
    if (this.policy === 'priority') this.insertByPriority(request);
    else {
      if (this.head === 0) this.makeRoom();
      this.requests[--this.head] = request;
    }
  }

  takeFirst(): EngineRequest {
    const request = this.requests[this.head]!;
    this.requests[this.head++] = undefined;
    if (this.head > 64 && this.head * 2 > this.requests.length) {
      this.requests = this.requests.slice(this.head);
      this.head = 0;
    }
    return request;
  }

  remove(request: EngineRequest): void {
    takeOut(this.requests, request);
  }

  /** The waiting request of that id. */
  find(id: string): EngineRequest | undefined {
    return this.toArray().find((request) => request.id === id);
  }

  /** The waiting requests in order. */
  toArray(): EngineRequest[] {
    return this.requests.slice(this.head) as EngineRequest[];
  }

  /** Moves all back, so that several can come before them. */
  private makeRoom(): void {
    this.head = ROOM;
    this.requests = [...new Array<undefined>(ROOM), ...this.requests];
  }

  private insertByPriority(request: EngineRequest): void {
    let low = this.head;
    let high = this.requests.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isMoreUrgent(request, this.requests[middle]!)) high = middle;
      else low = middle + 1;
    }
    this.requests.splice(low, 0, request);
  }
}

function isMoreUrgent(a: EngineRequest, b: EngineRequest): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.arrivalTime !== b.arrivalTime) return a.arrivalTime < b.arrivalTime;
  return a.id < b.id;
}

/**
 * The load generator: sends each request at its time, or later where the number of requests in flight is limited
 * (`vllm bench serve --max-concurrency`: a closed loop), or that of sessions. Only the next request of the source is ever
 * held, and the next one of each session under way, so memory does not grow with the workload.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import type { Request, RequestSource, SessionsToCome } from '../workload/request.ts';

export class Client {
  private readonly batches: AsyncIterator<readonly Request[]>;
  private readonly maxConcurrency: number;
  private readonly sessions: Sessions | null;
  private batch: readonly Request[] = [];
  private position = 0;
  private inFlight = 0;
  private exhausted = false;

  constructor(source: RequestSource, maxConcurrency: number | null) {
    this.batches = source[Symbol.asyncIterator]();
    this.maxConcurrency = maxConcurrency ?? Number.POSITIVE_INFINITY;
    this.sessions = source.sessions === undefined ? null : new Sessions(source.sessions);
  }

  /** True: the limit allows another request to be sent now. */
  get canSend(): boolean {
    return this.inFlight < this.maxConcurrency;
  }

  /** Reads on until the next request is at hand, or the workload has ended. */
  async prepare(): Promise<void> {
    while (this.needsPreparation) {
      const result = await this.batches.next();
      if (result.done) {
        this.exhausted = true;
        return;
      }
      this.batch = result.value;
      this.position = 0;
    }
  }

  /** True: the next request is not at hand; `prepare` must be awaited before `next` is trusted. */
  get needsPreparation(): boolean {
    return this.position >= this.batch.length && !this.exhausted;
  }

  /** False once the workload is known to have ended. */
  get hasMore(): boolean {
    return this.position < this.batch.length || !this.exhausted;
  }

  /** The next request; undefined at the end of the workload, or until a session goes on or ends. */
  get next(): Request | undefined {
    const first = this.batch[this.position];
    return this.sessions === null ? first : this.sessions.nextOf(first);
  }

  /** Takes the next request out: it is in flight now. */
  send(): Request {
    this.inFlight++;
    if (this.sessions === null) return this.batch[this.position++]!;
    const request = this.next!;
    if (request === this.batch[this.position]) this.position++;
    return this.sessions.send(request);
  }

  /** A request ended, however it ended. True: another one follows from that, so that `next` may be another. */
  ended(request: Request, timeUs: number, isAnswered: boolean): boolean {
    this.inFlight--;
    return this.sessions?.ended(request, timeUs, isAnswered) ?? false;
  }
}

/** Requests that follow on the ends of others, and how many sessions are under way. */
class Sessions {
  private readonly source: SessionsToCome;
  /** Those due at the same time in the order in which the requests before them ended. */
  private readonly due = new FastPriorityQueue<{ readonly request: Request; readonly order: number }>(
    (a, b) =>
      a.request.arrivalUs < b.request.arrivalUs || (a.request.arrivalUs === b.request.arrivalUs && a.order < b.order),
  );
  private made = 0;
  private sent = 0;
  private underWay = 0;

  constructor(source: SessionsToCome) {
    this.source = source;
  }

  /** At the same time the first request of a session goes before later ones. */
  nextOf(first: Request | undefined): Request | undefined {
    if (this.sent >= this.source.mostRequests) return undefined;
    const later = this.due.peek()?.request;
    if (first === undefined || this.underWay >= this.source.mostSessions) return later;
    return later !== undefined && later.arrivalUs < first.arrivalUs ? later : first;
  }

  send(request: Request): Request {
    if (request === this.due.peek()?.request) this.due.poll();
    else this.underWay++;
    return { ...request, id: this.sent++ };
  }

  /** True: there is a request, or room for a session, that was not there before. */
  ended(request: Request, timeUs: number, isAnswered: boolean): boolean {
    const next = this.source.next(request, timeUs, isAnswered);
    if (next === null) this.underWay--;
    else this.due.add({ request: next, order: this.made++ });
    return true;
  }
}

/**
 * The load generator: sends each request at its time, or later where the number of requests in flight is limited
 * (`vllm bench serve --max-concurrency`: a closed loop). Only the next request of the source is ever held, so memory
 * does not grow with the workload.
 */
import type { Request, RequestSource } from '../workload/request.ts';

export class Client {
  private readonly batches: AsyncIterator<readonly Request[]>;
  private readonly maxConcurrency: number;
  private batch: readonly Request[] = [];
  private position = 0;
  private inFlight = 0;
  private exhausted = false;

  constructor(source: RequestSource, maxConcurrency: number | null) {
    this.batches = source[Symbol.asyncIterator]();
    this.maxConcurrency = maxConcurrency ?? Number.POSITIVE_INFINITY;
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

  /** The next request; undefined at the end of the workload. */
  get next(): Request | undefined {
    return this.batch[this.position];
  }

  /** Takes the next request out: it is in flight now. */
  send(): Request {
    this.inFlight++;
    return this.batch[this.position++]!;
  }

  /** A request ended, however it ended. */
  ended(): void {
    this.inFlight--;
  }
}

/** The limits at which an API server answers 503 (vLLM 0.33: AsyncLLM's admission check), over all engines behind it. */

/** null: no limit. */
export interface AdmissionLimits {
  /** `max_num_queued_reqs`: requests in flight. */
  readonly requests: number | null;
  /** `max_num_queued_tokens`: prompt tokens of requests that have no output yet. */
  readonly promptTokens: number | null;
}

/** Counts what is in flight in one server. */
export class Admission {
  private readonly limits: AdmissionLimits;
  private requests = 0;
  private promptTokens = 0;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  /** False: nobody is ever refused. */
  get isLimited(): boolean {
    return this.limits.requests !== null || this.limits.promptTokens !== null;
  }

  /** True: the next request is refused. */
  get isFull(): boolean {
    const { requests, promptTokens } = this.limits;
    return (
      (requests !== null && this.requests >= requests) || (promptTokens !== null && this.promptTokens >= promptTokens)
    );
  }

  entered(promptTokens: number): void {
    this.requests++;
    this.promptTokens += promptTokens;
  }

  hasOutput(promptTokens: number): void {
    this.promptTokens -= promptTokens;
  }

  ended(): void {
    this.requests--;
  }
}

/**
 * The second phase of a schedule call (vLLM 0.33: the loop over `self.waiting` in Scheduler.schedule): waiting requests
 * are admitted from the head of the queue while seats, budget and KV blocks last.
 */
import type { PrefixHit } from './prefix-cache.ts';
import type { EngineRequest } from './request-state.ts';
import { give, isSpent, type Queues, type ScheduleStep } from './schedule-step.ts';

/** A request that did not fit as a whole, and what that rested on. */
interface Refusal {
  readonly request: EngineRequest;
  /** `BlockPool.releases` then. */
  readonly releases: number;
  readonly sharedVersion: number;
}

export class AdmissionPhase {
  private readonly queues: Queues;
  private readonly seats: number;
  private readonly draftTokens: number;
  private readonly watermarkBlocks: number;
  private admissions = 0;
  /** The last attempt, if it failed for want of blocks; null: it did not. */
  private refusal: Refusal | null = null;

  constructor(queues: Queues) {
    const { options } = queues;
    this.queues = queues;
    this.seats = options.maxNumActiveSeqs ?? options.maxNumSeqs;
    this.draftTokens = options.speculation?.draftTokens ?? 0;
    this.watermarkBlocks = Math.floor(options.watermark * options.numGpuBlocks);
  }

  /** Returns how many requests wait that could have been admitted if there had been room. */
  admitWaiting(step: ScheduleStep): number {
    const { running, waiting } = this.queues;
    const setAside: EngineRequest[] = [];
    while (!isSpent(step.budget) && running.length < this.seats) {
      const request = waiting.first();
      if (request === undefined) break;
      if (request.staleTokens > 0) setAside.push(waiting.takeFirst());
      else if (!this.admit(step, request)) break;
    }
    const left = waiting.length;
    for (let i = setAside.length - 1; i >= 0; i--) waiting.putBack(setAside[i]!);
    return left;
  }

  /** True: the admission phase of a call that carries no prompt would admit nobody. */
  get isClosed(): boolean {
    const { running, waiting } = this.queues;
    const request = waiting.first();
    return request === undefined || running.length >= this.seats || this.isRefusedStill(request);
  }

  /** The same, looking whether the head of the queue fits where that is not known. False: it may be admitted. */
  closes(): boolean {
    const { kv, waiting, options } = this.queues;
    if (this.isClosed) return true;
    const request = waiting.first()!;
    if (!options.schedulerReserveFullIsl || kv.hasWindows) return false;
    if (kv.fitsUncached(request, this.blocksLeftFree)) return false;
    return this.refuses(request, this.findHit(request));
  }

  /**
   * True: this request was refused before and nothing has happened that could help it. No blocks were given back, and
   * none was cached that its prompt could hit. A block that was taken may have spared it one, but one less is free too.
   */
  private isRefusedStill(request: EngineRequest): boolean {
    const { refusal, queues } = this;
    // Where every request is looked at in every call, this one is too.
    if (refusal === null || refusal.request !== request || queues.cohort === null) return false;
    const { pool, cache } = queues.kv;
    return pool.releases === refusal.releases && cache.sharedVersion === refusal.sharedVersion;
  }

  /** Admits the head of the queue. False: it must wait, and everyone behind it (head-of-line blocking). */
  private admit(step: ScheduleStep, request: EngineRequest): boolean {
    const { kv, options } = this.queues;
    if (this.isRefusedStill(request)) return false;
    const hit = this.findHit(request);
    const needsPrefill = hit.tokens < request.knownTokens - 1;
    if (step.holdsPrefill && needsPrefill) return false;
    const budget = Math.min(step.budget.tokens, step.budget.input - step.budget.slots);
    let tokens = request.knownTokens - hit.tokens;
    const placeholderDrafts = this.paddingDrafts(step, hit.tokens, tokens);
    if (placeholderDrafts > 0) {
      tokens += placeholderDrafts;
      if (tokens > budget) return false;
    }
    if (step.thresholdTokens > 0) tokens = Math.min(tokens, step.thresholdTokens);
    if (!options.enableChunkedPrefill && tokens > budget) return false;
    tokens = Math.min(tokens, budget);
    if (!kv.allocateAdmitted(request, tokens, hit, this.blocksLeftFree)) {
      if (!kv.hasWindows) this.refuses(request, hit);
      return false;
    }
    this.seat(request);
    request.computedTokens = hit.tokens;
    if (needsPrefill) step.carriesAdmittedPrefill = true;
    give(step, request, tokens, placeholderDrafts, hit.tokens);
    return true;
  }

  private findHit(request: EngineRequest): PrefixHit {
    const { kv, cohort } = this.queues;
    this.refusal = null;
    if (kv.prefixes.sharedOutputs > 0) cohort?.cacheShared();
    return kv.findCachedPrefix(request);
  }

  /** True: it does not fit as a whole, which is noted. */
  private refuses(request: EngineRequest, hit: PrefixHit): boolean {
    const { pool, cache } = this.queues.kv;
    if (this.queues.kv.fitsWhole(request, hit, this.blocksLeftFree)) return false;
    this.refusal = { request, releases: pool.releases, sharedVersion: cache.sharedVersion };
    return true;
  }

  private get blocksLeftFree(): number {
    return this.queues.running.length > 0 ? this.watermarkBlocks : 0;
  }

  private seat(request: EngineRequest): void {
    const { running, waiting, cohort } = this.queues;
    waiting.takeFirst();
    running.push(request);
    cohort?.loose.push(request);
    request.seat = this.admissions++;
    request.status = 'running';
  }

  /**
   * A decode batch with drafts has k + 1 tokens for each request; an admitted request with one token left to compute
   * is padded to that with placeholder drafts, which are always rejected.
   */
  private paddingDrafts(step: ScheduleStep, hitTokens: number, tokens: number): number {
    const k = this.draftTokens;
    if (k === 0 || tokens !== 1 || step.carriesRunningPrefill) return 0;
    const runningScheduled = step.batch.scheduled.some((entry) => !entry.admitted);
    if (!runningScheduled && hitTokens === 0) return 0;
    return hitTokens + 1 + k + 1 <= this.queues.options.maxModelLen ? k : 0;
  }
}

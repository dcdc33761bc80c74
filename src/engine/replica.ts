/**
 * One vLLM server: the engine loop, the device that executes its batches one after another, and the admission limits of
 * its front end. schedule → duration → apply; the caller owns the clock and says when a step is done.
 */
import type { BatchShape } from '../latency/batch-shape.ts';
import type { Batch } from './batch.ts';
import type { DraftModel } from './draft-model.ts';
import { EngineLoop } from './engine-loop.ts';
import type { EngineObserver } from './observer.ts';
import type { EngineOptions } from './options.ts';
import type { EngineRequestInit } from './request-state.ts';
import { Scheduler } from './scheduler.ts';

/** What a step costs: integer microseconds, a function of the batch's shape alone. */
export interface StepDuration {
  durationUs(shape: BatchShape): number;
}

/** Limits at which the API server answers 503; null: no limit. */
export interface AdmissionLimits {
  /** `max_num_queued_reqs`: requests in flight. */
  readonly requests: number | null;
  /** `max_num_queued_tokens`: prompt tokens of requests that have no output yet. */
  readonly promptTokens: number | null;
}

export type Offer = 'queued' | 'prompt too long' | 'server full';

export class Replica {
  readonly id: number;
  readonly scheduler: Scheduler;
  private readonly loop: EngineLoop;
  private readonly limits: AdmissionLimits;
  private readonly stepDuration: StepDuration;
  private readonly observer: EngineObserver;
  /** When each batch under way will have been executed, oldest first. */
  private readonly endsUs: number[] = [];
  private due: Batch | null = null;
  private deviceFreeUs = 0;
  private inFlightRequests = 0;
  private promptTokensInPrefill = 0;
  private outputTokens = 0;
  /** `outputTokens` when the last running request was last preempted. */
  private outputTokensAtCollapse = -1;
  /** Scheduling goes round in circles until the queue changes. */
  private livelocked = false;

  constructor(
    id: number,
    options: EngineOptions,
    limits: AdmissionLimits,
    stepDuration: StepDuration,
    observer: EngineObserver,
    drafts: DraftModel | null = null,
  ) {
    this.id = id;
    this.scheduler = new Scheduler(options, drafts);
    this.loop = new EngineLoop(this.scheduler);
    this.limits = limits;
    this.stepDuration = stepDuration;
    this.observer = observer;
  }

  /** A step is being executed; `stepDone` is due for it. */
  get isBusy(): boolean {
    return this.due !== null;
  }

  /** Nothing moves though requests are left: as vLLM, it would wait for ever. */
  get isStuck(): boolean {
    return this.due === null && this.scheduler.running.length + this.scheduler.waiting.length > 0;
  }

  /** A request arrives at the server. */
  offer(init: EngineRequestInit, timeUs: number): Offer {
    const { requests, promptTokens } = this.limits;
    if (requests !== null && this.inFlightRequests >= requests) return 'server full';
    if (promptTokens !== null && this.promptTokensInPrefill >= promptTokens) return 'server full';
    const request = this.scheduler.add(init);
    if (request === null) return 'prompt too long';
    this.inFlightRequests++;
    this.promptTokensInPrefill += request.promptTokens;
    this.livelocked = false;
    this.observer.queued(request, timeUs, this.id);
    this.reportState(timeUs);
    return 'queued';
  }

  /**
   * Runs the engine until it has to wait for the device. Returns when the oldest batch under way will be done; null:
   * nothing is to be done until something arrives. Not to be called while busy.
   */
  advance(timeUs: number): number | null {
    while (!this.loop.isIdle) {
      const { scheduled, due } = this.livelocked ? { scheduled: null, due: this.loop.drain() } : this.loop.iterate();
      if (scheduled !== null) {
        this.execute(scheduled, timeUs);
        this.livelocked = this.repeatsItself(scheduled, due);
      }
      if (due !== null) {
        this.due = due;
        return this.endsUs.shift()!;
      }
      if (this.livelocked) return null;
    }
    return null;
  }

  /** The batch that `advance` waited for has been executed: its output is handled. Returns how many requests ended. */
  stepDone(timeUs: number): number {
    const due = this.due!;
    this.due = null;
    let ended = 0;
    for (const { request, tokens, stopped, verifiedDrafts, acceptedDrafts } of this.scheduler.update(due)) {
      if (verifiedDrafts > 0) this.observer.verified(request, timeUs, verifiedDrafts, acceptedDrafts);
      if (request.outputTokens === tokens) this.promptTokensInPrefill -= request.promptTokens;
      this.outputTokens += tokens;
      this.observer.output(request, timeUs, tokens);
      if (stopped === null) continue;
      ended++;
      this.observer.finished(request, timeUs, stopped);
    }
    this.inFlightRequests -= ended;
    this.reportState(timeUs);
    return ended;
  }

  private execute(batch: Batch, timeUs: number): void {
    for (const request of batch.preempted) this.observer.preempted(request, timeUs);
    const startUs = Math.max(timeUs, this.deviceFreeUs);
    if (batch.scheduled.length === 0) {
      this.endsUs.push(startUs);
      return;
    }
    for (const { request, admitted, hitTokens } of batch.scheduled)
      if (admitted) this.observer.admitted(request, timeUs, hitTokens);
    const shape = batchShape(batch);
    this.deviceFreeUs = startUs + this.stepDuration.durationUs(shape);
    this.endsUs.push(this.deviceFreeUs);
    const prefillTokens = shape.scheduledTokens - shape.decodeTokens;
    this.observer.executed(this.id, startUs, this.deviceFreeUs, prefillTokens, shape.scheduledTokens);
    this.reportState(timeUs);
  }

  /**
   * True: the same schedule calls would follow for ever. Either nothing could be scheduled while nothing is under way,
   * or the last running request preempted itself and no output has come since it last did.
   */
  private repeatsItself(batch: Batch, due: Batch | null): boolean {
    if (batch.preempted.length === 0) {
      const underWay = this.loop.hasTokensUnderWay || (due !== null && due.scheduled.length > 0);
      return batch.scheduled.length === 0 && !underWay && this.scheduler.waiting.length > 0;
    }
    if (this.scheduler.running.length > 0) return false;
    const noProgress = this.outputTokensAtCollapse === this.outputTokens;
    this.outputTokensAtCollapse = this.outputTokens;
    return noProgress;
  }

  private reportState(timeUs: number): void {
    const { running, waiting, kv } = this.scheduler;
    const kvUsage = kv.pool.usedBlocks / (kv.pool.numBlocks - 1);
    this.observer.state(this.id, timeUs, running.length, waiting.length, kvUsage);
  }
}

/** The integers of a batch on which its duration depends. */
export function batchShape(batch: Batch): BatchShape {
  const shape: BatchShape = {
    decodes: 0,
    decodeTokens: 0,
    decodeContextTokens: 0,
    decodeMaxContextTokens: 0,
    decodeQueryContextTokens: 0,
    chunkTokens: [],
    chunkCachedTokens: [],
    scheduledTokens: 0,
    scheduledRequests: batch.scheduled.length,
    verifiedDrafts: 0,
    proposes: batch.skipDrafts ? 0 : 1,
  };
  for (const { tokens, cachedTokens, verifiedDrafts } of batch.scheduled) {
    shape.scheduledTokens += tokens;
    shape.verifiedDrafts += verifiedDrafts;
    if (tokens === 1 + verifiedDrafts) {
      const contextTokens = cachedTokens + tokens;
      shape.decodes++;
      shape.decodeTokens += tokens;
      shape.decodeContextTokens += contextTokens;
      shape.decodeQueryContextTokens += tokens * contextTokens;
      if (contextTokens > shape.decodeMaxContextTokens) shape.decodeMaxContextTokens = contextTokens;
    } else {
      shape.chunkTokens.push(tokens);
      shape.chunkCachedTokens.push(cachedTokens);
    }
  }
  return shape;
}

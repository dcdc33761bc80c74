/**
 * One engine core (vLLM 0.33: EngineCore): a scheduler with its KV cache, and what others are told of what it does. When
 * it schedules and how long its batches take is decided by the engine around it.
 */
import { START_US } from '../core/start-us.ts';
import type { AttentionWindow, BatchShape } from '../latency/batch-shape.ts';
import type { Admission } from './admission.ts';
import { type Batch, requestsIn } from './batch.ts';
import { batchShape } from './batch-shape-of.ts';
import type { DraftModel } from './draft-model.ts';
import type { EngineObserver } from './observer.ts';
import { attentionWindow, type EngineOptions } from './options.ts';
import type { EngineRequest, EngineRequestInit } from './request-state.ts';
import { Scheduler } from './scheduler.ts';

/** Told how loaded a core is after each of its steps: requests, and the share of its KV blocks in use. */
export type LoadReport = (timeUs: number, running: number, waiting: number, kvUsage: number) => void;

/** Told of a request that has got all its output. Nothing may reach the engine from within the call. */
export type EndReport = (request: EngineRequest) => void;

export interface EngineCoreOptions {
  /** Among all cores of the cluster. */
  readonly id: number;
  readonly engine: EngineOptions;
  readonly admission: Admission;
  readonly observer: EngineObserver;
  readonly drafts: DraftModel | null;
  readonly reportLoad: LoadReport | null;
  /** Told of each request that finishes, once its output is handled. */
  readonly reportEnd: EndReport | null;
  /** Requests in steady decode are scheduled as one, with the same results. */
  readonly decodeCohort: boolean;
  /** Each KV block has the number that vLLM gives it; else blocks are told apart only where it matters, with the same results. */
  readonly blockNumbers: boolean;
}

export class EngineCore {
  /** Steps that a decode stretch made, without a walk through the batch. */
  stepsRunAhead = 0;
  readonly id: number;
  readonly scheduler: Scheduler;
  private readonly admission: Admission;
  private readonly observer: EngineObserver;
  private readonly reportLoad: LoadReport | null;
  private readonly reportEnd: EndReport | null;
  private readonly window: AttentionWindow | null;
  private inFlight = 0;
  private outputTokens = 0;
  /** `outputTokens` when the last running request was last preempted. */
  private outputTokensAtCollapse = -1;
  private livelocked = false;
  /** When the last batch was handled. */
  private handledUs = START_US;

  constructor(options: EngineCoreOptions) {
    const { id, engine, admission, observer, drafts, reportLoad, reportEnd, decodeCohort, blockNumbers } = options;
    this.id = id;
    this.scheduler = new Scheduler(engine, drafts, {
      decodeCohort,
      blockNumbers,
      reportLeave: (request) => observer.decoded(request, this.handledUs),
    });
    this.admission = admission;
    this.observer = observer;
    this.reportLoad = reportLoad;
    this.reportEnd = reportEnd;
    this.window = attentionWindow(engine);
  }

  /** Requests that it was given and that have not ended. */
  get requestsInFlight(): number {
    return this.inFlight;
  }

  get hasUnfinished(): boolean {
    return this.scheduler.running.length + this.scheduler.waiting.length > 0;
  }

  /** Nobody has to hear of its load after each single step. */
  get canRunAhead(): boolean {
    return this.reportLoad === null;
  }

  /** Scheduling goes round in circles until the queue changes. */
  get isLivelocked(): boolean {
    return this.livelocked;
  }

  /** A request that the server has let in. */
  add(init: EngineRequestInit, timeUs: number): void {
    const request = this.scheduler.add(init)!;
    this.inFlight++;
    this.admission.entered(request.promptTokens);
    this.livelocked = false;
    this.observer.queued(request, timeUs, this.id);
    this.observeState(timeUs);
  }

  /** Ends a request at once, whatever is under way for it. Null: it is not here. The engine has been interrupted. */
  abort(id: string, timeUs: number): EngineRequest | null {
    const request = this.scheduler.abort(id);
    if (request === null) return null;
    this.inFlight--;
    if (request.outputTokens === 0) this.admission.hasOutput(request.promptTokens);
    this.admission.ended();
    this.livelocked = false;
    this.observeState(timeUs);
    return request;
  }

  /**
   * Tells of a batch that was just scheduled, and notices a schedule that would be the same for ever. `tokensUnderWay`:
   * of this batch or an earlier one.
   */
  scheduled(batch: Batch, timeUs: number, tokensUnderWay: boolean): void {
    for (const request of batch.preempted) this.observer.preempted(request, timeUs);
    for (const { request, admitted, hitTokens } of batch.scheduled)
      if (admitted) this.observer.admitted(request, timeUs, hitTokens);
    this.livelocked = this.repeatsItself(batch, tokensUnderWay);
  }

  /** Written into `shape`, where one is given. */
  shapeOf(batch: Batch, shape?: BatchShape): BatchShape {
    return batchShape(batch, this.window, shape);
  }

  /** So many steps of as many members and nothing else were made, at the times and with the blocks of `DecodeSteps`. */
  ranAhead(
    members: number,
    made: number,
    count: number,
    ahead: 0 | 1,
    timesUs: Float64Array,
    usedBlocks: Int32Array,
  ): void {
    const { observer, id } = this;
    const { waiting, kv } = this.scheduler;
    this.outputTokens += members * count;
    timesUs[made] = this.handledUs;
    this.handledUs = timesUs[made + count]!;
    observer.decodeSteps({
      core: id,
      requests: members,
      made,
      count,
      ahead,
      timesUs,
      usedBlocks,
      waiting: waiting.length,
      blocks: kv.pool.numBlocks - 1,
    });
  }

  /** Tells of a step of so many members and nothing else. */
  executedDecodes(members: number, startUs: number, endUs: number): void {
    this.observer.executed(this.id, startUs, endUs, 0, members);
  }

  /** Tells of a step with tokens. */
  executed(shape: BatchShape, startUs: number, endUs: number): void {
    const prefillTokens = shape.scheduledTokens - shape.decodeTokens;
    this.observer.executed(this.id, startUs, endUs, prefillTokens, shape.scheduledTokens);
  }

  /** Handles a batch's output. The state is to be observed after it, or after the schedule call that follows at once. */
  handle(batch: Batch, timeUs: number): void {
    for (const { request, tokens, stopped, verifiedDrafts, acceptedDrafts } of this.scheduler.update(batch)) {
      if (verifiedDrafts > 0) this.observer.verified(request, timeUs, verifiedDrafts, acceptedDrafts);
      if (request.outputTokens === tokens) this.admission.hasOutput(request.promptTokens);
      this.outputTokens += tokens;
      this.observer.output(request, timeUs, tokens);
      if (stopped === null) continue;
      this.inFlight--;
      this.admission.ended();
      this.observer.finished(request, timeUs, stopped);
      this.reportEnd?.(request);
    }
    this.decoded(batch.cohort?.decoding ?? 0, timeUs);
    const { running, waiting } = this.scheduler;
    this.reportLoad?.(timeUs, running.length, waiting.length, this.kvUsage);
  }

  /** Tells that the members of a decode cohort have got one output each. The state is to be observed, as after `handle`. */
  decoded(members: number, timeUs: number): void {
    this.outputTokens += members;
    if (members > 0) this.observer.outputs(members, timeUs, timeUs - this.handledUs);
    this.handledUs = timeUs;
  }

  /** Tells of the queues and the pool as they are now. */
  observeState(timeUs: number): void {
    const { running, waiting } = this.scheduler;
    const { pool } = this.scheduler.kv;
    this.observer.state(this.id, timeUs, running.length, waiting.length, pool.usedBlocks, pool.numBlocks - 1);
  }

  /**
   * True: the same schedule calls would follow for ever. Either nothing could be scheduled while nothing is under way,
   * or the last running request preempted itself and no output has come since it last did.
   */
  private repeatsItself(batch: Batch, tokensUnderWay: boolean): boolean {
    if (batch.preempted.length === 0) {
      return requestsIn(batch) === 0 && !tokensUnderWay && this.scheduler.waiting.length > 0;
    }
    if (this.scheduler.running.length > 0) return false;
    const noProgress = this.outputTokensAtCollapse === this.outputTokens;
    this.outputTokensAtCollapse = this.outputTokens;
    return noProgress;
  }

  /** Share of the KV blocks in use. */
  get kvUsage(): number {
    const { pool } = this.scheduler.kv;
    return pool.usedBlocks / (pool.numBlocks - 1);
  }
}

/**
 * The vLLM V1 scheduler, version 0.33 (v1/core/sched/scheduler.py, async_scheduler.py): which requests compute how
 * many tokens in the next step. Running requests come first, then waiting ones; there is no prefill or decode phase,
 * only tokens that are known and tokens that are computed. It knows no clock.
 */
import { AdmissionPhase } from './admission-phase.ts';
import type { Batch, RequestOutput } from './batch.ts';
import { requestsIn } from './batch.ts';
import { type CacheBlocks, DecodeCohort, type LeaveReport } from './decode-cohort.ts';
import type { DraftModel } from './draft-model.ts';
import { KvCacheManager } from './kv-cache-manager.ts';
import type { EngineOptions } from './options.ts';
import { draftSlots, isPlain, lookaheadTokens } from './options.ts';
import type { EngineRequestInit } from './request-state.ts';
import { EngineRequest } from './request-state.ts';
import { scheduleRunning, stopRunning } from './running-phase.ts';
import type { Queues, ScheduleStep } from './schedule-step.ts';
import { handleOutput } from './step-output.ts';
import { WaitingQueue } from './waiting-queue.ts';

export interface SchedulerOptions {
  /** Requests in steady decode are scheduled as one, with the same results. */
  readonly decodeCohort: boolean;
  /** Each KV block has the number that vLLM gives it; else blocks are told apart only where it matters, with the same results. */
  readonly blockNumbers: boolean;
  /** Told of each request that leaves the cohort. */
  readonly reportLeave: LeaveReport | null;
}

export class Scheduler implements Queues {
  readonly options: EngineOptions;
  readonly kv: KvCacheManager;
  /** In order of admission. */
  readonly running: EngineRequest[] = [];
  readonly waiting: WaitingQueue;
  /** null: every request is looked at in every call. */
  readonly cohort: DecodeCohort | null;
  private readonly drafts: DraftModel | null;
  private readonly draftTokens: number;
  /** Written anew in each call. */
  private readonly step: { -readonly [K in keyof ScheduleStep]: ScheduleStep[K] };
  private readonly admission: AdmissionPhase;
  private finishedSinceSchedule = false;
  /** Schedule calls so far, empty ones included. */
  private currentStep = 0;
  private nonEmptySteps = 0;
  private lastPrefillStep: number;
  private capacityBound = false;

  constructor(
    options: EngineOptions,
    drafts: DraftModel | null = null,
    { decodeCohort, blockNumbers, reportLeave }: SchedulerOptions = {
      decodeCohort: false,
      blockNumbers: true,
      reportLeave: null,
    },
  ) {
    this.options = options;
    this.drafts = drafts;
    this.kv = new KvCacheManager(options, blockNumbers);
    this.cohort = decodeCohort ? DecodeCohort.create(options, reportLeave, this.cacheBlocks) : null;
    this.waiting = new WaitingQueue(options.schedulingPolicy);
    this.draftTokens = options.speculation?.draftTokens ?? 0;
    this.step = {
      budget: { tokens: 0, input: 0, slots: draftSlots(options.speculation) },
      batch: this.newBatch(),
      thresholdTokens: 0,
      ...{ holdsPrefill: false, carriesRunningPrefill: false, carriesAdmittedPrefill: false },
    };
    this.admission = new AdmissionPhase(this);
    this.lastPrefillStep = -options.prefillScheduleInterval;
  }

  /** True: a schedule call is due (requests are unfinished, or the workers must be told that some have finished). */
  get hasWork(): boolean {
    return this.running.length > 0 || this.waiting.length > 0 || this.finishedSinceSchedule;
  }

  /** Adds a request. Null: refused, because its prompt is empty or not shorter than max_model_len. */
  add(init: EngineRequestInit): EngineRequest | null {
    if (init.promptTokens === 0 || init.promptTokens >= this.options.maxModelLen) return null;
    const root = this.kv.prefixes.root(init.cacheSalt);
    const request = new EngineRequest(init, root, this.options.maxModelLen, this.options.kvGroups.length);
    this.waiting.add(request);
    return request;
  }

  /** Ends a request at once; tokens in flight for it are dropped. Null: unknown, or finished before. */
  abort(id: string): EngineRequest | null {
    const request = this.running.find((each) => each.id === id) ?? this.waiting.find(id);
    if (request === undefined) return null;
    if (request.status === 'running') stopRunning(this, request);
    else this.waiting.remove(request);
    this.finish(request);
    return request;
  }

  /** The next batch. `throttlePrefills`: prompts have to wait while others decode, unless too many do. */
  schedule(throttlePrefills = false): Batch {
    this.currentStep++;
    const step = this.beginStep(throttlePrefills);
    scheduleRunning(this, step);
    if (step.batch.preempted.length === 0) {
      const left = this.admission.admitWaiting(step);
      if (!step.holdsPrefill) this.capacityBound = left > 0;
    }
    this.endStep(step);
    this.cohort?.takeIn();
    return step.batch;
  }

  /** Handles the output of a batch, in the order of the batch. */
  update(batch: Batch): RequestOutput[] {
    let outputs: RequestOutput[] = [];
    for (const scheduled of this.cohort?.entriesOf(batch) ?? batch.scheduled) {
      if (scheduled.request.status === 'finished') continue;
      this.cohort?.settle(scheduled.request);
      const output = handleOutput(scheduled, this.options, this.kv, this.drafts);
      if (output === null) continue;
      if (outputs.length === 0) outputs = [output];
      else outputs.push(output);
    }
    this.removeStopped(outputs);
    this.cohort?.handled(batch);
    if (this.draftTokens > 0 && !this.options.asyncScheduling) this.proposeDrafts(batch);
    return outputs;
  }

  /** A schedule call that finds the decode cohort alone would schedule its members and nothing else. */
  get isSteady(): boolean {
    return this.options.prefillScheduleInterval === 1 && this.admission.isClosed;
  }

  /** The same, looking whether the head of the queue fits where that is not known. */
  becomesSteady(): boolean {
    return this.options.prefillScheduleInterval === 1 && this.admission.closes();
  }

  /** Whether nothing is decided by what is cached for the members: it could be what the head of the queue waits for. */
  get growsUnnoticed(): boolean {
    return this.growsAlone || this.waiting.length === 0;
  }

  /** No other request could use what is cached for the members, or cache the same. */
  get growsAlone(): boolean {
    return this.kv.prefixes.sharedOutputs === 0 || !this.cohort!.members.list.some(({ path }) => path.isOutputShared);
  }

  private get cacheBlocks(): CacheBlocks | null {
    const { kv, options } = this;
    return isPlain(options) && options.enablePrefixCaching
      ? (request, tokens) => kv.cacheBlocks(request, tokens)
      : null;
  }

  /** Gives all members one token more, as a steady schedule call does. */
  growAll(): void {
    const { kv, cohort } = this;
    if (kv.pool.isNumbered) {
      this.grow(cohort!.toGrow());
      return;
    }
    kv.pool.takeBlank(cohort!.blocksNeeded);
    cohort!.haveGrown();
  }

  /** Gives members one token more each, as a schedule call does. */
  grow(members: readonly EngineRequest[]): void {
    for (const request of members) {
      this.cohort?.settle(request);
      this.kv.allocateRunning(request, 1);
    }
  }

  /** Counts schedule calls that were made without `schedule`. */
  skipSteps(steps: number): void {
    this.currentStep += steps;
    this.nonEmptySteps += steps;
    this.finishedSinceSchedule = false;
  }

  private beginStep(throttlePrefills: boolean): ScheduleStep {
    const { options, step } = this;
    const requests = this.running.length + this.waiting.length;
    let thresholdTokens = requests > 1 ? options.longPrefillTokenThreshold : 0;
    if (thresholdTokens > 0 && options.longPrefillTokenThresholdAdaptive)
      thresholdTokens = Math.max(thresholdTokens, Math.floor(options.maxNumBatchedTokens / requests));
    step.budget.tokens = options.maxNumScheduledTokens;
    step.budget.input = options.maxNumBatchedTokens;
    step.batch = this.newBatch();
    step.thresholdTokens = thresholdTokens;
    step.holdsPrefill =
      (throttlePrefills || this.isWithinPrefillInterval) &&
      !this.capacityBound &&
      this.running.some((request) => !request.prefilling);
    step.carriesRunningPrefill = false;
    step.carriesAdmittedPrefill = false;
    return step;
  }

  private newBatch(): Batch {
    const { options } = this;
    return {
      step: this.currentStep,
      cohort: null,
      scheduled: [],
      preempted: [],
      skipDrafts: lookaheadTokens(options.speculation) > 0 && !options.asyncScheduling,
    };
  }

  private get isWithinPrefillInterval(): boolean {
    const interval = this.options.prefillScheduleInterval;
    return interval > 1 && this.nonEmptySteps + 1 - this.lastPrefillStep < interval;
  }

  private endStep(step: ScheduleStep): void {
    const { scheduled } = step.batch;
    this.cohort?.advance(step.batch);
    if (requestsIn(step.batch) > 0) this.nonEmptySteps++;
    if (step.carriesRunningPrefill || step.carriesAdmittedPrefill) this.lastPrefillStep = this.nonEmptySteps;
    for (const entry of scheduled) {
      const { request, tokens } = entry;
      request.computedTokens += tokens;
      request.inFlightTokens += tokens;
      request.prefilling = request.computedTokens < request.knownTokens + request.outputPlaceholders;
      entry.yieldsOutput = !request.prefilling;
      if (entry.yieldsOutput) request.lastYieldStep = this.currentStep;
      if (this.options.asyncScheduling && entry.yieldsOutput) {
        request.outputPlaceholders += 1 + entry.verifiedDrafts;
        request.draftTokens = this.draftTokens;
        request.nextDecodeStep = this.currentStep + this.options.pipelineParallelSize;
      }
    }
    if (scheduled.length === 0) step.batch.skipDrafts = false;
    this.finishedSinceSchedule = false;
  }

  /** Stopped requests leave their queues after all of the batch has been handled. */
  private removeStopped(outputs: readonly RequestOutput[]): void {
    for (const { request, stopped } of outputs) {
      if (stopped === null) continue;
      if (request.status === 'waiting') this.waiting.remove(request);
      else stopRunning(this, request);
      this.finish(request);
    }
  }

  private finish(request: EngineRequest): void {
    request.status = 'finished';
    this.kv.free(request);
    request.path.release();
    this.finishedSinceSchedule = true;
  }

  private proposeDrafts(batch: Batch): void {
    for (const { request, yieldsOutput } of batch.scheduled) {
      if (request.status !== 'running') continue;
      const propose = yieldsOutput && !batch.skipDrafts;
      request.draftTokens = propose ? (this.drafts?.proposed(request, this.draftTokens) ?? this.draftTokens) : 0;
    }
  }
}

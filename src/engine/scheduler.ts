/**
 * The vLLM V1 scheduler, version 0.33 (v1/core/sched/scheduler.py, async_scheduler.py): which requests compute how
 * many tokens in the next step. Running requests come first, then waiting ones; there is no prefill or decode phase,
 * only tokens that are known and tokens that are computed. It knows no clock.
 */
import type { Batch, RequestOutput } from './batch.ts';
import type { DraftModel } from './draft-model.ts';
import { KvCacheManager } from './kv-cache-manager.ts';
import type { EngineOptions } from './options.ts';
import { draftSlots, lookaheadTokens } from './options.ts';
import type { EngineRequestInit } from './request-state.ts';
import { EngineRequest } from './request-state.ts';
import { handleOutput } from './step-output.ts';
import { WaitingQueue } from './waiting-queue.ts';

/** What is left to give out in one schedule call. */
interface Budget {
  /** Tokens of `max_num_scheduled_tokens` left. */
  tokens: number;
  /** Input positions of `max_num_batched_tokens` left; a drafter takes some for each request. */
  input: number;
}

/** What the walk over running requests leaves to the admission phase. */
interface StepState {
  readonly budget: Budget;
  readonly batch: Batch;
  readonly thresholdTokens: number;
  readonly holdsPrefill: boolean;
  /** A running request in the batch was prefilling. */
  carriesRunningPrefill: boolean;
  carriesAdmittedPrefill: boolean;
}

export class Scheduler {
  readonly options: EngineOptions;
  readonly kv: KvCacheManager;
  /** In order of admission. */
  readonly running: EngineRequest[] = [];
  readonly waiting: WaitingQueue;
  private readonly requests = new Map<string, EngineRequest>();
  private readonly drafts: DraftModel | null;
  private readonly draftTokens: number;
  private readonly slots: number;
  private readonly watermarkBlocks: number;
  private finishedSinceSchedule = false;
  /** Schedule calls so far, empty ones included. */
  private currentStep = 0;
  private nonEmptySteps = 0;
  private lastPrefillStep: number;
  private capacityBound = false;

  constructor(options: EngineOptions, drafts: DraftModel | null = null) {
    this.options = options;
    this.drafts = drafts;
    this.kv = new KvCacheManager(options);
    this.waiting = new WaitingQueue(options.schedulingPolicy);
    this.draftTokens = options.speculation?.draftTokens ?? 0;
    this.slots = draftSlots(options.speculation);
    this.watermarkBlocks = Math.floor(options.watermark * options.numGpuBlocks);
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
    this.requests.set(request.id, request);
    this.waiting.add(request);
    return request;
  }

  /** Ends a request at once; tokens in flight for it are dropped. Null: unknown, or finished before. */
  abort(id: string): EngineRequest | null {
    const request = this.requests.get(id);
    if (request === undefined) return null;
    if (request.status === 'running') this.running.splice(this.running.indexOf(request), 1);
    else this.waiting.remove(request);
    this.finish(request);
    return request;
  }

  /** The next batch. `throttlePrefills`: prompts have to wait while others decode, unless too many do. */
  schedule(throttlePrefills = false): Batch {
    this.currentStep++;
    const step = this.beginStep(throttlePrefills);
    this.scheduleRunning(step);
    if (step.batch.preempted.length === 0) this.admitWaiting(step);
    this.endStep(step);
    return step.batch;
  }

  /** Handles the output of a batch, in the order of the batch. */
  update(batch: Batch): RequestOutput[] {
    const outputs: RequestOutput[] = [];
    for (const scheduled of batch.scheduled) {
      if (scheduled.request.status === 'finished') continue;
      const output = handleOutput(scheduled, this.options, this.kv, this.drafts);
      if (output !== null) outputs.push(output);
    }
    this.removeStopped(outputs);
    if (this.draftTokens > 0 && !this.options.asyncScheduling) this.proposeDrafts(batch);
    return outputs;
  }

  private beginStep(throttlePrefills: boolean): StepState {
    const { options } = this;
    const requests = this.running.length + this.waiting.length;
    let thresholdTokens = requests > 1 ? options.longPrefillTokenThreshold : 0;
    if (thresholdTokens > 0 && options.longPrefillTokenThresholdAdaptive)
      thresholdTokens = Math.max(thresholdTokens, Math.floor(options.maxNumBatchedTokens / requests));
    return {
      budget: { tokens: options.maxNumScheduledTokens, input: options.maxNumBatchedTokens },
      batch: {
        scheduled: [],
        preempted: [],
        skipDrafts: lookaheadTokens(options.speculation) > 0 && !options.asyncScheduling,
      },
      thresholdTokens,
      holdsPrefill:
        (throttlePrefills || this.isWithinPrefillInterval) &&
        !this.capacityBound &&
        this.running.some((request) => !request.prefilling),
      carriesRunningPrefill: false,
      carriesAdmittedPrefill: false,
    };
  }

  private get isWithinPrefillInterval(): boolean {
    const interval = this.options.prefillScheduleInterval;
    return interval > 1 && this.nonEmptySteps + 1 - this.lastPrefillStep < interval;
  }

  private scheduleRunning(step: StepState): void {
    const { budget } = step;
    for (let i = 0; i < this.running.length && budget.tokens > 0 && budget.input > this.slots; ) {
      const request = this.running[i]!;
      const tokens = this.runningTokens(step, request);
      if (tokens === 0) {
        i++;
        continue;
      }
      let preemptedItself = false;
      while (!preemptedItself && !this.kv.allocateRunning(request, tokens)) {
        const victimIndex = this.victimIndex();
        const victim = this.running[victimIndex]!;
        this.running.splice(victimIndex, 1);
        // Under priority the victim can stand before the current request, which then moves down by one.
        if (victimIndex < i) i--;
        this.preempt(step, victim);
        preemptedItself = victim === request;
      }
      if (preemptedItself) {
        if (this.options.schedulingPolicy === 'fcfs') return;
        continue;
      }
      this.scheduleRunningRequest(step, request, tokens);
      i++;
    }
  }

  /** Tokens to compute for a running request; 0: it is passed over in this step. */
  private runningTokens(step: StepState, request: EngineRequest): number {
    const { computedTokens, outputPlaceholders } = request;
    // Its last output is certainly under way already.
    if (outputPlaceholders > 0 && computedTokens + 2 - outputPlaceholders >= request.promptTokens + request.maxTokens)
      return 0;
    if (this.currentStep < request.nextDecodeStep) return 0;
    if (step.holdsPrefill && request.prefilling) return 0;
    let tokens = request.knownTokens + request.draftTokens + outputPlaceholders - computedTokens;
    if (step.thresholdTokens > 0) tokens = Math.min(tokens, step.thresholdTokens);
    return Math.min(
      tokens,
      step.budget.tokens,
      step.budget.input - this.slots,
      this.options.maxModelLen - computedTokens - 1,
    );
  }

  private scheduleRunningRequest(step: StepState, request: EngineRequest, tokens: number): void {
    const draftsInReach = tokens + request.computedTokens - request.knownTokens - request.outputPlaceholders;
    const verifiedDrafts = Math.max(0, Math.min(request.draftTokens, draftsInReach));
    request.draftTokens = 0;
    if (request.prefilling) step.carriesRunningPrefill = true;
    this.give(step, request, tokens, verifiedDrafts, null);
  }

  /** The request to preempt: the last admitted, or the least urgent (the first such on an exact tie). */
  private victimIndex(): number {
    let worst = this.running.length - 1;
    if (this.options.schedulingPolicy === 'fcfs') return worst;
    worst = 0;
    for (let i = 1; i < this.running.length; i++) {
      const a = this.running[i]!;
      const b = this.running[worst]!;
      if (a.priority > b.priority || (a.priority === b.priority && a.arrivalTime > b.arrivalTime)) worst = i;
    }
    return worst;
  }

  /** Preemption by recompute: all blocks are given up, what it knows becomes its prompt. */
  private preempt(step: StepState, victim: EngineRequest): void {
    const { scheduled, preempted } = step.batch;
    const index = scheduled.findIndex((entry) => entry.request === victim);
    if (index >= 0) {
      const [undone] = scheduled.splice(index, 1);
      step.budget.tokens += undone!.tokens;
      step.budget.input += undone!.tokens + this.slots;
    }
    this.kv.free(victim);
    victim.status = 'waiting';
    victim.computedTokens = 0;
    victim.draftTokens = 0;
    victim.staleTokens = victim.inFlightTokens;
    victim.outputPlaceholders = 0;
    victim.preemptions++;
    this.waiting.putBack(victim);
    preempted.push(victim);
  }

  private admitWaiting(step: StepState): void {
    const seats = this.options.maxNumActiveSeqs ?? this.options.maxNumSeqs;
    const setAside: EngineRequest[] = [];
    while (step.budget.tokens > 0 && step.budget.input > this.slots && this.running.length < seats) {
      const request = this.waiting.first();
      if (request === undefined) break;
      if (request.staleTokens > 0) setAside.push(this.waiting.takeFirst());
      else if (!this.admit(step, request)) break;
    }
    for (let i = setAside.length - 1; i >= 0; i--) this.waiting.putBack(setAside[i]!);
    if (!step.holdsPrefill) this.capacityBound = this.waiting.length > setAside.length;
  }

  /** Admits the head of the queue. False: it must wait, and everyone behind it (head-of-line blocking). */
  private admit(step: StepState, request: EngineRequest): boolean {
    const hit = this.kv.findCachedPrefix(request);
    const needsPrefill = hit.tokens < request.knownTokens - 1;
    if (step.holdsPrefill && needsPrefill) return false;
    const budget = Math.min(step.budget.tokens, step.budget.input - this.slots);
    let tokens = request.knownTokens - hit.tokens;
    const placeholderDrafts = this.paddingDrafts(step, hit.tokens, tokens);
    if (placeholderDrafts > 0) {
      tokens += placeholderDrafts;
      if (tokens > budget) return false;
    }
    if (step.thresholdTokens > 0) tokens = Math.min(tokens, step.thresholdTokens);
    if (!this.options.enableChunkedPrefill && tokens > budget) return false;
    tokens = Math.min(tokens, budget);
    const watermark = this.running.length > 0 ? this.watermarkBlocks : 0;
    if (!this.kv.allocateAdmitted(request, tokens, hit, watermark)) return false;
    this.waiting.takeFirst();
    this.running.push(request);
    request.status = 'running';
    request.computedTokens = hit.tokens;
    if (needsPrefill) step.carriesAdmittedPrefill = true;
    this.give(step, request, tokens, placeholderDrafts, hit.tokens);
    return true;
  }

  /**
   * A decode batch with drafts has k + 1 tokens for each request; an admitted request with one token left to compute
   * is padded to that with placeholder drafts, which are always rejected.
   */
  private paddingDrafts(step: StepState, hitTokens: number, tokens: number): number {
    const k = this.draftTokens;
    if (k === 0 || tokens !== 1 || step.carriesRunningPrefill) return 0;
    const runningScheduled = step.batch.scheduled.some((entry) => !entry.admitted);
    if (!runningScheduled && hitTokens === 0) return 0;
    return hitTokens + 1 + k + 1 <= this.options.maxModelLen ? k : 0;
  }

  private give(
    step: StepState,
    request: EngineRequest,
    tokens: number,
    verifiedDrafts: number,
    hitTokens: number | null,
  ): void {
    step.budget.tokens -= tokens;
    step.budget.input -= tokens + this.slots;
    const { batch } = step;
    // A drafter with a forward pass proposes nothing in a step in which no scheduled request could use it.
    if (request.computedTokens + tokens >= request.knownTokens && request.outputTokens + 1 < request.maxTokens)
      batch.skipDrafts = false;
    batch.scheduled.push({
      request,
      tokens,
      verifiedDrafts,
      admitted: hitTokens !== null,
      hitTokens: hitTokens ?? 0,
      cachedTokens: request.computedTokens,
      yieldsOutput: false,
    });
  }

  private endStep(step: StepState): void {
    const { scheduled } = step.batch;
    if (scheduled.length > 0) this.nonEmptySteps++;
    if (step.carriesRunningPrefill || step.carriesAdmittedPrefill) this.lastPrefillStep = this.nonEmptySteps;
    for (const entry of scheduled) {
      const { request, tokens } = entry;
      request.computedTokens += tokens;
      request.inFlightTokens += tokens;
      request.prefilling = request.computedTokens < request.knownTokens + request.outputPlaceholders;
      entry.yieldsOutput = !request.prefilling;
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
      this.finish(request);
    }
    if (!outputs.some((output) => output.stopped !== null)) return;
    let kept = 0;
    for (const request of this.running) if (request.status !== 'finished') this.running[kept++] = request;
    this.running.length = kept;
  }

  private finish(request: EngineRequest): void {
    request.status = 'finished';
    this.kv.free(request);
    request.path.release();
    this.requests.delete(request.id);
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

/**
 * Running requests in steady decode, scheduled as one. Each of them gets exactly one token in every schedule call, so
 * what a call and an output change for it is the same for all: their counts are functions of the number of calls and of
 * handled outputs, and nothing of a single member is touched. A member's own fields are brought up to date
 * ("settled") when something happens to it alone: a border of a KV block (`border-buckets.ts`), its end, a preemption, an
 * abort. All other running requests are loose: the scheduler looks at each of them in every call.
 *
 * A member that leaves is entered by name into the batches under way, which held it as one of a number until then.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import type { Batch, ScheduledRequest } from './batch.ts';
import { BorderBuckets, borderPattern, insertBySeat, sortBySeat } from './border-buckets.ts';
import { CohortContexts } from './cohort-contexts.ts';
import { attentionWindow, type EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';

/** Told of a member that leaves, its fields settled. */
export type LeaveReport = (request: EngineRequest) => void;

/** Makes the full blocks of a request's first `tokens` tokens findable, those that are not yet. */
export type CacheBlocks = (request: EngineRequest, tokens: number) => void;

export class DecodeCohort {
  /** The running requests outside of the cohort, in running order. */
  readonly loose: EngineRequest[] = [];
  private readonly options: EngineOptions;
  private readonly reportLeave: LeaveReport | null;
  private readonly cacheBlocks: CacheBlocks | null;
  /** Outputs of a member that are under way when it is scheduled. */
  private readonly lag: 0 | 1;
  private readonly hasWindows: boolean;
  readonly members: EngineRequest[] = [];
  readonly borders: BorderBuckets;
  /** Members by the moment at which they leave by themselves. */
  private readonly leaving = new FastPriorityQueue<EngineRequest>((a, b) => a.leaveKey < b.leaveKey);
  /** Batches with members in them that have not been handled, oldest first. */
  private readonly underWay: Batch[] = [];
  /** Schedule calls that have been made, and the call whose batch was handled last. */
  private calls = 0;
  private handledCall = 0;
  readonly contexts: CohortContexts;
  /** Those that have joined in the call under way. */
  private joined: EngineRequest[] = [];

  /**
   * A cohort for an engine with these settings; null where requests do not decode in step with each other. Full blocks may
   * be left uncached while members grow (`SteadyGrowth`): `cacheBlocks` makes up for it; null: they never are.
   */
  static create(
    options: EngineOptions,
    reportLeave: LeaveReport | null,
    cacheBlocks: CacheBlocks | null,
  ): DecodeCohort | null {
    if (options.speculation !== null || options.pipelineParallelSize > 1) return null;
    const pattern = borderPattern(options, options.asyncScheduling ? 1 : 0);
    return pattern === null ? null : new DecodeCohort(options, new BorderBuckets(pattern), reportLeave, cacheBlocks);
  }

  private constructor(
    options: EngineOptions,
    borders: BorderBuckets,
    reportLeave: LeaveReport | null,
    cacheBlocks: CacheBlocks | null,
  ) {
    this.options = options;
    this.cacheBlocks = cacheBlocks;
    this.borders = borders;
    this.reportLeave = reportLeave;
    this.lag = options.asyncScheduling ? 1 : 0;
    this.contexts = new CohortContexts(this.members, attentionWindow(options));
    this.hasWindows = options.kvGroups.some((group) => group.kind !== 'full');
  }

  get size(): number {
    return this.members.length;
  }

  /** Schedule calls so far. */
  get callsMade(): number {
    return this.calls;
  }

  /** Largest place in the order of admission among the members. */
  isBehindAll(request: EngineRequest): boolean {
    return this.members.every((member) => member.seat < request.seat);
  }

  /** Before the walk of a schedule call: who is passed over from now on leaves, who decodes steadily joins. */
  form(): void {
    if (this.members.length > 0 && this.calls - this.handledCall !== this.lag) this.dissolve();
    this.releaseUntil(2 * (this.calls + 1));
    this.takeIn();
  }

  /** The same in a steady call, to be read only. */
  toGrow(): readonly EngineRequest[] {
    return this.joined.length === 0 && this.borders.hasOneKind ? this.borders.at(this.calls) : this.toVisit();
  }

  /** Loose requests, and members whose KV cache is to be touched in this call, in running order. */
  toVisit(): EngineRequest[] {
    const members = this.borders.at(this.calls);
    const visited = this.loose.slice();
    for (const request of members) {
      this.settle(request);
      visited.push(request);
    }
    for (const request of this.joined) if (request.inCohort && !members.includes(request)) visited.push(request);
    if (this.joined.length > 0) this.joined = [];
    sortBySeat(visited);
    return visited;
  }

  /** After a schedule call: every member has one token more under way, in this batch. */
  advance(batch: Batch): void {
    this.calls = batch.step;
    this.contexts.advance(this.calls);
    if (this.members.length === 0) return;
    batch.cohort = this.contexts.share();
    this.underWay.push(batch);
  }

  /** Takes in the loose requests that decode steadily from the next call on. */
  takeIn(): void {
    const { loose } = this;
    let kept = 0;
    for (let i = 0; i < loose.length; i++) {
      const request = loose[i]!;
      if (!this.join(request)) loose[kept++] = request;
    }
    loose.length = kept;
  }

  /**
   * Schedule calls that can follow in which nobody joins or leaves and no output ends a request, with these batches under
   * way; 0: something else is going on.
   */
  steadyCalls(due: Batch, newest: Batch): number {
    const { members, lag, calls } = this;
    if (this.loose.length > 0 || members.length === 0) return 0;
    if (due.step !== calls - lag || newest.step !== calls) return 0;
    if (!isTame(due) || !isTame(newest)) return 0;
    return Math.max(0, Math.floor((this.leaving.peek()!.leaveKey - 1) / 2) - calls);
  }

  /** These batches hold every member and nobody else, and no member is new. */
  areWhole(due: Batch, newest: Batch): boolean {
    return this.joined.length === 0 && this.isWhole(due) && this.isWhole(newest);
  }

  private isWhole({ scheduled, cohort }: Batch): boolean {
    if (scheduled.length > 0 || cohort === null) return false;
    return cohort.requests === this.members.length && cohort.released.length === 0;
  }

  /**
   * A steady call has been made after the output of `due` was handled. The two objects stay the oldest and the newest batch
   * under way: what `newest` held moves into `due`.
   */
  shift(due: Batch, newest: Batch): void {
    const { scheduled, cohort } = due;
    due.scheduled = newest.scheduled;
    due.cohort = newest.cohort;
    due.step = newest.step;
    this.calls++;
    this.contexts.advance(this.calls);
    if (scheduled.length > 0) scheduled.length = 0;
    newest.scheduled = scheduled;
    newest.cohort = this.contexts.share(cohort);
    newest.step = this.calls;
    this.underWay.length = 0;
    if (due !== newest && due.cohort !== null) this.underWay.push(due);
    this.underWay.push(newest);
  }

  /** Before so many of the steady calls the output of as many batches under way is handled. */
  handleSteadily(calls: number): void {
    this.handledCall += calls;
  }

  /** They have been made. The batches under way stand for those that follow them: they hold the same members. */
  callSteadily(calls: number): void {
    this.calls += calls;
    for (const batch of this.underWay) batch.step += calls;
    this.contexts.advance(this.calls, calls);
  }

  /** What of a batch is to be handled one by one, in running order; members that stop now have left. */
  entriesOf(batch: Batch): readonly ScheduledRequest[] {
    this.releaseUntil(2 * (batch.step + this.lag) + 1);
    const released = batch.cohort?.released;
    if (released === undefined || released.length === 0) return batch.scheduled;
    if (released.length === 1 && batch.scheduled.length === 0) return released;
    return [...batch.scheduled, ...released].sort((a, b) => a.request.seat - b.request.seat);
  }

  /** The batch has been handled: its members have one output more. */
  handled(batch: Batch): void {
    this.handledCall = batch.step;
    while (this.underWay.length > 0 && this.underWay[0]!.step <= batch.step) this.underWay.shift();
  }

  /** Brings a member's own fields up to date. */
  settle(request: EngineRequest): void {
    if (!request.inCohort) return;
    const calls = this.calls - request.trueAtCall;
    const outputs = Math.max(0, this.handledCall - request.trueAtOutput);
    request.trueAtCall = this.calls;
    request.trueAtOutput += outputs;
    request.computedTokens += calls;
    request.inFlightTokens += calls - outputs;
    request.outputTokens += outputs;
    request.knownTokens += outputs;
    if (this.lag === 1) request.outputPlaceholders += calls - outputs;
    if (calls > 0) request.lastYieldStep = this.calls;
  }

  /** Makes up for blocks of members that somebody else could look for. */
  cacheShared(): void {
    for (const request of this.members) {
      if (!request.path.isOutputShared) continue;
      this.settle(request);
      this.cacheFull(request);
    }
  }

  settleAll(): void {
    for (const request of this.members) this.settle(request);
  }

  /** A running request stops running: it is neither a member nor loose any more. */
  remove(request: EngineRequest): void {
    this.release(request);
    const index = this.loose.indexOf(request);
    if (index >= 0) this.loose.splice(index, 1);
  }

  /** All members leave. */
  dissolve(): void {
    if (this.members.length === 0) return;
    for (const request of this.members) {
      this.enterByName(request);
      this.loose.push(request);
    }
    this.loose.sort((a, b) => a.seat - b.seat);
    this.members.length = 0;
    this.joined = [];
    this.borders.clear();
    this.leaving.heapify([]);
    this.contexts.clear();
  }

  /** Members of a batch that has not been handled, for those who want to see them by name. */
  membersIn(batch: Batch): EngineRequest[] {
    if (batch.cohort === null) return [];
    return this.members.filter((request) => request.joinedAfter < batch.step);
  }

  /** Takes in a loose request if it decodes steadily from this call on. */
  private join(request: EngineRequest): boolean {
    const leaveKey = this.isSteady(request) ? this.leaveKeyOf(request) : 0;
    if (leaveKey <= 2 * (this.calls + 1)) return false;
    request.inCohort = true;
    request.joinedAfter = this.calls;
    request.trueAtCall = this.calls;
    request.trueAtOutput = this.calls;
    request.leaveKey = leaveKey;
    request.contextOffset = request.computedTokens - this.calls;
    request.memberIndex = this.members.length;
    this.members.push(request);
    this.borders.add(request);
    this.leaving.add(request);
    this.joined.push(request);
    this.contexts.add(request);
    return true;
  }

  /** Its last token was scheduled in the last call, and it is just one token short of what is known or under way. */
  private isSteady(request: EngineRequest): boolean {
    if (request.lastYieldStep !== this.calls || request.staleTokens > 0 || request.prefilling) return false;
    if (request.outputPlaceholders !== this.lag) return false;
    if (this.hasWindows && request.inFlightTokens !== this.lag) return false;
    return request.knownTokens + request.outputPlaceholders - request.computedTokens === 1;
  }

  /**
   * The moment at which a request that joins now leaves: 2 c before the walk of call c, 2 c + 1 before the first batch
   * that is handled after it; 0: at once.
   */
  private leaveKeyOf(request: EngineRequest): number {
    const { promptTokens, maxTokens, computedTokens, endTokenAt, markedOutput } = request;
    const { maxModelLen } = this.options;
    const nextCall = this.calls + 1;
    const certainOutputs = request.outputTokens + this.lag;
    const atOutput = (output: number) => 2 * (this.calls + output - certainOutputs + this.lag) + 1;
    const lengthTokens = Math.min(promptTokens + maxTokens, maxModelLen);
    let key =
      this.lag === 1 ? 2 * (nextCall + lengthTokens - 1 - computedTokens) : atOutput(lengthTokens - promptTokens);
    if (endTokenAt !== null) {
      if (endTokenAt <= certainOutputs) return 0;
      key = Math.min(key, atOutput(endTokenAt));
    }
    if (markedOutput > certainOutputs) key = Math.min(key, atOutput(markedOutput));
    return key;
  }

  private releaseUntil(key: number): void {
    while (!this.leaving.isEmpty() && this.leaving.peek()!.leaveKey <= key) this.leave(this.leaving.poll()!);
  }

  /** A member becomes loose. */
  private release(request: EngineRequest): void {
    if (!request.inCohort) return;
    this.leaving.removeOne((other) => other === request);
    this.leave(request);
  }

  private leave(request: EngineRequest): void {
    this.enterByName(request);
    const last = this.members.pop()!;
    if (last !== request) {
      this.members[request.memberIndex] = last;
      last.memberIndex = request.memberIndex;
    }
    this.borders.remove(request);
    this.contexts.remove(request);
    insertBySeat(this.loose, request);
  }

  /** Makes findable what the calls so far would have, of a member that is settled. */
  private cacheFull(request: EngineRequest): void {
    this.cacheBlocks?.(request, request.computedTokens - this.lag);
  }

  /** Settles a member and replaces it in the batches under way by an entry of its own. */
  private enterByName(request: EngineRequest): void {
    this.settle(request);
    this.cacheFull(request);
    request.inCohort = false;
    for (const { step, cohort } of this.underWay) {
      if (step <= request.trueAtOutput) continue;
      cohort!.decoding--;
      cohort!.released.push(decodeEntry(request));
    }
    if (this.handledCall > request.joinedAfter) this.reportLeave?.(request);
  }
}

/** Handling its output ends no request: who is in it by name has ended before, or is a member by now. */
function isTame({ scheduled, cohort }: Batch): boolean {
  return scheduled.every(isHarmless) && (cohort === null || cohort.released.every(isHarmless));
}

function isHarmless({ request }: ScheduledRequest): boolean {
  return request.inCohort || request.status === 'finished';
}

/** A request of the cohort in a batch, by name. */
export function decodeEntry(request: EngineRequest): ScheduledRequest {
  return {
    request,
    tokens: 1,
    verifiedDrafts: 0,
    admitted: false,
    hitTokens: 0,
    cachedTokens: request.computedTokens - 1,
    yieldsOutput: true,
  };
}

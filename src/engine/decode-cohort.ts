/**
 * Running requests in steady decode, scheduled as one. Each of them gets exactly one token in every schedule call, so
 * what a call and an output change for it is the same for all: their counts are functions of the number of calls and of
 * handled outputs (`cohort-calls.ts`), and nothing of a single member is touched. A member's own fields are brought up to date
 * ("settled") when something happens to it alone: a border of a KV block that has a number (`border-buckets.ts`), its end, a
 * preemption, an abort. All other running requests are loose: the scheduler looks at each of them in every call.
 *
 * A member that leaves is entered by name into the batches under way, which held it as one of a number until then.
 */
import { takeOut } from '../core/take-out.ts';
import type { Batch, ScheduledRequest } from './batch.ts';
import { type BorderPattern, borderPattern, insertBySeat, sortBySeat } from './border-buckets.ts';
import { CohortCalls, isTame, sortEntries } from './cohort-calls.ts';
import { CohortMembers } from './cohort-members.ts';
import { attentionWindow, type EngineOptions } from './options.ts';
import type { EngineRequest } from './request-state.ts';
import { afterCall, beforeCall, callBefore, isSteady, steadyUntil } from './steady-decode.ts';

/** Told of a member that leaves, its fields settled. */
export type LeaveReport = (request: EngineRequest) => void;

/** Makes the full blocks of a request's first `tokens` tokens findable, those that are not yet. */
export type CacheBlocks = (request: EngineRequest, tokens: number) => void;

export class DecodeCohort {
  /** The running requests outside of the cohort, in running order. */
  readonly loose: EngineRequest[] = [];
  readonly members: CohortMembers;
  private readonly calls: CohortCalls;
  /** Those that have joined since the last call that looked at members. */
  private readonly joined: EngineRequest[] = [];
  private readonly maxModelLen: number;
  private readonly hasWindows: boolean;
  private readonly blockSize: number;
  private readonly reportLeave: LeaveReport | null;
  private readonly cacheBlocks: CacheBlocks | null;

  /**
   * A cohort for an engine with these settings; null where requests do not decode in step with each other. Full blocks may
   * be left uncached while members grow (`SteadyGrowth`, `growTogether`): `cacheBlocks` makes up for it; null: they never are.
   */
  static create(
    options: EngineOptions,
    reportLeave: LeaveReport | null,
    cacheBlocks: CacheBlocks | null,
  ): DecodeCohort | null {
    if (options.speculation !== null || options.pipelineParallelSize > 1) return null;
    const pattern = borderPattern(options, options.asyncScheduling ? 1 : 0);
    return pattern === null ? null : new DecodeCohort(options, pattern, reportLeave, cacheBlocks);
  }

  private constructor(
    options: EngineOptions,
    pattern: BorderPattern,
    reportLeave: LeaveReport | null,
    cacheBlocks: CacheBlocks | null,
  ) {
    this.members = new CohortMembers(options, pattern);
    this.calls = new CohortCalls(options.asyncScheduling ? 1 : 0);
    this.reportLeave = reportLeave;
    this.cacheBlocks = cacheBlocks;
    this.maxModelLen = options.maxModelLen;
    this.hasWindows = attentionWindow(options) !== null;
    this.blockSize = options.kvGroups[0]!.blockSize;
  }

  get size(): number {
    return this.members.list.length;
  }

  /** Schedule calls so far. */
  get callsMade(): number {
    return this.calls.made;
  }

  /** A request that comes after every member in the order of admission. */
  isBehindAll(request: EngineRequest): boolean {
    return this.members.list.every((member) => member.seat < request.seat);
  }

  /** Before the walk of a schedule call: who is passed over from now on leaves, who decodes steadily joins. */
  form(): void {
    if (this.size > 0 && !this.calls.areInStep) this.dissolve();
    this.letLeave(beforeCall(this.calls.made + 1));
    this.takeIn();
  }

  /** Takes in the loose requests that decode steadily from the next call on. */
  takeIn(): void {
    const { loose } = this;
    let kept = 0;
    for (let i = 0; i < loose.length; i++) {
      const request = loose[i]!;
      if (!this.join(request)) loose[kept++] = request;
    }
    while (loose.length > kept) loose.pop();
  }

  /** Loose requests, and members whose KV cache is to be touched in this call, in running order. */
  toVisit(): EngineRequest[] {
    const atBorder = this.members.borders.at(this.calls.made);
    const visited = this.loose.slice();
    for (const request of atBorder) {
      this.settle(request);
      visited.push(request);
    }
    for (const request of this.joined) if (request.inCohort && !atBorder.includes(request)) visited.push(request);
    this.haveGrown();
    sortBySeat(visited);
    return visited;
  }

  /** KV blocks that its members need in this call, all together. */
  get blocksNeeded(): number {
    return this.members.borders.blocksAt(this.calls.made);
  }

  /** They have got them without being looked at one by one. */
  haveGrown(): void {
    while (this.joined.length > 0) this.joined.pop();
  }

  /** The same as `toVisit` in a steady call, to be read only. */
  toGrow(): readonly EngineRequest[] {
    const { borders } = this.members;
    return this.joined.length === 0 && borders.hasOneKind ? borders.at(this.calls.made) : this.toVisit();
  }

  /** After a schedule call: every member has one token more under way, in this batch. */
  advance(batch: Batch): void {
    this.calls.made = batch.step;
    this.members.contexts.advance(batch.step);
    if (this.size === 0) return;
    batch.cohort = this.members.contexts.share();
    this.calls.enter(batch);
  }

  /** What of a batch is to be handled one by one, in running order; members that stop now have left. */
  entriesOf(batch: Batch): readonly ScheduledRequest[] {
    this.letLeave(afterCall(batch.step + this.calls.lag));
    const released = batch.cohort?.released;
    if (released === undefined || released.length === 0) return batch.scheduled;
    if (released.length === 1 && batch.scheduled.length === 0) return released;
    const entries = [...batch.scheduled, ...released];
    sortEntries(entries);
    return entries;
  }

  /** The batch has been handled: its members have one output more. */
  handled(batch: Batch): void {
    this.calls.handle(batch);
  }

  /**
   * Schedule calls that can follow in which nobody joins or leaves and no output ends a request, with these batches under
   * way; 0: something else is going on.
   */
  steadyCalls(due: Batch, newest: Batch): number {
    return this.calls.areLast(due, newest) && isTame(due) ? this.callsAlone : 0;
  }

  /** The same right after the output of `handled`. */
  steadyCallsAfter(handled: Batch, newest: Batch): number {
    return this.calls.areLast(handled, newest) ? this.callsAlone : 0;
  }

  private get callsAlone(): number {
    if (this.loose.length > 0 || this.size === 0) return 0;
    return Math.max(0, callBefore(this.members.firstLeavesAt) - this.calls.made);
  }

  /** These batches hold every member and nobody else, and no member is new. */
  areWhole(due: Batch, newest: Batch): boolean {
    return this.joined.length === 0 && this.isWhole(due) && this.isWhole(newest);
  }

  /** A steady call has been made after the output of `due` was handled; the two stay the batches under way. */
  shift(due: Batch, newest: Batch): void {
    const used = this.calls.shift(due, newest);
    this.members.contexts.advance(this.calls.made);
    newest.cohort = this.members.contexts.share(used);
  }

  /** Before so many of the steady calls the output of as many whole batches is handled. */
  handleSteadily(calls: number): void {
    this.calls.handled += calls;
  }

  /** They have been made. */
  callSteadily(calls: number): void {
    this.calls.skip(calls);
    this.members.contexts.advance(this.calls.made, calls);
  }

  /** Brings a request's own fields up to date. */
  settle(request: EngineRequest): void {
    if (!request.inCohort) return;
    this.calls.settle(request);
    if (this.hasWindows) return;
    // Blocks without numbers may have been taken for it without a look at it.
    const table = request.blockTables[0]!;
    const blocks = Math.ceil(request.computedTokens / this.blockSize);
    if (blocks > table.length) table.length = blocks;
  }

  settleAll(): void {
    for (const request of this.members.list) this.settle(request);
  }

  /** Makes up for blocks of members that somebody else could look for. */
  cacheShared(): void {
    for (const request of this.members.list) {
      if (!request.path.isOutputShared) continue;
      this.settle(request);
      this.cacheFull(request);
    }
  }

  /** A running request stops running: it is neither a member nor loose any more. */
  remove(request: EngineRequest): void {
    if (request.inCohort) {
      this.members.remove(request);
      this.enterByName(request);
      return;
    }
    takeOut(this.loose, request);
  }

  /** All members leave. */
  dissolve(): void {
    if (this.size === 0) return;
    for (const request of this.members.list) {
      this.enterByName(request);
      this.loose.push(request);
    }
    this.loose.sort((a, b) => a.seat - b.seat);
    this.haveGrown();
    this.members.clear();
  }

  private isWhole({ scheduled, cohort }: Batch): boolean {
    if (scheduled.length > 0 || cohort === null) return false;
    return cohort.requests === this.size && cohort.released.length === 0;
  }

  /** Takes in a loose request if it decodes steadily from the next call on. */
  private join(request: EngineRequest): boolean {
    const { made, lag } = this.calls;
    if (!isSteady(request, made, lag, this.hasWindows)) return false;
    const leavesAt = steadyUntil(request, made, lag, this.maxModelLen);
    if (leavesAt <= beforeCall(made + 1)) return false;
    this.members.add(request, made, leavesAt);
    this.joined.push(request);
    return true;
  }

  /** Members that leave by themselves until `moment` become loose. */
  private letLeave(moment: number): void {
    for (let request = this.members.removeUntil(moment); request !== null; request = this.members.removeUntil(moment)) {
      this.enterByName(request);
      insertBySeat(this.loose, request);
    }
  }

  /** Settles a member, whom the batches under way hold by name from now on. */
  private enterByName(request: EngineRequest): void {
    this.settle(request);
    this.cacheFull(request);
    request.inCohort = false;
    this.calls.enterByName(request);
    if (this.calls.handled > request.joinedAfter) this.reportLeave?.(request);
  }

  /** Makes findable what the calls so far would have, of a member that is settled. */
  private cacheFull(request: EngineRequest): void {
    this.cacheBlocks?.(request, request.computedTokens - this.calls.lag);
  }
}

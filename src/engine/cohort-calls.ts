/**
 * The schedule calls of a decode cohort: how many there were, the batches of those whose output is still to come, and the
 * call whose output was handled last. A call gives every member one token, an output every member one more that is known, so
 * that a member's counts follow from these numbers and from those at which they were true.
 */
import type { Batch, CohortShare, ScheduledRequest } from './batch.ts';
import type { EngineRequest } from './request-state.ts';

export class CohortCalls {
  /** Outputs of a member that are under way when it is scheduled. */
  readonly lag: 0 | 1;
  /** Calls that have been made. */
  made = 0;
  /** The call whose batch was handled last. */
  handled = 0;
  /** Batches with members in them that have not been handled, oldest first. */
  private readonly underWay: Batch[] = [];

  constructor(lag: 0 | 1) {
    this.lag = lag;
  }

  /** As many outputs are under way as in a row of calls that each follow the output of the one before. */
  get areInStep(): boolean {
    return this.made - this.handled === this.lag;
  }

  /**
   * These are the batches of the last two calls; without outputs that are under way, both are that of the last. Whoever is in the
   * newest by name runs still, or has ended.
   */
  areLast(before: Batch, newest: Batch): boolean {
    return before.step === this.made - this.lag && newest.step === this.made;
  }

  /** A batch with members in it was scheduled. */
  enter(batch: Batch): void {
    this.underWay.push(batch);
  }

  /** The output of a batch has been handled. */
  handle({ step }: Batch): void {
    this.handled = step;
    while (this.underWay.length > 0 && this.underWay[0]!.step <= step) this.underWay.shift();
  }

  /**
   * A call was made after the output of `due` was handled. The two objects stay the oldest and the newest batch under way:
   * what `newest` held moves into `due`. Returns the share that was handled, which nobody needs any more.
   */
  shift(due: Batch, newest: Batch): CohortShare | null {
    const { scheduled, cohort } = due;
    due.scheduled = newest.scheduled;
    due.cohort = newest.cohort;
    due.step = newest.step;
    this.made++;
    while (scheduled.length > 0) scheduled.pop();
    newest.scheduled = scheduled;
    newest.step = this.made;
    while (this.underWay.length > 0) this.underWay.pop();
    if (due !== newest && due.cohort !== null) this.underWay.push(due);
    this.underWay.push(newest);
    return cohort;
  }

  /** So many calls were made. The batches under way stand for those that follow them: they hold the same members. */
  skip(calls: number): void {
    this.made += calls;
    for (const batch of this.underWay) batch.step += calls;
  }

  /** Brings a member's own fields up to date. */
  settle(request: EngineRequest): void {
    const calls = this.made - request.trueAtCall;
    const outputs = Math.max(0, this.handled - request.trueAtOutput);
    request.trueAtCall = this.made;
    request.trueAtOutput += outputs;
    request.computedTokens += calls;
    request.inFlightTokens += calls - outputs;
    request.outputTokens += outputs;
    request.knownTokens += outputs;
    if (this.lag === 1) request.outputPlaceholders += calls - outputs;
    if (calls > 0) request.lastYieldStep = this.made;
  }

  /** Replaces a settled member by an entry of its own in the batches that held it as one of a number. */
  enterByName(request: EngineRequest): void {
    for (const { step, cohort } of this.underWay) {
      if (step <= request.trueAtOutput) continue;
      cohort!.decoding--;
      const entry = decodeEntry(request);
      // Most often it is the only one, and a push makes room for sixteen more.
      if (cohort!.released.length === 0) cohort!.released = [entry];
      else cohort!.released.push(entry);
    }
  }
}

/** Handling it ends nobody: who is in it by name has ended before, or is a member by now. */
export function isTame(batch: Batch): boolean {
  return everyNamed(batch, isMemberOrEnded);
}

/** Its output is that of members: who is in it by name has ended before. */
export function isOfMembers(batch: Batch): boolean {
  return batch.cohort !== null && everyNamed(batch, hasEnded);
}

function everyNamed({ scheduled, cohort }: Batch, holds: (entry: ScheduledRequest) => boolean): boolean {
  return scheduled.every(holds) && (cohort === null || cohort.released.every(holds));
}

function isMemberOrEnded(entry: ScheduledRequest): boolean {
  return entry.request.inCohort || hasEnded(entry);
}

function hasEnded({ request }: ScheduledRequest): boolean {
  return request.status === 'finished';
}

/** A member in a batch, by name. */
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

/** Into running order; by insertion while they are few, because a library sort makes lists of its own. */
export function sortEntries(entries: ScheduledRequest[]): void {
  if (entries.length > 32) entries.sort((a, b) => a.request.seat - b.request.seat);
  else
    for (let i = 1; i < entries.length; i++) {
      const entry = entries[i]!;
      let j = i;
      for (; j > 0 && entries[j - 1]!.request.seat > entry.request.seat; j--) entries[j] = entries[j - 1]!;
      entries[j] = entry;
    }
}

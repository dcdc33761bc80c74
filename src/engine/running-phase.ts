/**
 * The first phase of a schedule call (vLLM 0.33: the loop over `self.running` in Scheduler.schedule): requests that run
 * get their tokens in order of admission, and where the KV cache has no room for one, another is preempted.
 */
import { takeOut } from '../core/take-out.ts';
import type { DecodeCohort } from './decode-cohort.ts';
import type { EngineRequest } from './request-state.ts';
import { give, isSpent, type Queues, type ScheduleStep, takeBack } from './schedule-step.ts';

export function scheduleRunning(queues: Queues, step: ScheduleStep): void {
  const { kv, running, options } = queues;
  const visited = toVisit(queues, step);
  const visitsAll = visited === running;
  const cachesMembersLater = queues.cohort !== null && !kv.pool.isNumbered && queues.growsAlone;
  for (let i = 0; i < visited.length && !(visitsAll && isSpent(step.budget)); ) {
    const request = visited[i]!;
    const tokens = request.inCohort ? 1 : runningTokens(queues, step, request);
    if (tokens === 0) {
      i++;
      continue;
    }
    let preemptedItself = false;
    while (!preemptedItself && !kv.allocateRunning(request, tokens, cachesMembersLater && request.inCohort)) {
      const victim = victimOf(queues);
      const place = visited.indexOf(victim);
      preempt(queues, step, victim);
      if (!visitsAll && place >= 0) visited.splice(place, 1);
      // Under priority the victim can stand before the current request, which then moves down by one.
      if (place >= 0 && place < i) i--;
      preemptedItself = victim === request;
    }
    if (preemptedItself) {
      if (options.schedulingPolicy === 'fcfs') return;
      continue;
    }
    if (!request.inCohort) scheduleRequest(step, request, tokens);
    i++;
  }
}

/** It does not run any more. */
export function stopRunning({ running, cohort }: Queues, request: EngineRequest): void {
  takeOut(running, request);
  cohort?.remove(request);
}

/** The requests to look at in this call: all that run, but for those of the decode cohort for which nothing has to be done alone. */
function toVisit(queues: Queues, step: ScheduleStep): EngineRequest[] {
  const { cohort, running, kv, options } = queues;
  if (cohort === null) return running;
  if (cohortFits(queues, step, cohort)) {
    if (growTogether(queues, step, cohort)) return cohort.loose;
    const visited = cohort.toVisit();
    // First come, first served: the victim is the last that runs, so whoever comes before it has been scheduled.
    if (options.schedulingPolicy === 'fcfs' || demandOf(queues, step, visited) <= kv.pool.freeBlocks) {
      giveToMembers(step, cohort);
      return visited;
    }
  }
  cohort.dissolve();
  return running;
}

function giveToMembers({ budget }: ScheduleStep, { size }: DecodeCohort): void {
  budget.tokens -= size;
  budget.input -= size;
}

/**
 * Gives all members a token, and the blocks that they need for it. True: who is left to be looked at are the loose requests,
 * none of which leaves in this call. False: it cannot be done, since blocks have numbers, or somebody else may lack one.
 */
function growTogether(queues: Queues, step: ScheduleStep, cohort: DecodeCohort): boolean {
  const { kv, running, options } = queues;
  const { pool } = kv;
  if (pool.isNumbered || !queues.growsAlone) return false;
  if (options.schedulingPolicy !== 'fcfs' || cohort.loose.length > 0) {
    if (cohort.blocksNeeded + demandOf(queues, step, cohort.loose) > pool.freeBlocks) return false;
  }
  giveToMembers(step, cohort);
  cohort.haveGrown();
  let given = 0;
  while (given < cohort.blocksNeeded) {
    // Only first come, first served, and with members alone: the last of them has not had its turn, in running order.
    if (pool.freeBlocks === 0) preempt(queues, step, running.at(-1)!);
    const blocks = Math.min(cohort.blocksNeeded - given, pool.freeBlocks);
    pool.takeBlank(blocks);
    given += blocks;
  }
  return true;
}

/**
 * Whether all members get their token, and whoever gets less than it wants comes after all of them, so that the order
 * of members and others does not matter.
 */
function cohortFits({ running }: Queues, step: ScheduleStep, cohort: DecodeCohort): boolean {
  let left = Math.min(step.budget.tokens, step.budget.input);
  if (left < running.length) return false;
  cohort.form();
  left -= cohort.size;
  for (const request of cohort.loose) {
    left -= wantedTokens(step, request);
    if (left < 0) return cohort.isBehindAll(request);
  }
  return true;
}

/** KV blocks that these requests need in this call. */
function demandOf({ kv }: Queues, step: ScheduleStep, requests: readonly EngineRequest[]): number {
  let demand = 0;
  for (const request of requests) demand += kv.demandOf(request, request.inCohort ? 1 : wantedTokens(step, request));
  return demand;
}

/** Tokens to compute for a running request; 0: it is passed over in this step. */
function runningTokens({ options }: Queues, step: ScheduleStep, request: EngineRequest): number {
  const { tokens, input, slots } = step.budget;
  const room = options.maxModelLen - request.computedTokens - 1;
  return Math.min(wantedTokens(step, request), tokens, input - slots, room);
}

/** What it would compute if the budget did not end. */
function wantedTokens({ batch, holdsPrefill, thresholdTokens }: ScheduleStep, request: EngineRequest): number {
  const { computedTokens, outputPlaceholders } = request;
  // Its last output is certainly under way already.
  if (outputPlaceholders > 0 && computedTokens + 2 - outputPlaceholders >= request.promptTokens + request.maxTokens)
    return 0;
  if (batch.step < request.nextDecodeStep) return 0;
  if (holdsPrefill && request.prefilling) return 0;
  const tokens = request.knownTokens + request.draftTokens + outputPlaceholders - computedTokens;
  return thresholdTokens > 0 ? Math.min(tokens, thresholdTokens) : tokens;
}

function scheduleRequest(step: ScheduleStep, request: EngineRequest, tokens: number): void {
  const draftsInReach = tokens + request.computedTokens - request.knownTokens - request.outputPlaceholders;
  const verifiedDrafts = Math.max(0, Math.min(request.draftTokens, draftsInReach));
  request.draftTokens = 0;
  if (request.prefilling) step.carriesRunningPrefill = true;
  give(step, request, tokens, verifiedDrafts, null);
}

/** The request to preempt: the last admitted, or the least urgent (the first such on an exact tie). */
function victimOf({ running, options }: Queues): EngineRequest {
  if (options.schedulingPolicy === 'fcfs') return running.at(-1)!;
  let worst = running[0]!;
  for (const request of running) {
    const later = request.priority === worst.priority && request.arrivalTime > worst.arrivalTime;
    if (request.priority > worst.priority || later) worst = request;
  }
  return worst;
}

/** Preemption by recompute: all blocks are given up, what it knows becomes its prompt. */
function preempt(queues: Queues, step: ScheduleStep, victim: EngineRequest): void {
  // The cohort was given a token for it, though it had not had its turn yet.
  if (victim.inCohort) {
    step.budget.tokens++;
    step.budget.input++;
  }
  stopRunning(queues, victim);
  takeBack(step, victim);
  queues.kv.free(victim);
  victim.status = 'waiting';
  victim.computedTokens = 0;
  victim.draftTokens = 0;
  victim.staleTokens = victim.inFlightTokens;
  victim.outputPlaceholders = 0;
  victim.preemptions++;
  queues.waiting.putBack(victim);
  step.batch.preempted.push(victim);
}

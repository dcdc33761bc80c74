/**
 * What the decode cohort did, request by request: the same lists as without it, for those who compare every decision with
 * a recorded one.
 */
import type { Batch, RequestOutput, ScheduledRequest } from './batch.ts';
import { decodeEntry } from './cohort-calls.ts';
import type { DecodeCohort } from './decode-cohort.ts';
import type { EngineRequest } from './request-state.ts';
import type { Scheduler } from './scheduler.ts';

/** Everyone in a batch that was just scheduled, in running order. */
export function scheduledByName({ cohort }: Scheduler, batch: Batch): readonly ScheduledRequest[] {
  const members = membersIn(cohort, batch);
  if (members.length === 0) return batch.scheduled;
  cohort!.settleAll();
  return [...batch.scheduled, ...members.map(decodeEntry)].sort((a, b) => a.request.seat - b.request.seat);
}

/** Handles a batch's output and returns everyone's, in running order. */
export function updateByName(scheduler: Scheduler, batch: Batch): RequestOutput[] {
  const { cohort } = scheduler;
  const before = new Set(membersIn(cohort, batch));
  const outputs = scheduler.update(batch);
  if (before.size === 0) return outputs;
  cohort!.settleAll();
  const inBulk = [...before].filter((request) => request.inCohort);
  const bulk = { tokens: 1, stopped: null, verifiedDrafts: 0, acceptedDrafts: 0 };
  return [...outputs, ...inBulk.map((request) => ({ request, ...bulk }))].sort(
    (a, b) => a.request.seat - b.request.seat,
  );
}

/** Members that have been in this batch, which has not been handled, as one of a number. */
function membersIn(cohort: DecodeCohort | null, batch: Batch): EngineRequest[] {
  if (cohort === null || batch.cohort === null) return [];
  return cohort.members.list.filter((request) => request.joinedAfter < batch.step);
}

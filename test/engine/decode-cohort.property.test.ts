import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduledByName } from '../../src/engine/cohort-by-name.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import type { Scheduler } from '../../src/engine/scheduler.ts';
import { drive, type RandomRun, READABLE, randomRun, type StepReport, type Ways } from './random-engine.ts';

const runs = { numRuns: Number(process.env.SERVESIM_EQUALITY_RUNS ?? 150) };

/** Everything that one step decided and left behind. `ids`: which blocks are where, not only how many. */
function written({ scheduler, scheduled, outputs }: StepReport, ids: boolean): unknown {
  const everyone = scheduled === null ? [] : scheduledByName(scheduler, scheduled);
  scheduler.cohort?.settleAll();
  return {
    scheduled: everyone.map((entry) => ({ ...entry, request: entry.request.index })),
    preempted: scheduled?.preempted.map(({ index }) => index),
    outputs: outputs.map((output) => ({ ...output, request: output.request.index })),
    running: scheduler.running.map((request) => stateOf(request, ids)),
    waiting: scheduler.waiting.toArray().map((request) => stateOf(request, ids)),
    free: freeIn(scheduler, ids),
  };
}

function freeIn({ kv }: Scheduler, ids: boolean): unknown {
  return ids ? kv.pool.freeOrder() : kv.pool.freeBlocks;
}

function stateOf(request: EngineRequest, ids: boolean): unknown {
  const { index, status, knownTokens, computedTokens, draftTokens, outputPlaceholders, inFlightTokens } = request;
  const { staleTokens, prefilling, outputTokens, preemptions, junctionTokens, blockTables, cachedBlocks } = request;
  const counts = [knownTokens, computedTokens, draftTokens, outputPlaceholders, inFlightTokens, staleTokens];
  const more = [outputTokens, preemptions, junctionTokens, prefilling, status];
  if (ids) return [index, counts, more, blockTables.map((table) => [...table.ids]), [...cachedBlocks]];
  // Without numbers a member's blocks are made findable later, though before anybody looks: hits tell.
  return [index, counts, more, blockTables.map((table) => table.length)];
}

/** `settles`: members are looked at after every step, which brings their counts up to date; else only at the end. */
function journal(run: RandomRun, ways: Ways, settles: boolean, ids = true): unknown[] {
  const steps: unknown[] = [];
  const ended = drive(
    run,
    (step) => {
      const brief = () => [step.scheduler.running.map(({ index }) => index), freeIn(step.scheduler, ids)];
      steps.push(settles ? written(step, ids) : brief());
    },
    ways,
  );
  return [ended, ...steps];
}

const COHORT: Ways = { decodeCohort: true, blockNumbers: true };
const UNNUMBERED: Ways = { decodeCohort: false, blockNumbers: false };
const SIMULATED: Ways = { decodeCohort: true, blockNumbers: false };

describe('with and without a decode cohort', () => {
  it('every call schedules the same tokens for the same requests, and every block is in the same place', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, COHORT, true)).toEqual(journal(run, READABLE, true));
      }),
      runs,
    );
  });

  it('the same requests run and the same blocks are free after every call, looked at or not', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, COHORT, false)).toEqual(journal(run, READABLE, false));
      }),
      runs,
    );
  });
});

describe('with and without numbers of blocks', () => {
  it.each([
    ['every request looked at', UNNUMBERED],
    ['a decode cohort', SIMULATED],
  ])('every call schedules the same tokens with the same hits, and as many blocks are held and free: %s', (_, ways) => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, ways, true, false)).toEqual(journal(run, READABLE, true, false));
      }),
      runs,
    );
  });

  it('the same requests run and as many blocks are free after every call, looked at or not', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, SIMULATED, false, false)).toEqual(journal(run, READABLE, false, false));
      }),
      runs,
    );
  });
});

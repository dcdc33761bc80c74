import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduledByName } from '../../src/engine/cohort-by-name.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import { drive, type RandomRun, randomRun, type StepReport } from './random-engine.ts';

const runs = { numRuns: Number(process.env.SERVESIM_EQUALITY_RUNS ?? 150) };

/** Everything that one step decided and left behind. */
function written({ scheduler, scheduled, outputs }: StepReport): unknown {
  const everyone = scheduled === null ? [] : scheduledByName(scheduler, scheduled);
  scheduler.cohort?.settleAll();
  return {
    scheduled: everyone.map((entry) => ({ ...entry, request: entry.request.index })),
    preempted: scheduled?.preempted.map(({ index }) => index),
    outputs: outputs.map((output) => ({ ...output, request: output.request.index })),
    running: scheduler.running.map(stateOf),
    waiting: scheduler.waiting.toArray().map(stateOf),
    free: scheduler.kv.pool.freeOrder(),
  };
}

function stateOf(request: EngineRequest): unknown {
  const { index, status, knownTokens, computedTokens, draftTokens, outputPlaceholders, inFlightTokens } = request;
  const { staleTokens, prefilling, outputTokens, preemptions, junctionTokens, blockTables, cachedBlocks } = request;
  const counts = [knownTokens, computedTokens, draftTokens, outputPlaceholders, inFlightTokens, staleTokens];
  const more = [outputTokens, preemptions, junctionTokens, prefilling, status];
  return [index, counts, more, blockTables.map((table) => [...table]), [...cachedBlocks]];
}

/** `settles`: members are looked at after every step, which brings their counts up to date; else only at the end. */
function journal(run: RandomRun, decodeCohort: boolean, settles: boolean): unknown[] {
  const steps: unknown[] = [];
  const ended = drive(
    run,
    (step) => {
      const brief = () => [step.scheduler.running.map(({ index }) => index), step.scheduler.kv.pool.freeOrder()];
      steps.push(settles ? written(step) : brief());
    },
    decodeCohort,
  );
  return [ended, ...steps];
}

describe('with and without a decode cohort', () => {
  it('every call schedules the same tokens for the same requests, and every block is in the same place', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, true, true)).toEqual(journal(run, false, true));
      }),
      runs,
    );
  });

  it('the same requests run and the same blocks are free after every call, looked at or not', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        expect(journal(run, true, false)).toEqual(journal(run, false, false));
      }),
      runs,
    );
  });
});

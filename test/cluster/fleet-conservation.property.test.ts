import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FINISH_REASONS } from '../../src/record/run-record.ts';
import type { Request } from '../../src/workload/request.ts';
import { type ClusterOutcome, cluster, load, type RandomCluster, runCluster } from './random-cluster.ts';

/** `SERVESIM_CLUSTER_RUNS=1000` makes it long. */
const runs = { numRuns: Number(process.env.SERVESIM_CLUSTER_RUNS ?? 100) };

it('whatever befalls a fleet, no request is lost or answered twice', async () => {
  await fc.assert(
    fc.asyncProperty(load, cluster, async (requests, settings) => {
      const outcome = await runCluster(requests, settings);
      checkEnds(outcome, requests);
      checkAnswers(outcome, requests, settings);
      checkTimes(outcome, requests);
      checkTokens(outcome);
    }),
    runs,
  );
});

it('whatever befalls a fleet, decode cohorts leave the same record', async () => {
  await fc.assert(
    fc.asyncProperty(load, cluster, async (requests, settings) => {
      const [withCohorts, without] = [
        await runCluster(requests, settings),
        await runCluster(requests, settings, false),
      ];
      expect(comparable(withCohorts)).toEqual(comparable(without));
    }),
    runs,
  );
});

/** How the simulation went about it is the one thing in which the two differ. */
function comparable({ record, ...rest }: ClusterOutcome) {
  return { ...rest, record: { ...record, totals: { ...record.totals, stepsRunAhead: 0 } } };
}

/** Everybody has arrived and has one end; who has none waits for ever, and it is said why. */
function checkEnds({ record, fleet }: ClusterOutcome, load: readonly Request[]): void {
  const { conservation, stuck } = record.totals;
  const { arrived, finished, rejected, aborted, timedOut, lost, waiting, running, blocksInUse } = conservation;
  expect(arrived).toBe(stuck === null ? load.length : record.requests.count);
  expect(finished + rejected + aborted + timedOut + lost + waiting + running).toBe(arrived);
  expect(aborted).toBe(0);
  expect(running).toBe(0);
  if (stuck === null) expect([waiting, blocksInUse]).toEqual([0, 0]);
  expect([fleet.timedOut, fleet.gaveUp]).toEqual([timedOut, lost]);
}

function checkAnswers({ record, answers }: ClusterOutcome, load: readonly Request[], { pools }: RandomCluster): void {
  const { requests } = record;
  const longest = Math.max(...pools.map(({ engine }) => engine.maxModelLen));
  for (let row = 0; row < requests.count; row++) {
    const isFinished = ['stop', 'length'].includes(FINISH_REASONS[requests.finishReason[row]!]!);
    expect(answers.get(row) ?? 0).toBe(Number(isFinished));
    const { outputTokens, maxTokens, promptTokens } = load[row]!;
    const wanted = Math.min(outputTokens, maxTokens!);
    expect(requests.outputTokens[row]).toBeLessThanOrEqual(wanted);
    if (isFinished && promptTokens + wanted < Math.min(700, longest)) expect(requests.outputTokens[row]).toBe(wanted);
  }
}

/** What happened to a request happened in order, at whole microseconds. */
function checkTimes({ record: { requests, totals } }: ClusterOutcome, load: readonly Request[]): void {
  for (let row = 0; row < requests.count; row++) {
    const { arrivalUs, queuedUs, scheduledUs, firstTokenUs, lastTokenUs } = requests;
    const all = [
      load[row]!.arrivalUs,
      ...[arrivalUs, queuedUs, scheduledUs, firstTokenUs, lastTokenUs].map((of) => of[row]!),
    ];
    const life = [...all.filter((us) => !Number.isNaN(us)), totals.endUs];
    expect(life).toEqual([...life].sort((a, b) => a - b));
    expect(life.every(Number.isInteger)).toBe(true);
  }
}

/** Every token that was written is in a row, or was lost. */
function checkTokens({ record: { requests, totals }, tokens }: ClusterOutcome): void {
  const kept = requests.outputTokens.reduce((sum, each) => sum + each, 0);
  expect(tokens.written).toBe(kept + tokens.lost);
  expect(totals.busyUs).toBeGreaterThanOrEqual(0);
}

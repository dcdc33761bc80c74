import { expect, test } from 'vitest';
import type { ObservedReplica } from '../../src/cluster/fleet-observer.ts';
import { FleetRecorder } from '../../src/record/fleet-recorder.ts';

const HOUR_US = 3600e6;

const replica = (id: number, market: 'spot' | 'on_demand', state: 'off' | 'starting' | 'serving', pool = 0) =>
  ({ id, pool, market, isServing: state === 'serving', isPaid: state !== 'off' }) satisfies ObservedReplica;

const POOL = { name: 'small', gpu: 'l40s', gpusPerReplica: 2, replicas: 2 };

test('a fleet is counted: what was taken away, what was missing, and what is paid for', () => {
  const fleet = new FleetRecorder([POOL]);
  fleet.began(replica(0, 'on_demand', 'serving'));
  fleet.began(replica(1, 'spot', 'serving'));
  fleet.began(replica(2, 'on_demand', 'off'));
  fleet.changed(replica(1, 'spot', 'serving'), 1 * HOUR_US, 'noticed');
  fleet.changed(replica(1, 'spot', 'off'), 2 * HOUR_US, 'lost');
  fleet.changed(replica(1, 'spot', 'starting'), 4 * HOUR_US, 'starting');
  fleet.changed(replica(1, 'spot', 'serving'), 5 * HOUR_US, 'up');
  fleet.targeted(0, 6 * HOUR_US, 1);
  fleet.changed(replica(0, 'on_demand', 'off'), 7 * HOUR_US, 'off');
  const { pools, paid } = fleet.record(10 * HOUR_US);
  expect(pools).toEqual([
    {
      ...POOL,
      ...{ interruptions: 1, notices: 1, starts: 1 },
      // One of two from hour 2 to hour 5; from hour 6 on one is enough.
      ...{ belowTargetUs: 3 * HOUR_US, missingReplicaUs: 3 * HOUR_US, withoutAnyUs: 0 },
      // On demand 7 h, spot 2 h and 5 h.
      servingReplicaUs: 14 * HOUR_US,
      gpuHours: { on_demand: 14, spot: 16 },
    },
  ]);
  // Two GPUs each: spot is paid for while it starts, too.
  expect(paid).toEqual([
    { gpu: 'l40s', market: 'on_demand', gpuHours: 14 },
    { gpu: 'l40s', market: 'spot', gpuHours: 16 },
  ]);
});

test('pools with the same GPUs are paid for together', () => {
  const fleet = new FleetRecorder([POOL, { ...POOL, name: 'large', gpusPerReplica: 4 }]);
  fleet.began(replica(0, 'spot', 'serving', 0));
  fleet.began(replica(1, 'spot', 'serving', 1));
  const { pools, paid } = fleet.record(HOUR_US);
  expect(paid).toEqual([{ gpu: 'l40s', market: 'spot', gpuHours: 6 }]);
  expect(pools.map(({ missingReplicaUs }) => missingReplicaUs)).toEqual([HOUR_US, HOUR_US]);
});

test('what requests lost is added up', () => {
  const fleet = new FleetRecorder([POOL]);
  const work = { outputTokens: 500, thinkingTokens: 400, computedTokens: 900, spentUs: 7e6, isFirst: true };
  fleet.requestHit(3, 10, 0, work);
  fleet.requestHit(3, 20, 1, { ...work, isFirst: false });
  fleet.queuedAtRouter();
  fleet.rerouted();
  fleet.timedOut();
  fleet.gaveUp();
  expect(fleet.record(30)).toMatchObject({
    ...{ requestsHit: 2, requestsHitOnce: 1, outputTokensLost: 1000, thinkingTokensLost: 800 },
    ...{ computedTokensLost: 1800, extraLatencyUs: 14e6 },
    ...{ queuedAtRouter: 1, rerouted: 1, timedOut: 1, gaveUp: 1 },
  });
});

import { expect, test } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { fleetOf, recordedPools, routingOf, startUpOf } from '../../src/study/fleet-of.ts';
import { resolveText } from '../config/fixtures.ts';

const TRACE = JSON.stringify({ metadata: { gap_seconds: 60 }, data: [1, 0] });

const [run] = resolveText(`deployments:
  small: { model: tiny-1b, gpu: l40s, replicas: 3, max_model_len: 8k, market: { spot: { trace: z.json, offset: 0, on_demand: 1, fallback: on_demand } } }
  large: { model: tiny-1b, gpu: h100-sxm, tensor_parallel_size: 2, autoscale: { max: 3, on: waiting, target: 4 }, start_up: { bandwidth_gb_s: 1000, provision: 1s, image: 1s, compile: 1s, capture: 1s, warm_up: 1s } }
cluster: { router: expected_length, expected_length: { by: classifier, pools: [{ pool: small, below: 900 }, { pool: large }] } }
workload: { synthetic: chat, num_requests: 10 }
`).runs;

test('the fleet of a run has its replicas on demand, on spot and in reserve, by pool', () => {
  const read: string[] = [];
  const fleet = fleetOf(run!, randomStreams(1), (path) => {
    read.push(path);
    return TRACE;
  });
  expect(fleet.members.map(({ pool, market, life }) => [pool, market, life.state.kind])).toEqual([
    [0, 'on_demand', 'up'],
    [0, 'spot', 'up'],
    [0, 'spot', 'up'],
    // Stand-ins of the two.
    [0, 'on_demand', 'off'],
    [0, 'on_demand', 'off'],
    [1, 'on_demand', 'up'],
    [1, 'on_demand', 'off'],
    [1, 'on_demand', 'off'],
  ]);
  expect(read).toEqual(['z.json']);
  // The trace takes both away after a minute, and says so 30 s before; the first decision on the pool's size is due earlier.
  expect(fleet.nextUs).toBe(15e6);
});

test('the router of a run knows its pools by number, and what they have room for', () => {
  expect(routingOf(run!)).toEqual({
    policy: 'expected_length',
    guess: { by: 'classifier', error: 0.2 },
    pools: [
      { pool: 0, below: 900, maxModelLen: 8000 },
      { pool: 1, below: null, maxModelLen: 32_768 },
    ],
  });
});

test('a start takes the sum of its parts', () => {
  const { weight_bytes } = run!.pools[1]!.start_up;
  expect(startUpOf(run!.pools[1]!)).toBe(5e6 + Math.round(weight_bytes / 1e6));
});

test('the record of a fleet knows the GPUs of a replica', () => {
  expect(recordedPools(run!)).toEqual([
    { name: 'small', gpu: 'l40s', gpusPerReplica: 1, replicas: 3 },
    { name: 'large', gpu: 'h100-sxm', gpusPerReplica: 2, replicas: 1 },
  ]);
});

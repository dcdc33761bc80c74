import { describe, expect, test } from 'vitest';
import { isFinished, latencyDistributions, queueTimeUs, requestLatencyUs } from '../../src/metrics/latency.ts';
import { histogram, type Row, recordOf, requestTable } from '../report/fixture.ts';

const REQUEST: Row = {
  arrivalUs: 1_000_000,
  queuedUs: 1_005_000,
  scheduledUs: 1_105_000,
  firstTokenUs: 1_400_000,
  firstAnswerTokenUs: 1_800_000,
  lastTokenUs: 2_400_000,
  outputTokens: 11,
  finish: 'stop',
};

describe('the latencies of one request', () => {
  const table = requestTable([REQUEST, { ...REQUEST, outputTokens: 1, lastTokenUs: 1_400_000 }]);

  test('TTFT, TTFAT and E2EL count from the arrival', () => {
    expect(requestLatencyUs(table, 0, 'ttft')).toBe(400_000);
    expect(requestLatencyUs(table, 0, 'ttfat')).toBe(800_000);
    expect(requestLatencyUs(table, 0, 'e2el')).toBe(1_400_000);
  });

  test('TPOT is the time after the first token, shared by the tokens after it', () => {
    expect(requestLatencyUs(table, 0, 'tpot')).toBe(100_000);
  });

  test('an output of one token has no TPOT', () => {
    expect(requestLatencyUs(table, 1, 'tpot')).toBeNaN();
  });

  test('the queue time runs from entering the queue to the first scheduled token', () => {
    expect(queueTimeUs(table, 0)).toBe(100_000);
  });
});

test('stop and length are finished; abort, rejected and unfinished are not', () => {
  const table = requestTable([
    { finish: 'stop' },
    { finish: 'length' },
    { finish: 'abort' },
    { finish: 'rejected' },
    {},
  ]);
  expect([0, 1, 2, 3, 4].map((row) => isFinished(table, row))).toEqual([true, true, false, false, false]);
});

test('only finished requests count, and ITL is pooled over all gaps', () => {
  const record = recordOf([REQUEST, { ...REQUEST, firstTokenUs: 9_000_000, finish: 'abort' }], {
    interTokenUs: histogram({ 90000: 9, 190000: 1 }),
  });
  const latencies = latencyDistributions(record);
  expect([latencies.ttft.count, latencies.ttft.mean]).toEqual([1, 400_000]);
  expect([latencies.itl.count, latencies.itl.mean]).toEqual([10, 100_000]);
});

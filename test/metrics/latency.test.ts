import { describe, expect, test } from 'vitest';
import { isComplete, isFinished, queueTimeUs, requestLatencyUs } from '../../src/metrics/latency.ts';
import { type Row, requestTable } from '../report/fixture.ts';

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

test('an answer is complete when the request finished and got all it wanted', () => {
  const table = requestTable([
    { ...REQUEST, wantedTokens: 11 },
    { ...REQUEST, wantedTokens: 12 },
    { ...REQUEST, wantedTokens: 11, finish: 'timed_out' },
  ]);
  expect([0, 1, 2].map((row) => isComplete(table, row))).toEqual([true, false, false]);
});

import { describe, expect, test } from 'vitest';
import { outcomesOf } from '../../src/metrics/outcomes.ts';
import { NO_REPLICA } from '../../src/record/run-record.ts';
import { requestTable } from '../report/fixture.ts';

const row = (replica: number, ms: number) => ({
  ...{ arrivalUs: 0, queuedUs: 0, scheduledUs: 0, promptTokens: 8, outputTokens: 2, finish: 'stop' as const },
  ...{ firstTokenUs: ms * 1000, firstAnswerTokenUs: ms * 1000, lastTokenUs: ms * 2000, replica },
});

describe('latencies by pool', () => {
  test('are of the requests that replicas of the pool finished', () => {
    const rows = [
      row(0, 10),
      row(1, 20),
      row(2, 300),
      { arrivalUs: 0, finish: 'rejected' as const, replica: NO_REPLICA },
    ];
    const { ofPools } = outcomesOf(requestTable(rows), { poolOf: [0, 0, 1] });
    expect(ofPools).toEqual([
      // Halfway between 10 and 20, and 99 % of the way.
      { finished: 2, p50_ttft_ms: 15, p99_ttft_ms: 19.9, p50_e2el_ms: 30, p99_e2el_ms: 39.8 },
      { finished: 1, p50_ttft_ms: 300, p99_ttft_ms: 300, p50_e2el_ms: 600, p99_e2el_ms: 600 },
    ]);
  });

  test('are null in a pool that finished nothing, and not told where there is one pool', () => {
    const table = requestTable([row(1, 10)]);
    expect(outcomesOf(table, { poolOf: [0, 1] }).ofPools![0]).toMatchObject({ finished: 0, p99_ttft_ms: null });
    expect(outcomesOf(table).ofPools).toBeNull();
  });
});

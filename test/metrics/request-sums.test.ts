import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostActiveInOneSecond, rejectedForLength } from '../../src/metrics/request-sums.ts';
import { type Row, requestTable } from '../report/fixture.ts';

const served = (arrivalS: number, lastS: number): Row => ({
  arrivalUs: Math.round(arrivalS * 1e6),
  lastTokenUs: Math.round(lastS * 1e6),
  finish: 'stop',
});

describe('the most requests in one second, as vllm bench serve counts them', () => {
  test('two that follow each other within a second are two, though never at one time', () => {
    expect(mostActiveInOneSecond(requestTable([served(0, 0.2), served(0.5, 0.9)]))).toBe(2);
  });

  test('seconds begin with the first request that succeeded', () => {
    // From 0.9 s on: the first ends in second 0, the second is active in seconds 0 and 1.
    const table = requestTable([
      { arrivalUs: 0, finish: 'rejected' },
      served(0.9, 1.1),
      served(1.8, 2),
      served(1.95, 2.1),
    ]);
    expect(mostActiveInOneSecond(table)).toBe(2);
  });

  test('the second in which a request ends counts it', () => {
    expect(mostActiveInOneSecond(requestTable([served(0, 1), served(1.5, 1.7)]))).toBe(2);
    expect(mostActiveInOneSecond(requestTable([served(0, 0.999), served(1.5, 1.7)]))).toBe(1);
  });

  test('without a request that succeeded it is 0', () => {
    expect(mostActiveInOneSecond(requestTable([{ arrivalUs: 5, finish: 'rejected' }]))).toBe(0);
  });

  test('equals counting second by second', () => {
    const request = fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 5000 }));
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 30 }), (requests) => {
        const rows = requests.map(([startMs, lengthMs]) => served(startMs / 1000, (startMs + lengthMs) / 1000));
        const first = Math.min(...requests.map(([startMs]) => startMs));
        const seconds = new Array<number>(20).fill(0);
        for (const [startMs, lengthMs] of requests) {
          const end = Math.trunc((startMs + lengthMs - first) / 1000);
          for (let second = Math.trunc((startMs - first) / 1000); second <= end; second++) seconds[second]!++;
        }
        expect(mostActiveInOneSecond(requestTable(rows))).toBe(Math.max(...seconds));
      }),
    );
  });
});

test('a prompt of max_model_len tokens is too long, since not one token of output would fit', () => {
  const rows: Row[] = [
    { promptTokens: 512, finish: 'rejected' },
    { promptTokens: 511, finish: 'rejected' },
    { promptTokens: 600, finish: 'stop' },
  ];
  expect(rejectedForLength(requestTable(rows), 512)).toBe(1);
});

import { describe, expect, test } from 'vitest';
import { arrivalWindow, overload } from '../../src/metrics/arrival-window.ts';
import { emptyTimeline, type Row, recordOf } from '../report/fixture.ts';

const S = 1_000_000;
const served = (arrivalS: number, lastS: number): Row => ({
  arrivalUs: arrivalS * S,
  firstTokenUs: lastS * S,
  lastTokenUs: lastS * S,
  finish: 'stop',
});

describe('the time in which requests arrive', () => {
  test('counts what finished in it, and leaves the tail out', () => {
    const timeline = emptyTimeline(8, S);
    timeline.outputTokens.set([0, 10, 20, 30, 40, 50, 60, 70]);
    // From 1 s to 5 s: the first three requests finish, the last one in the tail.
    const rows = [served(1, 2), served(2, 4), served(3, 5), served(5, 8)];
    expect(arrivalWindow(recordOf(rows, { timeline, totals: { endUs: 8 * S } }))).toEqual({
      duration_s: 4,
      arrival_rate: 1,
      request_throughput: 3 / 4,
      output_throughput: (10 + 20 + 30 + 40) / 4,
    });
  });

  test('an interval that is partly inside gives its share of tokens', () => {
    const timeline = emptyTimeline(2, 4 * S);
    timeline.outputTokens.set([40, 90]);
    // 1 s to 5 s: three quarters of the first interval; of the second, which the run fills for 3 s, one second.
    const window = arrivalWindow(recordOf([served(1, 2), served(5, 7)], { timeline, totals: { endUs: 7 * S } }));
    expect(window?.output_throughput).toBe((30 + 30) / 4);
  });

  test('refused requests arrive but do not finish', () => {
    const rows: Row[] = [served(0, 1), { arrivalUs: S, finish: 'rejected' }, served(2, 3)];
    expect(arrivalWindow(recordOf(rows))).toMatchObject({ arrival_rate: 1.5, request_throughput: 0.5 });
  });

  test('there is none where all requests come at once, or none comes', () => {
    expect(arrivalWindow(recordOf([served(1, 2), served(1, 3)]))).toBeNull();
    expect(arrivalWindow(recordOf([]))).toBeNull();
  });
});

describe('overload', () => {
  /** Requests at 2/s for 100 s; `served` of them each second; a queue in each of 100 seconds. */
  function run(queue: (second: number) => number, finishedEvery = 1) {
    const rows = Array.from({ length: 201 }, (_, i) => {
      const arrivalS = i / 2;
      return i % 2 === 0 ? served(arrivalS, arrivalS + 0.25 * finishedEvery) : served(arrivalS, 150);
    });
    const timeline = emptyTimeline(150, S);
    for (let second = 0; second < 100; second++) timeline.waiting[second] = queue(second);
    return recordOf(rows, { timeline, totals: { endUs: 150 * S } });
  }

  test('a queue that grows for as long as requests arrive, with the rates of the second half', () => {
    const found = overload(run((second) => second));
    // In the second half 2/s arrive and every other one finishes; the queue is 24.5 and 94.5 long on average.
    expect(found).toEqual({ arrival_rate: 2, completion_rate: 1, waiting_first_half: 24.5, waiting_end: 94.5 });
  });

  test('a queue as long at the end as before is none', () => {
    expect(overload(run(() => 50))).toBeNull();
    expect(overload(run((second) => (second < 50 ? 100 : 20)))).toBeNull();
  });

  test('a queue that is twice as long, but short, is none', () => {
    expect(overload(run((second) => (second < 90 ? 1 : 8)))).toBeNull();
    expect(overload(run((second) => (second < 90 ? 1 : 10)))).not.toBeNull();
  });

  test('there is none where all requests come at once', () => {
    expect(overload(recordOf([served(0, 10), served(0, 20)]))).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import type { EngineRequest } from '../../src/engine/request-state.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { FINISH_REASONS, keptRequests } from '../../src/record/run-record.ts';

const arriving = { id: 0, promptTokens: 100, thinkingTokens: 6, outputTokens: 10, class: 0 };
const engineRequest = (index: number, outputTokens = 0) =>
  ({ index, promptTokens: 100, outputTokens }) as EngineRequest;

/** A request that has written seven tokens, six of them thinking, when its replica is lost. */
function hit(lostTokens: number): Recorder {
  const recorder = new Recorder(2);
  recorder.arrived(arriving, 1000);
  recorder.sent(0, 1000, 0);
  recorder.queued(engineRequest(0), 1000);
  recorder.admitted(engineRequest(0), 2000, 0);
  recorder.output(engineRequest(0), 3000, 1);
  recorder.output(engineRequest(0), 4000, 6);
  recorder.requestHit(0, 5000, 0, { outputTokens: lostTokens });
  recorder.sent(0, 5000, 1);
  recorder.queued(engineRequest(0), 5000);
  recorder.admitted(engineRequest(0), 6000, 0);
  return recorder;
}

describe('a request whose replica is lost', () => {
  test('begins anew with the times of the output that it keeps, in the same row', () => {
    const recorder = hit(7);
    recorder.output(engineRequest(0), 7000, 1);
    recorder.output(engineRequest(0), 9000, 9);
    recorder.finished(engineRequest(0), 9000, 'stop');
    const requests = keptRequests(recorder.record(9000, []));
    expect(requests.count).toBe(1);
    expect([requests.queuedUs[0], requests.scheduledUs[0], requests.replica[0]]).toEqual([1000, 2000, 1]);
    expect([requests.firstTokenUs[0], requests.firstAnswerTokenUs[0], requests.lastTokenUs[0]]).toEqual([
      7000, 9000, 9000,
    ]);
    expect([requests.outputTokens[0], requests.thinkingTokens[0]]).toEqual([10, 6]);
  });

  test('goes on from what was streamed, counted as its output though its new engine sees it as prompt', () => {
    const recorder = hit(0);
    recorder.output(engineRequest(0), 8000, 1);
    // The engine request has two outputs of its own when it leaves the cohort.
    recorder.decoded(engineRequest(0, 2), 8500);
    recorder.output(engineRequest(0), 9000, 1);
    recorder.finished(engineRequest(0), 9000, 'stop');
    const requests = keptRequests(recorder.record(9000, []));
    expect([requests.firstTokenUs[0], requests.firstAnswerTokenUs[0], requests.lastTokenUs[0]]).toEqual([
      3000, 4000, 9000,
    ]);
    expect([requests.outputTokens[0], requests.thinkingTokens[0]]).toEqual([10, 6]);
  });

  test('is counted once, however it ends', () => {
    const ended = (end: (recorder: Recorder) => void) => {
      const recorder = hit(7);
      end(recorder);
      const { requests, totals } = recorder.record(9000, []);
      const { arrived, timedOut, lost } = totals.conservation;
      return [FINISH_REASONS[requests!.finishReason[0]!], arrived, timedOut, lost];
    };
    expect(ended((recorder) => recorder.timedOut(0))).toEqual(['timed_out', 1, 1, 0]);
    expect(ended((recorder) => recorder.gaveUp(0))).toEqual(['lost', 1, 0, 1]);
  });
});

test('memory does not grow with requests whose rows are not kept', () => {
  const recorder = new Recorder(1, 0, { keepRequests: false });
  const rows = new Set<number>();
  const sinkless = recorder as unknown as { requests: { rowOf: (id: number) => number } };
  for (let id = 0; id < 100_000; id++) {
    recorder.arrived({ ...arriving, id }, id * 10);
    rows.add(sinkless.requests.rowOf(id));
    // Three are in flight at a time.
    if (id >= 3) recorder.rejected(id - 3);
  }
  expect(rows.size).toBe(16);
  const { requests, totals } = recorder.record(1e6, []);
  expect([requests, totals.conservation.arrived, totals.conservation.rejected]).toEqual([null, 100_000, 99_997]);
});

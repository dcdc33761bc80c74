import { describe, expect, it } from 'vitest';
import { FINISH_REASONS } from '../../src/record/run-record.ts';
import { request, run } from './fixtures.ts';
import { scripted } from './scripted-slot.ts';

const ms = (times: Float64Array) => [...times].map((us) => us / 1000);
const reasons = (codes: Uint8Array) => [...codes].map((code) => FINISH_REASONS[code]);

/** One replica on the market; steps take 10 ms. */
const spot = (...timesUs: number[]) => ({ replicas: 1, slots: [scripted(...timesUs)] });

describe('a request on a replica that is lost', () => {
  it('starts again from its prompt when the replica is back, and keeps its row', async () => {
    // Tokens at 10, 20, 30 ms are lost at 35; the new server runs from 65 on.
    const { requests, totals, timeline } = await run([request(0, 0, 16, 5)], {
      pool: { ...spot(35_000, 45_000), startUpUs: 20_000 },
    });
    expect(ms(requests.arrivalUs)).toEqual([0]);
    expect(ms(requests.firstTokenUs)).toEqual([75]);
    expect(ms(requests.lastTokenUs)).toEqual([115]);
    expect([...requests.outputTokens]).toEqual([5]);
    expect(timeline.outputTokens.reduce((sum, tokens) => sum + tokens)).toBe(8);
    expect(totals.conservation).toMatchObject({ arrived: 1, finished: 1, lost: 0, blocksInUse: 0 });
  });

  it('goes on from what was streamed where its client resumes', async () => {
    const { requests } = await run([request(0, 0, 16, 5)], {
      pool: { ...spot(35_000, 45_000), startUpUs: 20_000 },
      simulation: { onLost: 'resume' },
    });
    expect(ms(requests.firstTokenUs)).toEqual([10]);
    expect(ms(requests.lastTokenUs)).toEqual([85]);
    expect([...requests.outputTokens]).toEqual([5]);
  });

  it('goes to another replica at once', async () => {
    const { requests } = await run([request(0, 0, 16, 5)], {
      pool: { replicas: 2, slots: [scripted(35_000), scripted()] },
    });
    expect([...requests.replica]).toEqual([1]);
    expect(ms(requests.lastTokenUs)).toEqual([85]);
  });

  it('is lost for good when its retries are used up', async () => {
    const { requests, totals } = await run([request(0, 0, 16, 5), request(1, 80_000, 16, 1)], {
      pool: { ...spot(35_000, 36_000, 60_000, 61_000), startUpUs: 1000 },
      simulation: { retries: 1 },
    });
    expect(reasons(requests.finishReason)).toEqual(['lost', 'length']);
    expect(totals.conservation).toMatchObject({ lost: 1, finished: 1, waiting: 0, running: 0, blocksInUse: 0 });
  });

  it('waits for ever where nothing ever comes back, and the run says so', async () => {
    const { totals } = await run([request(0, 0, 16, 5)], { pool: spot(35_000) });
    expect(totals.stuck).toContain('no replica');
    expect(totals.conservation).toMatchObject({ arrived: 1, waiting: 1 });
  });
});

describe('notice', () => {
  // Two replicas, one request at a time each. The first has request 0 until 80 ms and 2 behind it, is given notice at 60 and
  // lost at 100; the second has request 1 until 61 ms.
  const requests = [request(0, 0, 16, 8), request(1, 1000, 16, 6), request(2, 2000, 16, 4)];
  const outcome = (onNotice: 'drain' | 'migrate') =>
    run(requests, {
      pool: { replicas: 2, slots: [scripted(100_000), scripted()], noticeUs: 40_000, onNotice },
      engine: { maxNumSeqs: 1, asyncScheduling: false },
    });

  it('lets what runs finish if it can; what began too late is lost with the replica', async () => {
    const { requests: rows } = await outcome('drain');
    expect([...rows.replica]).toEqual([0, 1, 1]);
    expect(ms(rows.lastTokenUs)).toEqual([80, 61, 140]);
  });

  it('moves what waits to another replica where it migrates', async () => {
    const { requests: rows } = await outcome('migrate');
    expect([...rows.replica]).toEqual([0, 1, 1]);
    expect(ms(rows.lastTokenUs)).toEqual([80, 61, 101]);
  });
});

describe('a time limit', () => {
  it('ends a request wherever it is', async () => {
    const record = await run([request(0, 0, 16, 10), request(1, 0, 16, 3)], {
      engine: { maxNumSeqs: 1 },
      simulation: { timeLimitUs: 55_000 },
    });
    expect(reasons(record.requests.finishReason)).toEqual(['timed_out', 'timed_out']);
    expect([...record.requests.outputTokens]).toEqual([5, 0]);
    expect(record.totals.conservation).toMatchObject({ timedOut: 2, blocksInUse: 0 });
  });

  it('makes room in the engine for those behind it', async () => {
    const record = await run([request(0, 0, 16, 100), request(1, 30_000, 16, 2)], {
      engine: { maxNumSeqs: 1, asyncScheduling: false },
      simulation: { timeLimitUs: 55_000 },
    });
    expect(reasons(record.requests.finishReason)).toEqual(['timed_out', 'length']);
    // The step under way at 55 ms ends at 60.
    expect(ms(record.requests.lastTokenUs)[1]).toBe(80);
  });
});

describe('the queue at the router', () => {
  const requests = [0, 1, 2, 3].map((id) => request(id, id * 1000, 16, 2));
  const limits = { requests: 1, promptTokens: null };
  const kinds = [{ frontEndUs: 0, mostOutstanding: 1, cores: 1 }];

  it('holds what full servers would refuse', async () => {
    const refused = await run(requests, { limits });
    expect(refused.totals.conservation).toMatchObject({ finished: 1, rejected: 3 });
    const held = await run(requests, { limits, simulation: { kinds } });
    expect(held.totals.conservation).toMatchObject({ finished: 4, rejected: 0 });
    expect(ms(held.requests.lastTokenUs)).toEqual([20, 40, 60, 80]);
  });

  it('has room for as many as its limit says; the others are lost', async () => {
    const { requests: rows } = await run(requests, { limits, simulation: { kinds, queueLimit: 2 } });
    expect(reasons(rows.finishReason)).toEqual(['length', 'length', 'length', 'lost']);
  });
});

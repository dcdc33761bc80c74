import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { studyStatistics } from '../../../src/study/statistics/study-statistics-of.ts';
import { checkWarmUp } from '../../../src/study/statistics/warm-up-cut.ts';
import { queueStudy, SERVICE_US, studyOf } from './queue-study.ts';

const SEEDS = [1, 2, 3, 4, 5];

describe('a stated warm-up', () => {
  const queue = { load: 0.5, isJudged: false };

  it('leaves out the requests that arrive before it', async () => {
    const { entries, requests } = queueStudy([queue], SEEDS, 400);
    const table = (await requests(entries[0]!.runId))!;
    const study = studyOf(entries, { warm_up: { kind: 'time', us: 100 * SERVICE_US } });
    const { variants, notes, metrics } = await studyStatistics(study, entries.slice(0, 1), requests);
    const early = table.arrivalUs.filter((us) => us < 100 * SERVICE_US).length;
    expect(variants[0]!.warmUp).toEqual({ requests: early, seconds: table.arrivalUs[early]! / 1e6, note: null });
    const waits = table.scheduledUs.subarray(early).map((us, i) => us - table.arrivalUs[early + i]!);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1000;
    expect(variants[0]!.estimates.queue_time_mean!.mean).toBeCloseTo(mean, 6);
    expect(notes.join()).toContain('Over whole runs, since requests do not tell them: itl_…, ');
    expect(metrics.find(({ name }) => name === 'itl_mean')!.wholeRun).toBe(true);
    expect(metrics.find(({ name }) => name === 'queue_time_mean')!.wholeRun).toBe(false);
  });

  it('that leaves nothing is bad input', async () => {
    const { entries, requests } = queueStudy([queue], [1], 100);
    const study = studyOf(entries, { warm_up: { kind: 'time', us: 1e12 } });
    await expect(studyStatistics(study, entries, requests)).rejects.toThrow(InputError);
    await expect(studyStatistics(study, entries, requests)).rejects.toThrow(
      /^\{\} 1, seed 1: warm_up leaves no request, the last one arrives after \d+ s; expected /,
    );
  });

  it('of variants under different loads is the same time, not the same number of requests', async () => {
    const queues = [
      { ...queue, variant: { rate: 0.25 }, load: 0.25 },
      { ...queue, variant: { rate: 0.5 } },
    ];
    const { entries, requests } = queueStudy(queues, SEEDS, 400);
    const study = studyOf(entries, { warm_up: { kind: 'time', us: 100 * SERVICE_US } });
    const [slow, fast] = (await studyStatistics(study, entries, requests)).variants;
    expect(slow!.warmUp.requests).toBeLessThan(0.8 * fast!.warmUp.requests);
  });
});

describe('MSER-5', () => {
  const study = (entries: Parameters<typeof studyOf>[0]) => studyOf(entries, { warm_up: { kind: 'mser_5' } });

  it('leaves the same requests out of all variants: the most that one of them needs', async () => {
    const queues = [
      { load: 0.5, variant: { a: 'calm' }, isJudged: false },
      { load: 0.5, variant: { a: 'backlog' }, initialWait: 100, isJudged: false },
    ];
    const { entries, requests } = queueStudy(queues, SEEDS, 3000);
    const calmAlone = await studyStatistics(study(entries), entries.slice(0, 5), requests);
    const { variants, notes } = await studyStatistics(study(entries), entries, requests);
    // A backlog of 100 s is worked off at half a second a second: 200 s, in which 100 customers come.
    expect(variants[1]!.warmUp.requests).toBeGreaterThan(60);
    expect(variants[1]!.warmUp.requests).toBeLessThan(500);
    expect(variants[0]!.warmUp.requests).toBe(variants[1]!.warmUp.requests);
    expect(calmAlone.variants[0]!.warmUp.requests).toBeLessThan(variants[0]!.warmUp.requests);
    expect(notes.join()).toContain('Warm-up by MSER-5: the first');
  });

  it('is common only to variants under the same load, and never more than half of a run', async () => {
    const rate = (value: number) => ({ 'workload.request_rate': value });
    const queues = [
      { load: 0.5, variant: { ...rate(1), a: 'calm' }, isJudged: false },
      { load: 0.5, variant: { ...rate(1), a: 'backlog' }, initialWait: 100, isJudged: false },
      { load: 0.25, variant: { ...rate(0.5), a: 'calm' }, isJudged: false },
    ];
    const { entries, requests } = queueStudy(queues, SEEDS, 3000);
    const [calm, backlog, slow] = (await studyStatistics(study(entries), entries, requests)).variants;
    expect(calm!.warmUp.requests).toBe(backlog!.warmUp.requests);
    expect(slow!.warmUp.requests).toBeLessThan(calm!.warmUp.requests / 2);
    const short = entries.map((entry) => ({ ...entry, summary: { ...entry.summary, num_prompts: 100 } }));
    const [half] = (await studyStatistics(study(short), short, requests)).variants;
    expect(half!.warmUp.requests).toBe(50);
  });

  it('is as long as the latency needs that settles last, though fewer requests have it', async () => {
    const { entries, requests } = queueStudy([{ load: 0.5, isJudged: false }], SEEDS, 3000);
    // TTFT settles with request 200. TPOT, which every third request has, with request 450: its 150th value.
    const settling: typeof requests = async (runId) => {
      const table = (await requests(runId))!;
      const ttftUs = (row: number) => (row < 200 ? 9000 : 1000) + (row % 7);
      const tpotUs = (row: number) => (row < 450 ? 900 : 100) + (row % 7);
      const firstTokenUs = table.arrivalUs.map((us, row) => us + ttftUs(row));
      const outputTokens = table.outputTokens.map((_, row) => (row % 3 === 0 ? 2 : 1));
      const lastTokenUs = firstTokenUs.map((us, row) => (row % 3 === 0 ? us + tpotUs(row) : us));
      return { ...table, firstTokenUs, outputTokens, lastTokenUs };
    };
    const { warmUp } = (await studyStatistics(study(entries), entries, settling)).variants[0]!;
    expect(warmUp.requests).toBeGreaterThanOrEqual(450);
    expect(warmUp.requests).toBeLessThan(500);
  });

  it('is not asked of a queue that grows, which keeps the cut of the others', async () => {
    const queues = [
      { load: 0.5, variant: { a: 'backlog' }, initialWait: 100 },
      { load: 1.4, variant: { a: 'over' }, initialWait: 0 },
    ];
    const { entries, requests } = queueStudy(queues, SEEDS, 3000);
    const [backlog, over] = (await studyStatistics(study(entries), entries, requests)).variants;
    expect(over!.saturation).toBe('growing');
    expect(over!.warmUp.requests).toBe(backlog!.warmUp.requests);
    expect(over!.warmUp.note).toContain('its queue grows');
  });

  it('says so where it does not apply', async () => {
    const { entries, requests } = queueStudy([{ load: 0.5, isJudged: false }], [1], 40);
    const { variants, notes } = await studyStatistics(study(entries), entries, requests);
    expect(variants[0]!.warmUp).toMatchObject({ requests: 0, seconds: 0 });
    expect(variants[0]!.warmUp.note).toContain('40 values are too few');
    expect(notes.join()).toContain('Warm-up by MSER-5: nothing is left out.');
  });
});

describe('a warm-up without request tables', () => {
  it('is refused before anything is simulated', () => {
    const warm_up = { kind: 'mser_5' } as const;
    expect(() => checkWarmUp({ warm_up, outputs: { requests: 'csv' } })).toThrow('read outputs.requests csv');
    expect(() => checkWarmUp({ warm_up, outputs: { requests: 'parquet' } })).not.toThrow();
    expect(() => checkWarmUp({ warm_up: { kind: 'none' }, outputs: { requests: 'none' } })).not.toThrow();
  });
});

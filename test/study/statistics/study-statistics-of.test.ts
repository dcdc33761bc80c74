import { describe, expect, it } from 'vitest';
import { levelOfEach } from '../../../src/metrics/statistics/confidence.ts';
import type { Summary } from '../../../src/metrics/summary.ts';
import type { RunReport } from '../../../src/report/study-report.ts';
import { studyStatistics } from '../../../src/study/statistics/study-statistics-of.ts';
import { run } from '../../report/answers.ts';
import { against, queueStudy, studyOf } from './queue-study.ts';

const SETTING = 'deployment.max_num_seqs';
const noRequests = async () => null;

/** One run a seed, 1, 2, 3 …, with these mean TTFTs. */
function runsOf(value: unknown, ttftsMs: readonly number[], rest: Partial<Summary> = {}): RunReport[] {
  return ttftsMs.map((mean_ttft_ms, i) =>
    run({ mean_ttft_ms, ...rest }, {}, { seed: i + 1, variant: { [SETTING]: value }, runId: `${value}/${i}` }),
  );
}

describe('the statistics of a study', () => {
  const entries = [...runsOf(8, [100, 110, 120]), ...runsOf(16, [90, 102, 105])];

  it('have mean and Student interval of each variant, and differences within seeds', async () => {
    const { variants, level, differenceLevel } = await studyStatistics(studyOf(entries), entries, noRequests);
    expect({ level, differenceLevel }).toEqual({ level: 0.95, differenceLevel: 0.95 });
    expect(variants.map(({ baseline }) => baseline)).toEqual([null, 0]);
    // t(0.975, 2) = 4.302653, s = 10.
    const { mean, low, high, runs, method } = variants[0]!.estimates.ttft_mean!;
    expect({ mean, runs, method }).toEqual({ mean: 110, runs: 3, method: 'student' });
    expect(low).toBeCloseTo(110 - (4.302653 * 10) / Math.sqrt(3), 4);
    expect(high).toBeCloseTo(110 + (4.302653 * 10) / Math.sqrt(3), 4);
    // -10, -8, -15: mean -11, s² = (1 + 9 + 16) / 2.
    const { difference, ratio, significant } = variants[1]!.versusBaseline!.ttft_mean!;
    expect(difference.mean).toBeCloseTo(-11, 10);
    expect(difference.high).toBeCloseTo(-11 + 4.302653 * Math.sqrt(13 / 3), 4);
    expect(ratio!.mean).toBeCloseTo((0.9 * (102 / 110) * (105 / 120)) ** (1 / 3), 10);
    expect(significant).toBe(true);
    expect(variants[0]!.versusBaseline).toBeNull();
  });

  it('call a difference significant only where its interval leaves out 0', async () => {
    const wide = [...runsOf(8, [100, 110, 120]), ...runsOf(16, [90, 115, 105])];
    const { variants } = await studyStatistics(studyOf(wide), wide, noRequests);
    expect(variants[1]!.versusBaseline!.ttft_mean!.significant).toBe(false);
  });

  it('widen the intervals of differences so that those of all variants hold together', async () => {
    const more = [...entries, ...runsOf(32, [80, 81, 82]), ...runsOf(64, [80, 81, 83])];
    const { differenceLevel, notes } = await studyStatistics(studyOf(more), more, noRequests);
    expect(differenceLevel).toBeCloseTo(1 - 0.05 / 3, 12);
    expect(differenceLevel).toBe(levelOfEach(0.95, 3));
    expect(notes[0]).toContain('at 98.3 % each, so that all 3 of a metric hold together at 95 %');
  });

  it('compare with the variant that the study names', async () => {
    const study = studyOf(entries, against({ [SETTING]: 16 }, entries));
    const { variants } = await studyStatistics(study, entries, noRequests);
    expect(variants.map(({ baseline }) => baseline)).toEqual([1, null]);
    expect(variants[0]!.versusBaseline!.ttft_mean!.difference.mean).toBeCloseTo(11, 10);
    expect(variants[1]!.versusBaseline).toBeNull();
  });

  describe('of variants under several loads', () => {
    const RATE = 'workload.request_rate';
    const at = (rate: number, value: number, ttftsMs: readonly number[]) =>
      runsOf(value, ttftsMs).map((each) => ({ ...each, variant: { [RATE]: rate, ...each.variant } }));
    const runs = [...at(1, 8, [10, 12]), ...at(1, 16, [9, 11]), ...at(8, 8, [100, 120]), ...at(8, 16, [50, 64])];
    const pair = (rate: number, of = rate) => ({
      variant: { [RATE]: rate, [SETTING]: 16 },
      baseline: { [RATE]: of, [SETTING]: 8 },
      same_load: rate === of,
    });

    it('compare each with its own baseline, at the level of as many comparisons as there are', async () => {
      const study = studyOf(runs, { comparisons: [pair(1), pair(8)] });
      const { variants, differenceLevel, notes } = await studyStatistics(study, runs, noRequests);
      expect(variants.map(({ baseline }) => baseline)).toEqual([null, 0, null, 2]);
      const means = variants.map(({ versusBaseline }) => versusBaseline?.ttft_mean?.difference.mean);
      expect(means).toEqual([undefined, -1, undefined, -53]);
      expect(differenceLevel).toBe(levelOfEach(0.95, 2));
      expect(notes[0]).toContain('on the same arrivals, at 97.5 % each, so that all 2 ');
    });

    it('say so where a baseline is under another load, and pair by seed all the same', async () => {
      const study = studyOf(runs, { comparisons: [pair(1), pair(8, 1)] });
      const { variants, notes } = await studyStatistics(study, runs, noRequests);
      expect(variants.map(({ otherLoad }) => otherLoad)).toEqual([false, false, false, true]);
      // 50 - 10 and 64 - 12: t of one degree of freedom at 97.5 % is that of 98.75 %, 25.4517.
      const { mean, high } = variants[3]!.versusBaseline!.ttft_mean!.difference;
      expect(mean).toBe(46);
      expect(high).toBeCloseTo(46 + 25.4517 * 6, 2);
      expect(notes[0]).not.toContain('same arrivals');
      expect(notes[1]).toMatch(/^1 of 2 variants are compared with a baseline under another load/);
    });

    it('name those whose baseline is missing, and say where nothing is compared', async () => {
      const not_compared = [{ variant: pair(8).variant, title: 'b, 8', reason: 'its baseline "a, 8" does not start' }];
      const partly = await studyStatistics(studyOf(runs, { comparisons: [pair(1)], not_compared }), runs, noRequests);
      expect(partly.notes).toContain('b, 8 is compared with none: its baseline "a, 8" does not start.');
      expect(partly.differenceLevel).toBe(0.95);
      const alone = await studyStatistics(studyOf(runs, { comparisons: [] }), runs, noRequests);
      expect(alone.variants.every(({ versusBaseline }) => versusBaseline === null)).toBe(true);
      expect(alone.notes[1]).toMatch(/^Every variant is under another load, so none is compared/);
    });
  });

  it('take the level that the study asks for', async () => {
    const { variants } = await studyStatistics(studyOf(entries, { confidence: 0.9 }), entries, noRequests);
    // t(0.95, 2) = 2.919986.
    expect(variants[0]!.estimates.ttft_mean!.high).toBeCloseTo(110 + (2.919986 * 10) / Math.sqrt(3), 4);
  });

  it('have no interval with one run, and say what would give one', async () => {
    const single = runsOf(8, [100]);
    const { variants, notes } = await studyStatistics(studyOf(single), single, noRequests);
    expect(variants[0]!.estimates.ttft_mean).toMatchObject({ mean: 100, low: null, high: null });
    expect(variants[0]!.baseline).toBeNull();
    expect(notes[0]).toContain('One run a variant');
  });

  it('leave out a metric that was not measured in one of the runs', async () => {
    const holes = runsOf(8, [100, 110]).map((each, i) => (i === 0 ? each : { ...each, ...lost(each) }));
    const { variants } = await studyStatistics(studyOf(holes), holes, noRequests);
    expect(variants[0]!.estimates.ttft_mean).toBeNull();
  });

  it('keep shares within 0 and 1 and times above 0', async () => {
    const rough = runsOf(8, [1, 1, 400]).map((each, i) => ({
      ...each,
      summary: { ...each.summary, sim: { ...each.summary.sim, truncated_share: [0, 0.01, 0.5][i]! } },
    }));
    const { estimates } = (await studyStatistics(studyOf(rough), rough, noRequests)).variants[0]!;
    expect(estimates.ttft_mean!.low).toBe(0);
    expect(estimates.truncated!.low).toBe(0);
    expect(estimates.truncated!.high).toBeLessThanOrEqual(1);
  });

  it('see no difference where amounts differ in their last digits only', async () => {
    const same = [...runsOf(8, [0.1 + 0.2, 0.1 + 0.2]), ...runsOf(16, [0.3, 0.3])];
    const { variants } = await studyStatistics(studyOf(same), same, noRequests);
    expect(variants[1]!.versusBaseline!.ttft_mean).toMatchObject({
      difference: { mean: 0, low: 0, high: 0 },
      significant: false,
    });
  });
});

describe('quantiles', () => {
  const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const queues = [
    { load: 0.5, variant: { a: 1 }, isJudged: false },
    { load: 0.5, variant: { a: 2 }, slowness: 2, isJudged: false },
  ];

  it('are means of the runs’ own below ten runs, and of all requests together from ten on', async () => {
    for (const [count, method] of [
      [9, 'student'],
      [10, 'bootstrap'],
    ] as const) {
      const { entries, requests } = queueStudy(queues, seeds(count), 200);
      const { variants } = await studyStatistics(studyOf(entries), entries, requests);
      expect(variants[0]!.estimates.e2el_p90!.method).toBe(method);
      expect(variants[0]!.estimates.e2el_mean!.method).toBe('student');
    }
  });

  it('of one queue that is twice as slow, seed by seed, are twice as long without any doubt', async () => {
    const { entries, requests } = queueStudy(queues, seeds(12), 300);
    const { variants } = await studyStatistics(studyOf(entries), entries, requests);
    const { ratio, difference, significant } = variants[1]!.versusBaseline!.e2el_p90!;
    for (const value of [ratio!.mean, ratio!.low!, ratio!.high!]) expect(value).toBeCloseTo(2, 9);
    expect(difference.mean).toBeCloseTo(variants[0]!.estimates.e2el_p90!.mean, 6);
    expect(significant).toBe(true);
    // Without pairs the two would be told apart hardly: their own intervals are wide.
    const { low, high } = variants[1]!.estimates.e2el_p90!;
    expect(high! - low!).toBeGreaterThan(0.1 * variants[1]!.estimates.e2el_p90!.mean);
  });
});

describe('a queue that grows', () => {
  const queues = [
    { load: 0.6, variant: { a: 'steady' } },
    { load: 1.3, variant: { a: 'over' }, initialWait: 0 },
  ];
  const { entries, requests } = queueStudy(queues, [1, 2, 3], 2000);

  it('has its latencies withheld, with the reason, and not its throughput', async () => {
    const { variants } = await studyStatistics(studyOf(entries), entries, requests);
    const [steady, over] = variants;
    expect(steady).toMatchObject({ saturation: 'steady', withheld: null });
    expect(steady!.estimates.ttft_p99).not.toBeNull();
    expect(over!.saturation).toBe('growing');
    expect(over!.withheld).toMatch(/^the queue grows by .* requests\/s.* of 3 runs one by one, 3 grow beyond doubt$/);
    expect(over!.estimates).toMatchObject({ ttft_p99: null, e2el_mean: null });
    expect(over!.estimates.output_throughput).not.toBeNull();
    expect(over!.versusBaseline).toMatchObject({ ttft_p99: null, e2el_mean: null });
  });

  it('as the baseline leaves nothing to compare latencies with', async () => {
    const study = studyOf(entries, against({ a: 'over' }, entries));
    const { variants } = await studyStatistics(study, entries, requests);
    expect(variants[0]!.estimates.ttft_p99).not.toBeNull();
    expect(variants[0]!.versusBaseline!.ttft_p99).toBeNull();
    expect(variants[0]!.versusBaseline!.output_throughput).not.toBeNull();
  });
});

function lost({ summary }: RunReport): Pick<RunReport, 'summary'> {
  return { summary: { ...summary, mean_ttft_ms: null } };
}

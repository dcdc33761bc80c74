import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ResolvedStudy } from '../../../src/config/resolved.ts';
import { InputError } from '../../../src/core/input-error.ts';
import { randomStreams } from '../../../src/core/random.ts';
import { Replications } from '../../../src/metrics/statistics/estimates.ts';
import type { RunReport } from '../../../src/report/study-report.ts';
import { checkStatistics, StoppingRule } from '../../../src/study/statistics/stopping-of.ts';
import { studyStatistics } from '../../../src/study/statistics/study-statistics-of.ts';
import type { ReadRequests } from '../../../src/study/statistics/study-variants.ts';
import { exponential, lindley, meanOf } from '../../metrics/statistics/lindley.ts';
import { run } from '../../report/answers.ts';
import { queueStudy, type StudySettings, studyOf } from './queue-study.ts';

// Average delays of ten replications of a bank (Law, Simulation Modeling and Analysis, table 9.1).
const BANK = [1.53, 1.66, 1.24, 2.34, 2.0, 1.69, 2.69, 2.86, 1.7, 2.6];

const noRequests = async () => null;
const seed = (i: number, mean_ttft_ms: number): RunReport =>
  run({ mean_ttft_ms }, {}, { seed: i + 1, runId: String(i), load: null });
/** Without building a summary anew. */
function withTtft(base: RunReport, i: number, mean_ttft_ms: number): RunReport {
  return { ...base, seed: i + 1, runId: String(i), summary: { ...base.summary, mean_ttft_ms } };
}

const until = (precision: string, max_seeds = 40): Partial<StudySettings> => ({
  until: { precisions: [precision], max_seeds },
  confidence: 0.9,
});

/** Of a rule that has not been asked before. */
const stoppingOf = (study: ResolvedStudy, entries: readonly RunReport[], requests: ReadRequests) =>
  new StoppingRule(study, requests).next(entries);

describe('what a study with a stopping rule does next', () => {
  const bank = BANK.map((each, i) => seed(i, each));

  it('begins with its own seeds', async () => {
    const study = studyOf(bank, until('10% of ttft_mean'));
    expect(await stoppingOf(study, [], noRequests)).toMatchObject({ kind: 'more', seeds: 10 });
    expect(await stoppingOf(study, bank.slice(0, 4), noRequests)).toMatchObject({ kind: 'more', seeds: 10 });
  });

  it('asks for as many as should be enough: the interval of the bank is 1.745 times too wide for 10 %', async () => {
    const study = studyOf(bank, until('10% of ttft_mean'));
    // 0.3223 against 2.031 × 0.1 / 1.1 = 0.1846; 10 × 1.7455² = 30.5.
    const { kind, seeds, because } = await stoppingOf(study, bank, noRequests);
    expect({ kind, seeds }).toEqual({ kind: 'more', seeds: 31 });
    expect(because).toBe('half an interval is 1.75 times what 10% of ttft_mean allows after 10 seeds');
  });

  it('never asks for more than it may, and ends there', async () => {
    const study = studyOf(bank.slice(0, 2), until('1% of ttft_mean', 10));
    expect(await stoppingOf(study, bank.slice(0, 5), noRequests)).toMatchObject({ kind: 'more', seeds: 10 });
    expect(await stoppingOf(study, bank, noRequests)).toMatchObject({ kind: 'limit', seeds: 10 });
  });

  it('takes an absolute bound as a duration', async () => {
    // Half the interval is 0.3223 ms.
    expect(await stoppingOf(studyOf(bank, until('330us of ttft_mean')), bank, noRequests)).toMatchObject({
      kind: 'enough',
      seeds: 10,
    });
    expect(await stoppingOf(studyOf(bank, until('320us of ttft_mean')), bank, noRequests)).toMatchObject({
      kind: 'more',
      seeds: 11,
    });
  });

  it('ends with the first number of seeds that is enough, however many there are', async () => {
    const values = Array.from({ length: 30 }, (_, i) => 10 + BANK[i % 10]!);
    const runs = values.map((each, i) => seed(i, each));
    const study = studyOf(runs.slice(0, 3), until('4% of ttft_mean'));
    const answer = await stoppingOf(study, runs, noRequests);
    expect(answer.kind).toBe('enough');
    expect(await stoppingOf(study, runs.slice(0, answer.seeds), noRequests)).toEqual(answer);
    expect((await stoppingOf(study, runs.slice(0, answer.seeds - 1), noRequests)).kind).toBe('more');
  });

  it('waits for every variant and every metric', async () => {
    const calm = Array.from({ length: 10 }, (_, i) => ({ ...seed(i, 2), variant: { a: 1 } }));
    const wild = bank.map((each) => ({ ...each, variant: { a: 2 } }));
    const study = studyOf([...calm, ...wild], until('10% of ttft_mean'));
    expect(await stoppingOf(study, [...calm, ...wild], noRequests)).toMatchObject({ kind: 'more', seeds: 31 });
  });

  it('without a rule has enough with the seeds that the study names', async () => {
    expect(await stoppingOf(studyOf(bank), [], noRequests)).toMatchObject({ kind: 'enough', seeds: 10 });
  });

  it('holds the interval that is printed against the bound, of pooled percentiles too', async () => {
    const { entries, requests } = queueStudy(
      [{ load: 0.5, isJudged: false }],
      Array.from({ length: 30 }, (_, i) => i + 1),
      400,
    );
    const study = studyOf(entries.slice(0, 10), until('6% of e2el_p90'));
    const { kind, seeds } = await stoppingOf(study, entries, requests);
    expect(kind).toBe('enough');
    const halfOf = async (count: number) => {
      const { variants } = await studyStatistics(study, entries.slice(0, count), requests);
      const { mean, low, high, method } = variants[0]!.estimates.e2el_p90!;
      expect(method).toBe('bootstrap');
      return (high! - low!) / 2 / mean;
    };
    expect(await halfOf(seeds)).toBeLessThanOrEqual(0.06 / 1.06);
    expect(seeds).toBeGreaterThan(10);
    expect(await halfOf(seeds - 1)).toBeGreaterThan(0.06 / 1.06);
  });

  it('is the same however many runs are made at a time', async () => {
    const base = seed(0, 1);
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 25 }), async (draws, atATime) => {
        const rng = randomStreams(draws)('values');
        const runs = Array.from({ length: 100 }, (_, i) => withTtft(base, i, 1 + exponential(rng)));
        const study = studyOf(runs.slice(0, 5), until('25% of ttft_mean', 100));
        const end = async (step: number) => {
          for (let n = step; ; n += step) {
            const answer = await stoppingOf(study, runs.slice(0, n), noRequests);
            if (answer.kind !== 'more') return answer;
          }
        };
        expect(await end(atATime)).toEqual(await end(5));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps its promise on a queue: the error is within 10 % in 90 to 100 of 100 studies at 95 %', async () => {
    const load = 0.5;
    const base = seed(0, 1);
    let within = 0;
    for (let index = 0; index < 100; index++) {
      const rng = randomStreams(index)('study');
      const runs: RunReport[] = [];
      const study = {
        ...studyOf(
          Array.from({ length: 10 }, (_, i) => ({ variant: {}, seed: i })),
          until('10% of ttft_mean', 500),
        ),
      };
      for (;;) {
        const { kind, seeds } = await stoppingOf({ ...study, confidence: 0.95 }, runs, noRequests);
        if (kind !== 'more') {
          const values = runs.slice(0, seeds).map(({ summary }) => summary.mean_ttft_ms!);
          const mean = values.reduce((sum, each) => sum + each, 0) / seeds;
          if (Math.abs(mean / (load / (1 - load)) - 1) <= 0.1) within++;
          break;
        }
        while (runs.length < seeds) runs.push(withTtft(base, runs.length, meanOf(lindley(rng, load, 1000).waits)));
      }
    }
    expect(within).toBeGreaterThanOrEqual(90);
  });

  it('does not wait for figures that are withheld', async () => {
    const { entries, requests } = queueStudy([{ load: 1.4, initialWait: 0 }], [1, 2, 3], 1500);
    const study = studyOf(entries, until('1% of ttft_p99'));
    expect(await stoppingOf(study, entries, requests)).toEqual({
      ...{ kind: 'enough', seeds: 3 },
      because: 'all intervals are narrow enough with 3 seeds; withheld figures bind nobody',
    });
  });
});

describe('a stopping rule that is asked again with more runs', () => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
  const queues = [{ load: 0.5, variant: { a: 1 } }, ...[2, 3].map((a) => ({ load: 0.4, variant: { a } }))];

  /** Asks one rule until it ends, three more seeds at a time; how often each table was read, and estimates made. */
  async function asked(warm_up: StudySettings['warm_up'], precision: string) {
    const { entries, requests } = queueStudy(
      queues.map((each) => ({ ...each, isJudged: false })),
      seeds,
      300,
    );
    const reads = new Map<string, number>();
    const counted: ReadRequests = async (runId) => {
      reads.set(runId, (reads.get(runId) ?? 0) + 1);
      return requests(runId);
    };
    const firstOf = (count: number) => entries.filter(({ seed: of }) => of <= count);
    const study = studyOf(firstOf(10), { ...until(precision), warm_up });
    const rule = new StoppingRule(study, counted);
    for (let count = 10; ; count += 3) {
      const expected = await stoppingOf(study, firstOf(count), requests);
      const estimates = vi.spyOn(Replications.prototype, 'estimate');
      const answer = await rule.next(firstOf(count));
      const looks = estimates.mock.calls.length;
      estimates.mockRestore();
      expect(answer).toEqual(expected);
      // Two numbers of seeds below this one, up to three variants each, and this one.
      expect(looks).toBeLessThanOrEqual(3 * queues.length);
      if (answer.kind !== 'more') return { count, reads: [...reads.values()] };
    }
  }

  it('answers as if asked for the first time, and reads the requests of each run once', async () => {
    const { count, reads } = await asked({ kind: 'none' }, '6% of e2el_p90');
    expect(count).toBeGreaterThan(13);
    expect(new Set(reads)).toEqual(new Set([1]));
  });

  it('and once more for a warm-up that is a time', async () => {
    const { reads } = await asked({ kind: 'time', us: 20_000_000 }, '7% of e2el_p90');
    expect(new Set(reads)).toEqual(new Set([2]));
  });

  it('and for one that is found, only where it is another with more runs', async () => {
    const { count, reads } = await asked({ kind: 'mser_5' }, '7% of e2el_mean');
    const [most, total] = [Math.max(...reads), reads.reduce((sum, each) => sum + each, 0)];
    expect(total).toBeLessThan((count * reads.length) / 2);
    expect(most).toBeLessThan(2 * (count - 10));
  });
});

describe('a stopping rule that cannot be meant is refused before anything is simulated', () => {
  it.each([
    ['5% of ttft_99', 'until 5% of ttft_99: no metric ttft_99. Did you mean "ttft_p99"?'],
    ['20 of ttft_p99', 'until 20 of ttft_p99: expected a duration, such as 20ms,'],
    ['20ms of goodput', 'until 20ms of goodput: expected a number (of share), such as 0.01,'],
    ['5 percent', '"5 percent" is not a precision'],
  ])('%s', (precision, message) => {
    const study = studyOf([{ variant: {}, seed: 1 }], until(precision));
    expect(() => checkStatistics(study)).toThrow(InputError);
    expect(() => checkStatistics(study)).toThrow(message);
  });
});

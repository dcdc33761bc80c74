/** Whether the intervals of studies hold what is known of a queue as often as they promise, warm-up and all. */
import { beforeAll, describe, expect, it } from 'vitest';
import { latencyColumns } from '../../../src/metrics/kept-requests.ts';
import { metricNamed } from '../../../src/metrics/metric-names.ts';
import { meanInterval } from '../../../src/metrics/statistics/confidence.ts';
import { Replications } from '../../../src/metrics/statistics/estimates.ts';
import type { Estimate } from '../../../src/metrics/study-statistics.ts';
import { measuredVariant } from '../../../src/study/statistics/measured-runs.ts';
import { prepareVariants } from '../../../src/study/statistics/study-statistics-of.ts';
import { studyVariants } from '../../../src/study/statistics/study-variants.ts';
import { queueStudy, SERVICE_US, studyOf } from './queue-study.ts';

const STUDIES = 200;
const RUNS = 10;
const REQUESTS = 1500;
const LOAD = 0.5;
/** M/M/1 with services of a second: the mean wait is ρ / (1 - ρ), the time in the system exponential with rate 1 - ρ. */
const MEAN_WAIT_MS = (1000 * LOAD) / (1 - LOAD);
const P90_IN_SYSTEM_MS = (1000 * -Math.log(0.1)) / (1 - LOAD);

const METRICS = ['queue_time_mean', 'e2el_p90'].map((name) => metricNamed(name, [], 'test'));

/** The runs of one study, with what arrives before a time left out. */
async function estimates(index: number, initialWait: number, warmUpS: number): Promise<(Estimate | null)[]> {
  const seeds = Array.from({ length: RUNS }, (_, i) => index * RUNS + i);
  const { entries, requests } = queueStudy([{ load: LOAD, initialWait, isJudged: false }], seeds, REQUESTS);
  const study = studyOf(entries, { warm_up: { kind: 'time', us: warmUpS * SERVICE_US } });
  const variants = studyVariants(study, entries);
  const { firstRows } = await prepareVariants(study, variants, requests);
  const { runs } = await measuredVariant(variants[0]!, METRICS, firstRows[0]!, requests, true);
  const replications = new Replications(runs, METRICS);
  return METRICS.map((metric) => replications.estimate(metric, 0.95));
}

function holds({ low, high }: { low: number | null; high: number | null }, truth: number): boolean {
  return low! <= truth && truth <= high!;
}

describe('of 200 studies of ten runs of M/M/1, begun with a queue of fifty and with a warm-up of 200 s left out,', () => {
  const studies: (Estimate | null)[][] = [];
  beforeAll(async () => {
    for (let index = 0; index < STUDIES; index++) studies.push(await estimates(index, 50, 200));
  }, 60_000);

  it.each([
    ['the mean wait', 0, 'student', MEAN_WAIT_MS],
    ['the 90th percentile of the time in the system, of the requests of all runs', 1, 'bootstrap', P90_IN_SYSTEM_MS],
  ])('92 to 98 %% hold %s', (_, metric, method, truth) => {
    const found = studies.map((each) => each[metric]!);
    expect(new Set(found.map((each) => each.method))).toEqual(new Set([method]));
    const covered = found.filter((each) => holds(each, truth)).length / STUDIES;
    expect(covered).toBeGreaterThanOrEqual(0.92);
    expect(covered).toBeLessThanOrEqual(0.98);
  });
});

describe('a mistake would be seen:', () => {
  it('requests of one run, taken as if they were independent, hold the mean in fewer than 70 % of studies', async () => {
    let covered = 0;
    for (let seed = 0; seed < STUDIES; seed++) {
      const { entries, requests } = queueStudy([{ load: LOAD, isJudged: false }], [seed], REQUESTS);
      const { queue_time } = latencyColumns((await requests(entries[0]!.runId))!, 0);
      if (holds(meanInterval([...queue_time]), MEAN_WAIT_MS)) covered++;
    }
    expect(covered).toBeLessThan(0.7 * STUDIES);
  });

  it('with the warm-up left in, no interval of 20 holds the mean', async () => {
    for (let index = 0; index < 20; index++) {
      const [mean] = await estimates(index, 50, 0);
      expect(holds(mean!, MEAN_WAIT_MS)).toBe(false);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { type LoadBatches, loadBatches, meanLoad } from '../../../src/metrics/statistics/load-batches.ts';
import { saturation } from '../../../src/metrics/statistics/saturation.ts';
import { trendOf } from '../../../src/metrics/statistics/trend.ts';
import { emptyTimeline, type Row, recordOf } from '../../report/fixture.ts';
import { lindley } from './lindley.ts';
import { loadOfQueue } from './queue-load.ts';

const wave = (i: number) => [0, 2, 1, 3, 0, 1][i % 6]!;
/** Twenty batches of ten seconds. */
function load(
  parts: Partial<Record<'inSystem' | 'waiting' | 'arrived' | 'finished', (batch: number) => number>>,
): LoadBatches {
  const of = (value: (batch: number) => number = () => 0) => Array.from({ length: 20 }, (_, i) => value(i));
  const { inSystem, waiting, arrived = () => 100, finished = () => 100 } = parts;
  return { seconds: 10, inSystem: of(inSystem), waiting: of(waiting), arrived: of(arrived), finished: of(finished) };
}

/** Verdicts on 100 queues M/M/1 that begin empty. */
function verdicts(rho: number, customers: number): Record<string, number> {
  const counts: Record<string, number> = { steady: 0, growing: 0, undecided: 0, shedding: 0 };
  for (let seed = 0; seed < 100; seed++)
    counts[saturation(loadOfQueue(lindley(randomStreams(seed)('queue'), rho, customers, 0))).verdict]!++;
  return counts;
}

describe('the trend of batch means', () => {
  it('has the slope and the interval of a least-squares line', () => {
    // 1, 3, 2, 4: slope 4 / 5; residuals -0.3, 0.9, -0.9, 0.3, which do not follow each other: s² = 1.8 / 2, variance 0.9 / 5.
    const { slope, steps } = trendOf([1, 3, 2, 4]);
    expect(slope.mean).toBeCloseTo(0.8, 12);
    expect(slope.high! - slope.mean).toBeCloseTo(4.302653 * Math.sqrt(0.18), 5);
    // Steps 2, -1, 2.
    expect(steps.mean).toBe(1);
    expect(steps.high! - 1).toBeCloseTo(4.302653 * Math.sqrt(3 / 3), 5);
  });

  it('widens the interval where residuals follow each other', () => {
    // The same values, in runs of five or one by one.
    const together = Array.from({ length: 20 }, (_, i) => (i % 10 < 5 ? -1 : 1));
    const apart = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? -1 : 1));
    const halfOf = (values: number[]) => trendOf(values).slope.high! - trendOf(values).slope.mean;
    expect(halfOf(together)).toBeGreaterThan(1.5 * halfOf(apart));
  });

  it('of a straight line has no width', () => {
    expect(trendOf([0, 2, 4, 6]).slope).toEqual({ mean: 2, low: 2, high: 2, values: 4 });
    expect(trendOf([5, 5, 5]).slope).toEqual({ mean: 0, low: 0, high: 0, values: 3 });
  });
});

describe('the saturation verdict', () => {
  it('is growing where more comes in than is finished and the queue shows it, with the rates', () => {
    // 10/s come in and 8/s are finished: 20 more in each batch of 10 s.
    const growing = load({
      inSystem: (i) => 10 + 20 * i + wave(i),
      waiting: (i) => 20 * i + wave(i),
      finished: () => 80,
    });
    const { verdict, offeredRate, servedRate, growth, because } = saturation(growing);
    expect({ verdict, offeredRate, servedRate }).toEqual({ verdict: 'growing', offeredRate: 10, servedRate: 8 });
    expect(growth.mean).toBeCloseTo(2, 1);
    expect(because).toMatch(
      /^the queue grows by 2 requests\/s .*: 10 requests\/s come in, 8 are finished, and 382 wait/,
    );
  });

  it('is steady where the number in the system stays where it is', () => {
    expect(saturation(load({ inSystem: (i) => 50 + wave(i) }))).toMatchObject({
      verdict: 'steady',
      because: 'the number in the system does not grow: 10 requests/s come in, 10 are finished',
    });
    expect(saturation(load({})).verdict).toBe('steady');
  });

  it('is undecided where the batch fills and nobody waits, as in a run shorter than its requests', () => {
    const filling = load({ inSystem: (i) => 100 * i + wave(i), finished: () => 0 });
    expect(saturation(filling)).toMatchObject({ verdict: 'undecided', because: expect.stringContaining('filling up') });
  });

  it('is shedding where requests that leave unfinished keep the queue level', () => {
    const shedding = load({ inSystem: () => 50, waiting: () => 20, finished: () => 70 });
    expect(saturation(shedding)).toMatchObject({
      verdict: 'shedding',
      because: 'the number in the system is level only because 3 of 10 requests/s leave without being finished',
    });
  });

  it('does not call a growth of a few requests a queue', () => {
    expect(saturation(load({ inSystem: (i) => 10 + 0.3 * i, waiting: (i) => 2 + 0.3 * i })).verdict).toBe('steady');
  });

  it('never takes a queue M/M/1 below 90 % load for growing, and sees that it is steady', () => {
    for (const rho of [0.3, 0.6, 0.8, 0.9]) {
      const { steady, growing } = verdicts(rho, 4000);
      expect(growing).toBe(0);
      expect(steady).toBeGreaterThanOrEqual(95);
    }
  });

  it('sees that a queue M/M/1 at 120 % load and above grows', () => {
    for (const rho of [1.2, 1.5, 3]) expect(verdicts(rho, 4000).growing).toBeGreaterThanOrEqual(98);
  });

  it('rather stays undecided than wrong on a run that is too short', () => {
    expect(verdicts(0.95, 500).growing).toBeLessThanOrEqual(5);
    expect(verdicts(1.1, 500).steady).toBeLessThanOrEqual(10);
  });
});

describe('the load in batches', () => {
  const S = 1_000_000;
  const arrivals = (seconds: number): Row[] => [{ arrivalUs: 0 }, { arrivalUs: seconds * S }];
  /** A second an interval; in second i there are 2i requests, half of them waiting; 3 come and 1 is finished. */
  const timeline = () => {
    const each = emptyTimeline(100, S);
    for (let i = 0; i < 100; i++) {
      each.waiting[i] = i;
      each.running[i] = i;
    }
    return each;
  };
  const record = (rows: Row[]) => {
    const made = recordOf(rows, { timeline: timeline(), totals: { endUs: 100 * S } });
    made.timeline.accepted.fill(3);
    made.timeline.finished.fill(1);
    return made;
  };

  it('begins a quarter after the first arrival and ends with the last', () => {
    // 20 s to 80 s in batches of 3 s: the first has the seconds 20, 21, 22.
    const batches = loadBatches(record([{ arrivalUs: 0 }, { arrivalUs: 80 * S }]))!;
    expect(batches.seconds).toBe(3);
    expect(batches.inSystem).toHaveLength(20);
    expect(batches.inSystem[0]).toBeCloseTo(42, 9);
    expect(batches.waiting[19]).toBeCloseTo(78, 9);
    expect(batches.arrived[7]).toBeCloseTo(9, 9);
    expect(batches.finished[7]).toBeCloseTo(3, 9);
  });

  it('begins where it is told, and shares out the intervals between batches', () => {
    // 30 s to 80 s in batches of 2.5 s: the second has half of 32 and the seconds 33 and 34.
    const { inSystem, arrived } = loadBatches(record(arrivals(80)), 30 * S)!;
    expect(inSystem[1]).toBeCloseTo((2 * (32 * 0.5 + 33 + 34)) / 2.5, 9);
    expect(arrived[1]).toBeCloseTo(7.5, 9);
  });

  it('is unknown where all requests come at once, or in too few intervals', () => {
    expect(loadBatches(record(arrivals(0)))).toBeNull();
    expect(loadBatches(record(arrivals(40)))).toBeNull();
    expect(loadBatches(record([]))).toBeNull();
  });
});

describe('the loads of several replications', () => {
  it('are averaged batch by batch', () => {
    const mean = meanLoad([
      load({ inSystem: () => 1, waiting: (i) => i }),
      { ...load({ inSystem: () => 4 }), seconds: 20 },
    ]);
    expect(mean).toMatchObject({ seconds: 15, arrived: new Array(20).fill(100) });
    expect(mean!.inSystem).toEqual(new Array(20).fill(2.5));
    expect(mean!.waiting.slice(0, 3)).toEqual([0, 0.5, 1]);
  });

  it('say nothing where one of them is too short', () => {
    expect(meanLoad([load({}), null])).toBeNull();
    expect(meanLoad([])).toBeNull();
  });

  /** Of 100 studies of ten queues each. */
  const joint = (rho: number) => {
    const counts: Record<string, number> = { steady: 0, growing: 0, undecided: 0, shedding: 0 };
    for (let study = 0; study < 100; study++) {
      const streams = randomStreams(study);
      const loads = Array.from({ length: 10 }, (_, run) => loadOfQueue(lindley(streams(`${run}`), rho, 600, 0)));
      counts[saturation(meanLoad(loads)!).verdict]!++;
    }
    return counts;
  };

  it('settle together what single short runs leave open, and call no queue growing that is not', () => {
    expect(verdicts(1.1, 600).growing).toBeLessThan(70);
    expect(joint(1.1).growing).toBeGreaterThanOrEqual(95);
    expect(joint(0.8)).toMatchObject({ growing: 0 });
    expect(joint(0.8).steady).toBeGreaterThanOrEqual(90);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { meanInterval } from '../../../src/metrics/statistics/confidence.ts';
import {
  commonWarmUp,
  firstRowFrom,
  latencySeries,
  requestsFrom,
  requestWarmUp,
  warmUpOf,
} from '../../../src/metrics/statistics/warm-up.ts';
import type { RequestTable } from '../../../src/record/run-record.ts';
import { type Row, recordOf } from '../../report/fixture.ts';
import { lindley, meanOf } from './lindley.ts';

/** Each batch mean written as five equal values. */
const batches = (...means: number[]) => means.flatMap((mean) => Array.from({ length: 5 }, () => mean));
const alternating = (count: number) => Array.from({ length: count }, (_, i) => (i % 2) * 2);

describe('MSER-5', () => {
  it('cuts where the sum of squares over the squared number of kept batches is least', () => {
    // After the two batches of 100 there are 18 of 0 and 2: 18 / 18² = 0.0556. One fewer, 9 and 8: 16.94 / 17² = 0.0586.
    expect(warmUpOf(batches(100, 100, ...alternating(18)))).toMatchObject({ values: 10, isValid: true });
  });

  it('cuts nothing from values that are alike from the beginning', () => {
    expect(warmUpOf(batches(...alternating(20)))).toMatchObject({ values: 0, isValid: true });
    expect(warmUpOf(batches(...alternating(20).map(() => 7)))).toMatchObject({ values: 0, isValid: true });
  });

  it('averages five values before it looks, so that one request out of line is no warm-up', () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? 10 : 0));
    expect(warmUpOf(values).values).toBe(0);
  });

  it('does not apply where the least lies in the second half, as in values that only grow', () => {
    const warmUp = warmUpOf(Array.from({ length: 500 }, (_, i) => i));
    expect(warmUp).toMatchObject({ values: 0, isValid: false });
    expect(warmUp.because).toContain('second half: the run is too short, or has no steady state');
  });

  it('ignores a few equal values at the end, which are no steady state', () => {
    expect(warmUpOf(batches(...alternating(20), 5, 5, 5, 5, 5))).toMatchObject({ isValid: true, values: 0 });
  });

  it('needs fifty values', () => {
    expect(warmUpOf(batches(...alternating(10))).isValid).toBe(true);
    expect(warmUpOf(batches(...alternating(10)).slice(1)).isValid).toBe(false);
    expect(warmUpOf([]).because).toContain('50 are needed');
  });

  it('does not depend on the unit of the values, and cuts whole batches of the first half', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 2, 1024), (series, unit) => {
        // Powers of two, so that ties stay ties.
        const { values: cut } = warmUpOf(series);
        expect(warmUpOf(series.map((each) => unit * each)).values).toBe(cut);
        expect(cut % 5).toBe(0);
        expect(cut).toBeLessThanOrEqual(series.length / 2);
      }),
    );
  });

  it('takes the bias out of a queue that begins with far too long waits', () => {
    const load = 0.5;
    const cuts: number[] = [];
    let [raw, rest] = [0, 0];
    for (let run = 0; run < 50; run++) {
      const { waits } = lindley(randomStreams(run)('queue'), load, 3000, 200);
      const { values, isValid } = warmUpOf(waits);
      if (!isValid) continue;
      cuts.push(values);
      raw += meanOf(waits);
      rest += meanOf(waits.subarray(values));
    }
    // A long wait late in the run can make any run look too short.
    expect(cuts.length).toBeGreaterThanOrEqual(45);
    // A backlog of 200 is worked off at 1 - ρ = 1/2: about 400 units of time, in which 200 customers come.
    expect(Math.min(...cuts)).toBeGreaterThan(100);
    expect(cuts.sort((a, b) => a - b)[cuts.length >> 1]).toBeLessThan(400);
    const truth = load / (1 - load);
    expect(raw / cuts.length).toBeGreaterThan(5 * truth);
    expect(Math.abs(rest / cuts.length - truth)).toBeLessThan(0.1 * truth);
  });
});

describe('a common warm-up', () => {
  it('is that of the means over replications, as far as all of them reach', () => {
    const one = batches(100, 100, ...alternating(18));
    const other = batches(300, 0, ...alternating(18), 9, 9, 9);
    // Means of 200 and 50 before the rest.
    expect(commonWarmUp([one, other])).toEqual(warmUpOf(batches(200, 50, ...alternating(18))));
  });

  it('leaves intervals that cover as often as without a warm-up, where one of each run’s own would not', () => {
    const load = 0.6;
    const truth = load / (1 - load);
    let [common, own] = [0, 0];
    for (let study = 0; study < 200; study++) {
      const rng = randomStreams(study)('study');
      const runs = Array.from({ length: 10 }, () => lindley(rng, load, 5000, 50).waits);
      const { values, isValid } = commonWarmUp(runs);
      expect(isValid).toBe(true);
      const covers = (cut: (waits: Float64Array) => number) => {
        const { low, high } = meanInterval(runs.map((waits) => meanOf(waits.subarray(cut(waits)))));
        return low! <= truth && truth <= high!;
      };
      if (covers(() => values)) common++;
      if (covers((waits) => warmUpOf(waits).values)) own++;
    }
    expect(common).toBeGreaterThanOrEqual(184);
    expect(common).toBeLessThanOrEqual(196);
    expect(own).toBeLessThan(common);
  });
});

describe('the warm-up of requests', () => {
  const rows: Row[] = batches(100, ...alternating(19)).flatMap((latency, i): Row[] => [
    { arrivalUs: 2 * i, firstTokenUs: 2 * i + latency, lastTokenUs: 2 * i + latency, finish: 'stop' },
    { arrivalUs: 2 * i + 1, finish: 'rejected' },
  ]);
  const requests = recordOf(rows).requests!;
  const ttft = ({ firstTokenUs, arrivalUs }: RequestTable, row: number) => firstTokenUs[row]! - arrivalUs[row]!;

  it('counts requests that have the latency, and says from which on all are kept', () => {
    expect(requestWarmUp([latencySeries(requests, ttft)])).toMatchObject({ values: 5, firstRows: [10], isValid: true });
  });

  it('is one number of values for all replications, whichever rows these are', () => {
    const withoutRefused = recordOf(rows.filter(({ finish }) => finish === 'stop')).requests!;
    expect(requestWarmUp([requests, withoutRefused].map((run) => latencySeries(run, ttft)))).toMatchObject({
      values: 5,
      firstRows: [10, 5],
    });
  });

  it('is unknown where no request has the latency', () => {
    expect(requestWarmUp([latencySeries(requests, () => Number.NaN)])).toMatchObject({
      values: 0,
      firstRows: [0],
      isValid: false,
    });
    expect(requestWarmUp([])).toMatchObject({ firstRows: [], isValid: false });
  });

  it('may also be a stated time: the first request that arrives then or later', () => {
    expect(firstRowFrom(requests, 0)).toBe(0);
    expect(firstRowFrom(requests, 10.5)).toBe(11);
    expect(firstRowFrom(requests, 1e9)).toBe(requests.count);
  });

  it('leaves the other requests as they are, in every column', () => {
    const rest = requestsFrom(requests, 10);
    expect(rest.count).toBe(requests.count - 10);
    expect(rest.arrivalUs[0]).toBe(10);
    expect(rest.finishReason[1]).toBe(requests.finishReason[11]);
    expect(Object.keys(rest).sort()).toEqual(Object.keys(requests).sort());
    for (const column of Object.values(rest)) if (typeof column !== 'number') expect(column).toHaveLength(rest.count);
  });
});

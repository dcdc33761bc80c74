import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../src/core/random.ts';
import { LATENCY_METRICS } from '../../../src/metrics/latency.ts';
import { metricNamed } from '../../../src/metrics/metric-names.ts';
import { type MeasuredRun, Replications } from '../../../src/metrics/statistics/estimates.ts';
import type { Estimate } from '../../../src/metrics/study-statistics.ts';

const METRIC = metricNamed('ttft_p90', [], 'a test');

/** Runs whose values are tenths, which no double is. */
function replications(count: number, shift: number): Replications {
  const rng = randomStreams(count)('values');
  const tenth = () => Math.floor(1000 * rng()) / 10 + shift;
  const runs = Array.from({ length: count }, (_, seed): MeasuredRun => {
    const values = Float64Array.from({ length: 20 }, tenth);
    const latencies = Object.fromEntries([...LATENCY_METRICS, 'queue_time'].map((name) => [name, values]));
    return { seed, values: { ttft_p90: tenth() }, latencies: latencies as MeasuredRun['latencies'] };
  });
  return new Replications(runs, [METRIC]);
}

const figures = ({ mean, low, high }: Estimate) => [mean, low!, high!];

describe('estimates', () => {
  it.each([
    [5, 'student'],
    [12, 'bootstrap'],
  ])('of %i runs, differences and ratios have twelve digits, none of them noise', (count, method) => {
    const [own, baseline] = [replications(count, 0.1), replications(count, 0.7)];
    const { difference, ratio } = own.versus(baseline, METRIC, 0.95)!;
    const estimate = own.estimate(METRIC, 0.95)!;
    expect(estimate.method).toBe(method);
    expect(difference.mean).toBe(-0.6);
    for (const value of [estimate, difference, ratio!].flatMap(figures))
      expect(value).toBe(Number(value.toPrecision(12)));
  });
});

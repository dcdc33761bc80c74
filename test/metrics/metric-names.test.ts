import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { keptFrom, latencyColumns } from '../../src/metrics/kept-requests.ts';
import { metricNamed, metricsOf } from '../../src/metrics/metric-names.ts';
import type { OutcomesOptions } from '../../src/metrics/outcomes.ts';
import { quantileOfSorted } from '../../src/metrics/quantile.ts';
import { keptRequests } from '../../src/record/run-record.ts';
import { recordOf, requestTable, SLO, summaryOf, syntheticRecord } from '../report/fixture.ts';

const CLASSES = [
  { name: 'interactive', slo: SLO },
  { name: 'batch', slo: [] },
];

describe('a metric counted from all requests of a run', () => {
  const made = syntheticRecord({ thinking: true, refused: 0.05, requests: 300, places: 12 });
  const rows = keptRequests(made);
  const table = { ...rows, class: rows.class.map((_, row) => row % 2) };
  const preemptions = table.preemptions.reduce((sum, each) => sum + each, 0);
  const record = { ...made, requests: table, totals: { ...made.totals, preemptions } };
  const options: OutcomesOptions = { slo: SLO, classes: CLASSES };
  const summary = summaryOf(record, options);
  const kept = keptFrom(table, 0, options);
  const counted = metricsOf(['interactive', 'batch']).filter(({ ofRequests }) => ofRequests !== null);

  it.each(counted.map((metric) => [metric.name, metric] as const))('%s is what the summary says', (_, metric) => {
    const fromSummary = metric.ofSummary(summary);
    const fromRequests = metric.ofRequests!(kept);
    if (fromSummary === null) expect(fromRequests).toBeNull();
    else expect(fromRequests).toBeCloseTo(fromSummary, 9);
  });

  it('has a value for all but the goodput of a class without limits', () => {
    const missing = counted.filter(({ ofSummary }) => ofSummary(summary) === null).map(({ name }) => name);
    expect(missing).toEqual(['batch.goodput']);
  });

  it('has as its percentile that of the latencies that are drawn from in a bootstrap', () => {
    const columns = latencyColumns(table, 0);
    for (const { quantile, ofSummary } of counted.filter((metric) => metric.quantile !== null)) {
      const sorted = columns[quantile!.latency].slice().sort();
      expect(quantileOfSorted(sorted, quantile!.share)).toBeCloseTo(ofSummary(summary)!, 9);
    }
  });
});

describe('with a warm-up left out, a metric', () => {
  const finished = (arrivalUs: number, lastTokenUs: number, preemptions = 0) => {
    const times = { queuedUs: arrivalUs, scheduledUs: arrivalUs, firstTokenUs: arrivalUs + 1_000_000, lastTokenUs };
    return { arrivalUs, ...times, promptTokens: 30, outputTokens: 11, preemptions, finish: 'stop' } as const;
  };
  const table = requestTable([
    finished(0, 90_000_000, 5),
    finished(10_000_000, 21_000_000, 1),
    { arrivalUs: 20_000_000, finish: 'rejected' },
    finished(30_000_000, 50_000_000, 2),
  ]);
  const kept = keptFrom(table, 1, {});
  const value = (name: string) => metricNamed(name, [], 'test').ofRequests!(kept);

  it('is of the requests that arrive after it, on a clock that starts with the first of them', () => {
    // Two of three are served in the 40 s from 10 to 50.
    expect(value('request_throughput')).toBe(2 / 40);
    expect(value('output_throughput')).toBe(22 / 40);
    expect(value('total_token_throughput')).toBe(82 / 40);
    expect(value('e2el_mean')).toBe((11_000 + 20_000) / 2);
    expect(value('refused')).toBe(1 / 3);
    expect(value('not_served')).toBe(1 / 3);
    expect(value('preemptions')).toBe(3);
  });
});

describe('names of metrics', () => {
  it('are all different, and so are their labels', () => {
    const metrics = metricsOf(['a', 'b']);
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    expect(new Set(metrics.map(({ label }) => label)).size).toBe(metrics.length);
  });

  it('that are not known are answered with the nearest one', () => {
    expect(() => metricNamed('ttft_99', [], 'until')).toThrow(InputError);
    expect(() => metricNamed('ttft_99', [], 'until')).toThrow('until: no metric ttft_99. Did you mean "ttft_p99"?');
    expect(() => metricNamed('batch.ttft_p99', [], 'until')).toThrow('no metric batch.ttft_p99');
    expect(metricNamed('batch.ttft_p99', ['batch'], 'until').label).toBe('batch TTFT p99');
  });

  it('stand for figures of one run even where nothing was served', () => {
    const summary = summaryOf(recordOf([{ arrivalUs: 0, finish: 'rejected' }]));
    expect(metricNamed('refused', [], '').ofSummary(summary)).toBe(1);
    expect(metricNamed('ttft_p99', [], '').ofSummary(summary)).toBeNull();
    expect(metricNamed('truncated', [], '').ofSummary(summary)).toBeNull();
  });
});

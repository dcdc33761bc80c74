import { describe, expect, it } from 'vitest';
import type { SloVerdict } from '../../src/metrics/slo.ts';
import type { Estimate } from '../../src/metrics/study-statistics.ts';
import { figures } from '../../src/report/html-figures.ts';
import { variantsOf } from '../../src/report/variants.ts';
import { variant } from './answers.ts';
import { runReport, syntheticRecord } from './fixture.ts';
import { statisticsOf } from './statistics-fixture.ts';

/** TTFT p90 of at most 3 s; what is judged is nothing that a run's own percentiles could be. */
const bound = (of?: string): SloVerdict => ({
  ...{ metric: 'ttft', statistic: 'p90', limit_ms: 3000, measured_ms: 77_700, judged_ms: 77_700 },
  ...{ requests_never_served: 0, met: false },
  ...(of === undefined ? {} : { class: of }),
});

const report = runReport(syntheticRecord());

/** The chart of TTFT of two variants side by side. */
function chartOf(slo: SloVerdict[]): string {
  const { summary } = report;
  const own = { ...summary, p50_ttft_ms: 100, p99_ttft_ms: 900, sim: { ...summary.sim, slo } };
  const variants = variantsOf([1, 2].map((x) => ({ ...report, variant: { x }, summary: own })));
  return /<svg.*?<\/svg>/s.exec(figures(variants, null))![0];
}

describe('the variants side by side', () => {
  it("have dots at the run's own percentiles where only a class is judged", () => {
    const chart = chartOf([bound('now')]);
    expect(chart).toContain('seed 1: p50 100 ms, p99 900 ms');
    expect(chart).toContain('○ p50, ● p99');
    expect(chart).not.toContain('77.7 s');
  });

  it('have the second dot at what the SLO of the study judges', () => {
    const chart = chartOf([bound('now'), bound()]);
    expect(chart).toContain('seed 1: p50 100 ms, p90 77.7 s');
    expect(chart).toContain('○ p50, ● p90');
  });

  it('name the class of a limit, also of two that are equal, each on a line of its own', () => {
    const chart = chartOf([bound('now'), bound('batch'), bound()]);
    const names = [...chart.matchAll(/<text class="limit-name"[^>]* y="([^"]*)"[^>]*>([^<]*)</g)];
    expect(names.map(([, , name]) => name)).toEqual(['now p90 ≤ 3.00 s', 'batch p90 ≤ 3.00 s', 'p90 ≤ 3.00 s']);
    const heights = names.slice(0, 2).map(([, y]) => y);
    expect(new Set(heights).size).toBe(2);
  });
});

describe('the variants side by side over several seeds', () => {
  const runs = ['a', 'b'].flatMap((name) =>
    [1, 2].map((seed) => variant({ name }, { p50_ttft_ms: 100 * seed, p99_ttft_ms: 1000 * seed }, {}, seed)),
  );
  /** As the statistics have it after a warm-up: neither p50 nor p99 is the mean of the runs' own. */
  const told = (method: Estimate['method'], warmUpRequests: number) => {
    const statistics = statisticsOf(runs);
    const of = (mean: number): Estimate => ({ mean, low: 0.9 * mean, high: 1.1 * mean, runs: 2, method });
    const variants = statistics.variants.map((each) => ({
      ...each,
      warmUp: { requests: warmUpRequests, seconds: 1, note: null },
      estimates: { ...each.estimates, ttft_p50: of(120), ttft_p99: of(1300) },
    }));
    return figures(variantsOf(runs), { ...statistics, variants });
  };

  it('have their dots where the interval is: at the figure of the statistics, not at the mean of whole runs', () => {
    const page = told('student', 50);
    expect(page).toContain('mean of 2 seeds: p50 120 ms, p99 1.30 s');
    expect(page).not.toContain('p99 1.50 s');
    expect(page).toContain(
      'Dots are means over the seeds, without the warm-up; the small ticks are each run’s own values, warm-up included; the line with crossed ends is the 95 % interval.',
    );
  });

  it('say of percentiles over all runs that they are', () => {
    const page = told('bootstrap', 0);
    expect(page).toContain('over all 2 runs: p50 120 ms, p99 1.30 s');
    expect(page).toMatch(
      /Dots are percentiles over all runs together, of TPOT p50, TPOT p99.* means over the seeds; the/,
    );
  });
});

import { describe, expect, test } from 'vitest';
import { glance } from '../../src/report/html-glance.ts';
import { heatMaps } from '../../src/report/html-heat-maps.ts';
import { runsTable } from '../../src/report/html-tables.ts';
import { basisOf, growingRuns, meets, queueGrows, runsMeeting, verdictsOf } from '../../src/report/judged-variant.ts';
import type { Variant } from '../../src/report/variants.ts';
import { judgedVariants, variantsOf } from '../../src/report/variants.ts';
import { verdictClass, verdictText } from '../../src/report/verdict-text.ts';
import { judged, OVERLOAD, variant } from './answers.ts';
import { statisticsOf } from './statistics-fixture.ts';
import { gridStudy } from './studies.ts';

/** One variant with a seed for each TTFT p99 in milliseconds; the limit is 2,000. */
const withTtft = (...latencies: number[]): Variant =>
  variantsOf(latencies.map((ms, i) => variant({ n: 1 }, { p99_ttft_ms: ms }, judged(ms, 30), i + 1)))[0]!;

describe('a variant with several seeds', () => {
  test('is judged by the mean over them, whatever the worst one is', () => {
    const one = withTtft(1000, 1500, 2600);
    expect(verdictsOf(one)[0]).toMatchObject({ judged_ms: 1700, met: true });
    expect(meets(one)).toBe(true);
    expect(runsMeeting(one)).toBe('2 of 3 runs');
    expect(verdictText(one)).toBe('met (by 2 of 3)');
    expect(verdictText(withTtft(1000, 4000))).toBe('missed (met by 1 of 2)');
    expect(verdictText(withTtft(1000, 1100))).toBe('met');
  });

  test('is judged by the figure of the statistics where there is one, and says over what it is', () => {
    const pooled = { mean: 2100, low: 2000, high: 2200, runs: 2, method: 'bootstrap' as const };
    const one = { ...withTtft(1000, 1500), estimates: { ttft_p99: pooled } };
    const [ttft, tpot] = verdictsOf(one);
    expect(ttft).toMatchObject({ judged_ms: 2100, met: false });
    expect([basisOf(one, ttft!), basisOf(one, tpot!)]).toEqual(['over all runs', 'mean over the seeds']);
    expect(verdictText(one)).toBe('missed (met by 2 of 2)');
  });

  test('misses a bound as soon as too many requests of a seed are not served', () => {
    const runs = [judged(100, 30), judged(Number.POSITIVE_INFINITY, 30, 5)];
    const [one] = variantsOf(runs.map((sim, i) => variant({ n: 1 }, {}, sim, i + 1)));
    expect(verdictsOf(one!)[0]).toMatchObject({ judged_ms: null, met: false, requests_never_served: 5 });
  });
});

describe('a variant whose queue grows', () => {
  const runs = [1, 2].flatMap((n) => [1, 2].map((seed) => variant({ n }, {}, judged(100, 30), seed)));
  const variants = judgedVariants({ runs, statistics: statisticsOf(runs, [0]) });

  test('does not meet the SLO in any table, however fast its runs were', () => {
    expect(variants.map(queueGrows)).toEqual([true, false]);
    expect(variants.map(meets)).toEqual([false, true]);
    expect(variants.map(verdictText)).toEqual(['queue grows', 'met']);
    expect(verdictClass('queue grows')).toBe('missed');
    expect(runsTable(runs, variants).match(/missed">queue grows</g)).toHaveLength(2);
    expect(growingRuns(variants)).toEqual(new Set(runs.slice(0, 2)));
  });

  test('is counted as such beside the answer', () => {
    expect(glance(variants)).toMatch(/TTFT p99 ≤ 2.00 s<.*?>met by 1 of 2</);
    expect(glance(variants)).toMatch(/Queue grows<.*?class="missed">with 1 of 2</);
    expect(glance(variants.slice(0, 1))).toContain('class="missed">queue grows<');
  });

  test('is told by the end of its runs where no statistics judge it', () => {
    const [one] = variantsOf([variant({}, {}, { ...judged(100, 30), overload: OVERLOAD })]);
    expect(queueGrows(one!)).toBe(true);
    expect(queueGrows({ ...one!, unsteady: false })).toBe(false);
    expect(glance([one!])).not.toContain('"met"');
  });

  test('has no outline in a heat map', () => {
    const ofOneSeed = gridStudy().runs.filter(({ seed }) => seed === 1);
    const fast = ofOneSeed.map((run) => ({
      ...run,
      summary: { ...run.summary, sim: { ...run.summary.sim, ...judged(100, 30) } },
    }));
    const outlined = (withheld: number[]) => {
      const statistics = statisticsOf(fast, withheld);
      return heatMaps(judgedVariants({ runs: fast, statistics }), statistics);
    };
    expect(outlined([0])).toContain('Outlined: meets the SLO.');
    expect(outlined([])).not.toContain('Outlined');
  });
});

import { describe, expect, it, test } from 'vitest';
import type { ClassSummary } from '../../src/metrics/class-summary.ts';
import type { FleetSummary } from '../../src/metrics/fleet-summary.ts';
import type { MoneySummary } from '../../src/metrics/money.ts';
import type { Summary } from '../../src/metrics/summary.ts';
import { consoleReport } from '../../src/report/console.ts';
import { reportHtml } from '../../src/report/html.ts';
import type { RunReport } from '../../src/report/study-report.ts';
import { classesOfVariants } from '../../src/report/variant-classes.ts';
import { fleetOfVariants } from '../../src/report/variant-fleet.ts';
import { moneyOfVariants } from '../../src/report/variant-money.ts';
import { meanCount, type VariantTable } from '../../src/report/variant-table.ts';
import { variantsOf } from '../../src/report/variants.ts';
import { study, variant } from './answers.ts';
import { recordOf, SLO, singleStudy, summaryOf } from './fixture.ts';
import { expectWellFormed } from './well-formed.ts';

type Sim = Partial<Summary['sim']>;
const budget = (name: string, sim: Sim, seed = 1) => variant({ 'workload.budget': name }, {}, sim, seed);

const ended = { kind: 0, finish: 'stop' as const };
const [madeUp] = summaryOf(recordOf([{ ...ended, arrivalUs: 0, firstTokenUs: 1, lastTokenUs: 2, outputTokens: 2 }]), {
  classes: [{ name: 'batch', slo: SLO }],
}).sim.classes;
const ofClass = (name: string, rest: Partial<ClassSummary>): ClassSummary => ({ ...madeUp!, name, ...rest });

/** Of the TTFT p99 by which a class is judged; the limit is 2 s. */
const judgedBy = (ms: number): Partial<ClassSummary> => {
  const slo = madeUp!.slo.slice(0, 1).map((bound) => ({ ...bound, judged_ms: ms, met: ms <= 2000 }));
  return { slo, slo_met: ms <= 2000 };
};

const money = (rest: Partial<MoneySummary>): MoneySummary => ({
  ...{
    gpu_hours_on_demand: 1,
    latencies: null,
    gpu_hours_spot: 0,
    usd: 2.4,
    usd_per_hour: 2.4,
    usd_per_million_output_tokens: 0.4,
  },
  ...{ usd_per_million_useful_tokens: 0.5, usd_per_1000_good_requests: 1.2, api: null },
  ...rest,
});
const api = (volume: number | null, because: string | null = null) => ({
  ...{ name: 'Some API', usd: 1, usd_per_million_tokens: 1.5, usd_per_million_output_tokens: 2 },
  ...{ usd_per_1000_requests: 3, break_even_requests_per_month: volume, break_even_output_tokens_per_month: null },
  no_break_even_because: because,
});

const pool = { ...{ name: 'p', gpu: 'h100-sxm', replicas: 2, mean_serving_replicas: 2, interruptions: 0, notices: 0 } };
const fleet = (rest: Partial<FleetSummary>, below: number[] = [0]): FleetSummary => ({
  ...{ interruptions: 0, request_losses: 0, requests_hit: 0, output_tokens_lost: 0, thinking_tokens_lost: 0 },
  ...{ computed_tokens_lost: 0, extra_latency_s: 0, mean_extra_latency_ms: null, rerouted: 0, queued_at_router: 0 },
  ...{ timed_out: 0, gave_up: 0, gpu_hours: [{ gpu: 'h100-sxm', market: 'spot', gpu_hours: 3 }] },
  pools: below.map((below_target_share) => ({
    ...{ ...pool, below_target_share, starts: 0, below_target_s: 0, missing_replica_hours: 0, without_any_s: 0 },
    ...{ gpu_hours_on_demand: 0, gpu_hours_spot: 3, latencies: null },
  })),
  ...rest,
});

const timedOut = (timed_out: number): Sim => ({
  conservation: {
    ...{ arrived: 100, finished: 100 - timed_out, rejected: 0, aborted: 0, timed_out, lost: 0 },
    ...{ waiting: 0, running: 0, kv_blocks_in_use: 0 },
  },
});

const texts = (table: VariantTable | null) =>
  Object.fromEntries((table?.columns ?? []).map((column) => [column.header, column.texts]));
const plain = { columns: 80, color: false };

/** Two variants, one with two seeds, with all three tables. */
const runs: RunReport[] = [
  budget('none', {
    classes: [
      ofClass('chat', { requests: 100, finished: 90, complete: 80, p99_ttft_ms: 400, ...judgedBy(400) }),
      ofClass('batch', { requests: 50, finished: 50, complete: 50, p99_ttft_ms: 5000, slo: [], slo_met: null }),
    ],
    money: money({ api: api(1000) }),
    fleet: null,
  }),
  budget(
    'none',
    {
      classes: [
        ofClass('chat', { requests: 100, finished: 100, complete: 100, p99_ttft_ms: 800, ...judgedBy(4000) }),
        ofClass('batch', { requests: 50, finished: 25, complete: 20, p99_ttft_ms: null, slo: [], slo_met: null }),
      ],
      money: money({ usd_per_hour: 2.6, api: api(3000) }),
      fleet: null,
    },
    2,
  ),
  budget('half', {
    classes: [ofClass('chat', { requests: 100, finished: 100, complete: 99, p99_ttft_ms: 200, ...judgedBy(200) })],
    money: money({ api: api(null, 'it takes 9 requests a month') }),
    fleet: fleet({ interruptions: 3, requests_hit: 4, extra_latency_s: 8, output_tokens_lost: 1000 }, [0.1, 0.25]),
  }),
];
const variants = variantsOf(runs);

describe('the classes of several variants', () => {
  const table = classesOfVariants(variants);

  test('have a row each for every variant', () => {
    expect(table!.rows.map(({ title }) => title)).toEqual(['budget none', 'budget none', 'budget half']);
    expect(texts(table).class).toEqual(['chat', 'batch', 'chat']);
  });

  test('have means over the seeds, and none where a seed has no value', () => {
    const columns = texts(table);
    expect(columns.finished).toEqual(['95.0 %', '75.0 %', '100 %']);
    expect(columns.complete).toEqual(['90.0 %', '70.0 %', '99.0 %']);
    expect(columns['TTFT p99']).toEqual(['600 ms', '–', '200 ms']);
  });

  test('are judged over all seeds with how many meet the SLO, and not where a class has none', () => {
    expect(texts(table).SLO).toEqual(['missed (met by 1 of 2)', '–', 'met']);
    const growing = variants.map((each) => ({ ...each, unsteady: true }));
    expect(texts(classesOfVariants(growing)).SLO).toEqual(['queue grows', '–', 'queue grows']);
  });

  test('are not spoken of where there are none', () => {
    expect(classesOfVariants(variantsOf([budget('a', {}), budget('b', {})]))).toBeNull();
  });
});

describe('the money of several variants', () => {
  test('has the means over the seeds, and the break-even volume or that there never is one', () => {
    const columns = texts(moneyOfVariants(variants));
    expect(columns['$/h']).toEqual(['$2.50', '$2.40']);
    expect(columns['break-even']).toEqual(['2,000', 'never']);
    expect(columns['why never']).toEqual(['', 'it takes 9 requests a month']);
  });

  test('says in how many of the seeds there is no break-even', () => {
    const mixed = [budget('a', { money: money({ api: api(5) }) }), budget('b', { money: money({ api: api(5) }) })];
    const never = budget('b', { money: money({ api: api(null, 'nothing was finished') }) }, 2);
    const columns = texts(moneyOfVariants(variantsOf([...mixed, never])));
    expect(columns['break-even']).toEqual(['5', 'never in 1 of 2']);
    expect(columns['why never']).toEqual(['', 'seed 2: nothing was finished']);
  });

  test('has dashes for a variant whose price is not known, and no table where none is', () => {
    const columns = texts(moneyOfVariants(variantsOf([budget('a', { money: money({}) }), budget('b', {})])));
    expect(columns['$/M output']).toEqual(['$0.400', '–']);
    expect(columns['API $/M']).toBeUndefined();
    expect(moneyOfVariants(variantsOf([budget('a', {}), budget('b', {})]))).toBeNull();
  });
});

describe('the fleets of several variants', () => {
  const hour: Sim = { gpus: 4, simulated_s: 1800 };
  const spot = (seed: number, rest: Partial<FleetSummary>) =>
    budget('spot', { ...hour, ...timedOut(seed * 10), fleet: fleet(rest, [0.1, 0.25]) }, seed);
  const columns = texts(
    fleetOfVariants(
      variantsOf([
        budget('plain', { ...hour, ...timedOut(0), fleet: null }),
        spot(1, { interruptions: 2, requests_hit: 4, extra_latency_s: 8, output_tokens_lost: 500 }),
        spot(2, { interruptions: 3, requests_hit: 0, extra_latency_s: 0, output_tokens_lost: 0 }),
      ]),
    ),
  );

  test('count nothing for replicas that cannot be lost, but their GPU-hours', () => {
    expect(columns.interruptions![0]).toBe('0');
    expect(columns['below target']![0]).toBe('0 %');
    expect(columns['GPU-h on demand']).toEqual(['2.00', '0']);
    expect(columns['GPU-h spot']).toEqual(['0', '3.00']);
  });

  test('have means over the seeds, but extra latency over the requests that were hit', () => {
    expect(columns.interruptions![1]).toBe('2.50');
    expect(columns['tokens lost']![1]).toBe('250');
    expect(columns['extra latency']).toEqual(['–', '2.00 s']);
    expect(columns['timed out']).toEqual(['0', '15']);
  });

  test('are below target as long as their worst pool', () => {
    expect(columns['below target']![1]).toBe('25.0 %');
  });

  test('have no columns without news, and no table where nothing can happen', () => {
    expect(columns['thinking lost']).toBeUndefined();
    expect(columns['gave up']).toBeUndefined();
    expect(fleetOfVariants(variantsOf([budget('a', {}), budget('b', {})]))).toBeNull();
  });

  test('are spoken of where a time limit is all that can end a request', () => {
    const columns = texts(fleetOfVariants(variantsOf([budget('a', timedOut(7)), budget('b', timedOut(0))])));
    expect(columns['timed out']).toEqual(['7', '0']);
  });
});

describe('page and console of several variants', () => {
  test('have the tables under their titles, with what the columns mean', () => {
    const page = reportHtml(study(...runs));
    expectWellFormed(page);
    const titles = ['<h3>Classes</h3>', '<h3>Money</h3>', '<h3>Fleet</h3>', '<h2>Before'].map((it) => page.indexOf(it));
    expect(titles.every((place) => place > 0)).toBe(true);
    expect(titles).toEqual([...titles].sort((a, b) => a - b));
    expect(page).toContain('<td class="text missed">missed (met by 1 of 2)</td>');
    expect(page).toContain('<th class="text" scope="col">SLO</th>');
    expect(page).toContain('Means over the seeds of each variant.');
    expect(page).toContain('it takes 9 requests a month');
  });

  test('name a variant once for all its classes in the console, and why it never breaks even', () => {
    const text = consoleReport(study(...runs), { columns: 120, color: false });
    expect(text).toMatch(/^Classes\nbudget +class .*\nnone +chat .*\n {6,}batch .*\nhalf +chat /m);
    expect(text).toContain('No break-even with half: it takes 9 requests a month.');
  });

  test('stay within the width of the terminal: long names go on below, columns of low rank are left out', () => {
    const long = 'hint cut 0.5 ignored_by 0.2 thinking_tokens 8192 max_tokens 16384';
    const named = runs.map((run) => ({ ...run, variant: { x: run.variant['workload.budget'] === 'half' ? long : 1 } }));
    for (const columns of [60, 80, 120, 160]) {
      const text = consoleReport(study(...named), { columns, color: false });
      const tables = text.slice(text.indexOf('\nClasses\n'), text.indexOf('\nEstimates'));
      expect(Math.max(...tables.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(tables).toContain('16384');
      expect(tables).toMatch(/^x +class .*TTFT p99 .*SLO$/m);
    }
  });

  test('explain only columns that are shown', () => {
    expect(consoleReport(study(...runs), { ...plain, columns: 60 })).not.toContain('Finished: share');
    expect(consoleReport(study(...runs), { ...plain, columns: 160 })).toContain('Finished: share');
  });

  test('escape the names of classes, variants and APIs', () => {
    const evil = '<script>&"';
    const sim = {
      classes: [ofClass(evil, {})],
      money: money({ api: { ...api(null, evil), name: evil } }),
    };
    const page = reportHtml(study(budget(evil, sim), budget('b', sim)));
    expectWellFormed(page);
    expect(page).not.toContain('<script');
  });

  test('leave a study of one run as it is', () => {
    expect(reportHtml(singleStudy())).not.toContain('<h3>Money</h3>');
  });

  test('keep the page under 300 kB with hundreds of variants', () => {
    const [run] = runs.slice(2);
    const many = Array.from({ length: 400 }, (_, i) => ({
      ...run!,
      runId: `run${i}`,
      variant: { x: `a swept value of forty characters, ${i}` },
    }));
    const page = reportHtml(study(...many));
    expect(Buffer.byteLength(page)).toBeLessThan(300_000);
    expect(page).toContain('The first 60 of 400 rows; summary.csv has them all.');
  });
});

it('a mean of counts is whole where it can be', () => {
  expect([3, 2.5, 1234.4, null].map(meanCount)).toEqual(['3', '2.50', '1,234', '–']);
});

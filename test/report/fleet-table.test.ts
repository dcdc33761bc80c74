import { expect, it } from 'vitest';
import type { FleetRecord, PoolFleetRecord } from '../../src/record/fleet-recorder.ts';
import { consoleReport } from '../../src/report/console.ts';
import { summaryCsv } from '../../src/report/csv.ts';
import { fleetLines, poolColumns, poolTable } from '../../src/report/fleet-table.ts';
import { reportHtml } from '../../src/report/html.ts';
import { singleStudy, summaryOf, syntheticRecord } from './fixture.ts';

const HOUR_US = 3600e6;

const pool = (name: string, rest: Partial<PoolFleetRecord> = {}): PoolFleetRecord => ({
  ...{ name, gpu: 'h100-sxm', gpusPerReplica: 1, replicas: 2, interruptions: 0, notices: 0, starts: 0 },
  ...{ belowTargetUs: 0, missingReplicaUs: 0, withoutAnyUs: 0, servingReplicaUs: 20 * HOUR_US },
  gpuHours: { on_demand: 20, spot: 0 },
  ...rest,
});

const fleet: FleetRecord = {
  pools: [
    pool('steady'),
    pool('cheap', {
      ...{ gpu: 'l40s', interruptions: 3, servingReplicaUs: 15 * HOUR_US, belowTargetUs: 2.5 * HOUR_US },
      gpuHours: { on_demand: 0, spot: 16 },
    }),
  ],
  paid: [
    { gpu: 'h100-sxm', market: 'on_demand', gpuHours: 20 },
    { gpu: 'l40s', market: 'spot', gpuHours: 16 },
  ],
  ...{ requestsHit: 5, requestsHitOnce: 4, outputTokensLost: 1000, thinkingTokensLost: 700, computedTokensLost: 2000 },
  ...{ extraLatencyUs: 8e6, rerouted: 6, queuedAtRouter: 0, timedOut: 1, gaveUp: 0 },
};

const summary = (of: FleetRecord | null) => {
  const record = syntheticRecord();
  return summaryOf({ ...record, totals: { ...record.totals, endUs: 10 * HOUR_US } }, { fleet: of });
};

it('the summary has what losses cost, shares of the run, and GPU-hours', () => {
  expect(summary(fleet).sim.fleet).toMatchObject({
    ...{ interruptions: 3, request_losses: 5, requests_hit: 4, extra_latency_s: 8, mean_extra_latency_ms: 2000 },
    pools: [
      { name: 'steady', mean_serving_replicas: 2, below_target_share: 0 },
      { name: 'cheap', mean_serving_replicas: 1.5, below_target_share: 0.25, gpu_hours_spot: 16 },
    ],
  });
});

it('a fleet to which nothing can happen is not spoken of', () => {
  const plain = summary(null);
  expect(plain.sim.fleet).toBeNull();
  expect([fleetLines(plain), poolColumns(plain), poolTable(plain)]).toEqual([[], [], '']);
});

it('words tell what was lost and what the router did', () => {
  expect(fleetLines(summary(fleet))).toEqual([
    [
      'Interruptions',
      '3 hit 4 requests 5 times; 1,000 output tokens lost, 700 of them thinking; 8.00 s of latency lost, 2.00 s each on average',
    ],
    ['Router', '6 sent on, 1 timed out'],
  ]);
});

it('console, page and summary.csv have a row, a table and columns for each pool', () => {
  const study = singleStudy();
  const [run] = study.runs;
  const told = { ...study, runs: [{ ...run!, summary: summary(fleet) }] };
  expect(consoleReport(told, { columns: 120, color: false })).toMatch(/cheap +l40s +2 +1\.50 +3 +25.0 %/);
  expect(reportHtml(told)).toContain('<th class="text" scope="row">cheap</th>');
  const [header, row] = summaryCsv(told)
    .split('\n')
    .map((line) => line.split(','));
  expect(row![header!.indexOf('sim.fleet.pools.cheap.interruptions')]).toBe('3');
  expect(row![header!.indexOf('sim.fleet.gpu_hours.l40s_spot')]).toBe('16');
});

it('pools have latencies of their own where there are several', () => {
  const latencies = { finished: 40, p50_ttft_ms: 80, p99_ttft_ms: 900, p50_e2el_ms: 1000, p99_e2el_ms: 2000 };
  const of = summary(fleet);
  const [steady, cheap] = of.sim.fleet!.pools;
  expect(poolColumns(of).map(({ header }) => header)).not.toContain('finished');
  const pools = [
    { ...steady!, latencies },
    { ...cheap!, latencies: { ...latencies, finished: 0, p99_ttft_ms: null } },
  ];
  const columns = poolColumns({ ...of, sim: { ...of.sim, fleet: { ...of.sim.fleet!, pools } } });
  const texts = (wanted: string) => columns.find(({ header }) => header === wanted)?.texts;
  expect([texts('finished'), texts('TTFT p99'), texts('E2EL p99')]).toEqual([
    ['40', '0'],
    ['900 ms', '–'],
    ['2.00 s', '2.00 s'],
  ]);
});

it('GPU-hours on demand and on spot are shown together or not at all, and none of which there are none', () => {
  const study = singleStudy();
  const at = (columns: number, of: FleetRecord) =>
    consoleReport({ ...study, runs: [{ ...study.runs[0]!, summary: summary(of) }] }, { columns, color: false });
  const shown = Array.from({ length: 70 }, (_, i) => at(50 + i, fleet)).map((text) =>
    ['GPU-h on demand', 'GPU-h spot'].map((header) => text.includes(header)),
  );
  expect(shown.every(([onDemand, spot]) => onDemand === spot)).toBe(true);
  expect(new Set(shown.flat())).toEqual(new Set([true, false]));
  const steady = at(120, { ...fleet, pools: [pool('steady')] });
  expect(steady).toContain('GPU-h on demand');
  expect(steady).not.toContain('GPU-h spot');
});

/** What became of a fleet, in words and with one row a pool, for the console and the page alike. */
import type { FleetSummary, PoolSummary } from '../metrics/fleet-summary.ts';
import type { PoolLatencies } from '../metrics/pool-outcomes.ts';
import type { Summary } from '../metrics/summary.ts';
import { commonDuration, count, duration, number, percent, plural } from './format.ts';
import { htmlTable } from './html-table.ts';
import { hasNews, type RunColumn } from './run-columns.ts';

/** Label and text; empty where nothing can happen to the replicas. */
export function fleetLines({ sim: { fleet } }: Summary): [label: string, text: string][] {
  if (fleet === null) return [];
  const clients = clientsText(fleet);
  return [
    ['Interruptions', interruptionsText(fleet)],
    ...(clients === '' ? [] : [['Router', clients] satisfies [string, string]]),
  ];
}

function interruptionsText(fleet: FleetSummary): string {
  if (fleet.request_losses === 0) return `${count(fleet.interruptions)}, no request was hit`;
  const extra =
    fleet.mean_extra_latency_ms === null ? '' : `, ${duration(fleet.mean_extra_latency_ms)} each on average`;
  return (
    `${count(fleet.interruptions)} hit ${plural(fleet.requests_hit, 'request')} ${plural(fleet.request_losses, 'time')}; ` +
    `${count(fleet.output_tokens_lost)} output tokens lost, ${count(fleet.thinking_tokens_lost)} of them thinking; ` +
    `${duration(fleet.extra_latency_s * 1000)} of latency lost${extra}`
  );
}

function clientsText(fleet: FleetSummary): string {
  const parts: [number, string][] = [
    [fleet.rerouted, 'sent on'],
    [fleet.queued_at_router, 'waited for a replica'],
    [fleet.timed_out, 'timed out'],
    [fleet.gave_up, 'lost for good'],
  ];
  return parts
    .filter(([times]) => times > 0)
    .map(([times, what]) => `${count(times)} ${what}`)
    .join(', ');
}

/** One row a pool; empty where nothing can happen to the replicas. */
export function poolColumns({ sim: { fleet } }: Summary): RunColumn[] {
  if (fleet === null) return [];
  const { pools } = fleet;
  const column = (header: string, text: (pool: PoolSummary) => string, rank?: number): RunColumn => ({
    ...{ header, align: 'right', texts: pools.map(text) },
    ...(rank === undefined ? {} : { rank }),
  });
  return [
    { header: 'pool', align: 'left', texts: pools.map(({ name }) => name) },
    { header: 'GPU', align: 'left', texts: pools.map(({ gpu }) => gpu), rank: 4 },
    column('replicas', ({ replicas }) => count(replicas)),
    column('serving', (pool) => number(pool.mean_serving_replicas)),
    column('interruptions', ({ interruptions }) => count(interruptions), 6),
    column('below target', (pool) => percent(pool.below_target_share), 5),
    ...latencyColumns(pools),
    ...[
      column('GPU-h on demand', (pool) => number(pool.gpu_hours_on_demand), 3),
      column('GPU-h spot', (pool) => number(pool.gpu_hours_spot), 3),
    ]
      .filter(hasNews)
      .map((each) => ({ ...each, together: true })),
  ];
}

/** Of the requests that each pool finished; nothing where there is one pool. */
function latencyColumns(pools: readonly PoolSummary[]): RunColumn[] {
  if (pools.every(({ latencies }) => latencies === null)) return [];
  const latency = (header: string, of: (latencies: PoolLatencies) => number | null, rank: number): RunColumn => {
    const values = pools.map(({ latencies }) => (latencies === null ? null : of(latencies)));
    return { header, align: 'right', texts: values.map(commonDuration(values)), rank };
  };
  return [
    {
      header: 'finished',
      align: 'right',
      texts: pools.map(({ latencies }) => count(latencies?.finished ?? null)),
      rank: 4,
    },
    latency('TTFT p50', ({ p50_ttft_ms }) => p50_ttft_ms, 2),
    latency('TTFT p99', ({ p99_ttft_ms }) => p99_ttft_ms, 5),
    latency('E2EL p99', ({ p99_e2el_ms }) => p99_e2el_ms, 5),
  ];
}

/** The same on the page. */
export function poolTable(summary: Summary): string {
  const columns = poolColumns(summary);
  if (columns.length === 0) return '';
  return htmlTable(
    columns.map(({ rank, together: _, ...column }) => ({ ...column, wideOnly: rank !== undefined && rank < 5 })),
  );
}

/** What became of the fleets of several variants, pools taken together: a row for each variant. */
import type { FleetSummary } from '../metrics/fleet-summary.ts';
import type { Summary } from '../metrics/summary.ts';
import { commonDuration, number, percent } from './format.ts';
import { hasNews } from './run-columns.ts';
import {
  meanCount,
  meanOverSeeds,
  seedsNotes,
  type VariantColumn,
  type VariantNote,
  type VariantTable,
  valueColumn,
} from './variant-table.ts';
import type { Variant } from './variants.ts';

/** Null where nothing can happen to the replicas of any variant and no request is given up. */
export function fleetOfVariants(variants: readonly Variant[]): VariantTable | null {
  const told = variants.some(({ runs }) =>
    runs.some(({ summary: { sim } }) => sim.fleet !== null || sim.conservation.timed_out + sim.conservation.lost > 0),
  );
  if (!told) return null;
  const columns = [...lossColumns(variants), ...supplyColumns(variants), ...clientColumns(variants)].filter(hasNews);
  if (columns.length === 0) return null;
  return { title: 'Fleet', rows: variants, columns, notes: [...NOTES, ...seedsNotes(variants)] };
}

const NOTES: readonly VariantNote[] = [
  { column: 'tokens lost', text: 'Tokens lost: output that had to be written again.' },
  { column: 'thinking lost', text: 'Thinking lost: what of it was thinking.' },
  {
    column: 'extra latency',
    text: 'Extra latency: at least what the losses cost a request that was hit, on average.',
  },
  {
    column: 'below target',
    text: 'Below target: share of the time with fewer replicas than wanted, of several pools the worst.',
  },
];

function lossColumns(variants: readonly Variant[]): VariantColumn[] {
  const extra = variants.map(extraLatencyMs);
  return [
    counted('interruptions', variants, fleetCount('interruptions'), 8),
    counted('requests hit', variants, fleetCount('requests_hit'), 9),
    counted('tokens lost', variants, fleetCount('output_tokens_lost'), 5),
    counted('thinking lost', variants, fleetCount('thinking_tokens_lost'), 4),
    valueColumn('extra latency', extra, commonDuration(extra), 3),
  ];
}

function supplyColumns(variants: readonly Variant[]): VariantColumn[] {
  const hours = (market: 'on_demand' | 'spot') => (variant: Variant) =>
    number(meanOverSeeds(variant.runs, ({ summary }) => gpuHours(summary, market)));
  return [
    valueColumn('below target', variants, (variant) => percent(meanOverSeeds(variant.runs, belowTarget)), 10),
    { ...valueColumn('GPU-h on demand', variants, hours('on_demand'), 6), together: true },
    { ...valueColumn('GPU-h spot', variants, hours('spot'), 6), together: true },
  ];
}

function clientColumns(variants: readonly Variant[]): VariantColumn[] {
  return [
    counted('timed out', variants, ({ sim }) => sim.conservation.timed_out, 7),
    counted('gave up', variants, ({ sim }) => sim.conservation.lost, 7),
  ];
}

function counted(
  header: string,
  variants: readonly Variant[],
  value: (summary: Summary) => number,
  rank: number,
): VariantColumn {
  const mean = ({ runs }: Variant) => meanOverSeeds(runs, ({ summary }) => value(summary));
  return valueColumn(header, variants, (variant) => meanCount(mean(variant)), rank);
}

type Count = 'interruptions' | 'requests_hit' | 'output_tokens_lost' | 'thinking_tokens_lost';

/** None where nothing can happen to the replicas. */
function fleetCount(field: Count): (summary: Summary) => number {
  return ({ sim: { fleet } }) => fleet?.[field] ?? 0;
}

/** Over all requests that were hit, whatever their seed: a seed without any says nothing of them. */
function extraLatencyMs({ runs }: Variant): number | null {
  const fleets = runs.flatMap(({ summary }): FleetSummary[] => (summary.sim.fleet === null ? [] : [summary.sim.fleet]));
  const hit = fleets.reduce((sum, { requests_hit }) => sum + requests_hit, 0);
  const lostS = fleets.reduce((sum, { extra_latency_s }) => sum + extra_latency_s, 0);
  return hit === 0 ? null : (lostS * 1000) / hit;
}

/** The pools overlap in time by no one knows how much, so the worst of them stands for all. */
function belowTarget({ summary }: { summary: Summary }): number | null {
  const { fleet } = summary.sim;
  if (fleet === null) return 0;
  const shares = fleet.pools.map(({ below_target_share }) => below_target_share).filter((share) => share !== null);
  return shares.length === 0 ? null : Math.max(...shares);
}

/** A fleet to which nothing can happen is held on demand from start to end. */
function gpuHours({ sim }: Summary, market: 'on_demand' | 'spot'): number {
  if (sim.fleet === null) return market === 'spot' ? 0 : (sim.gpus * sim.simulated_s) / 3600;
  return sim.fleet.gpu_hours.reduce((sum, part) => sum + (part.market === market ? part.gpu_hours : 0), 0);
}

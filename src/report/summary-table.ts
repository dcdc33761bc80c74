/**
 * The table of a study with one row a run, for `summary.csv` and `summary.parquet`. First the run's id, its seed, the name of its variant where
 * variants have names, and the swept keys; then the fields of `summary.json` with those of nested objects joined by dots
 * (`sim.p99_ttfat_ms`, `sim.slo.ttft_p99.met`, `sim.classes.batch.finished`, `sim.fleet.pools.small.interruptions`).
 */
import type { FleetSummary } from '../metrics/fleet-summary.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import type { RunReport, StudyReport } from './study-report.ts';
import { shortKeys } from './variants.ts';

export type Cell = number | string | boolean | null;

export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function summaryTable({ runs }: StudyReport): Table {
  const identity = identityColumns(runs);
  const fields = runs.map((run) => new Map(flatten('', summaryFields(run.summary))));
  const names = [...new Set(fields.flatMap((run) => [...run.keys()]))];
  return {
    names: ['run_id', 'seed', ...identity.names, ...names],
    rows: runs.map((run, i) => [
      run.runId,
      run.seed,
      ...identity.cells(run),
      ...names.map((name) => fields[i]!.get(name) ?? null),
    ]),
  };
}

/** What tells variants apart: their names where they have them, and the swept keys. */
export function identityColumns(runs: readonly RunReport[]): {
  readonly names: string[];
  readonly cells: (run: RunReport) => Cell[];
} {
  const swept = shortKeys(runs.map((run) => run.variant));
  const isNamed = runs.some(({ variantName }) => variantName != null);
  return {
    names: [...(isNamed ? ['variant'] : []), ...swept.map(({ short }) => short)],
    cells: ({ variant, variantName }) => [
      ...(isNamed ? [variantName ?? null] : []),
      ...swept.map(({ key }) => scalar(variant[key])),
    ],
  };
}

/** The summary without what has a column of its own, with the SLO keyed by its bounds and classes by their names. */
function summaryFields({ sim, ...bench }: Summary): Record<string, unknown> {
  const { run_id: _runId, seed: _seed, slo, classes, fleet, ...rest } = sim;
  const byClass = classes.map(({ name, slo: bounds, ...fields }) => [name, { ...fields, slo: byBound(bounds) }]);
  return {
    ...bench,
    sim: {
      ...rest,
      slo: byBound(slo.filter((bound) => bound.class === undefined)),
      classes: Object.fromEntries(byClass),
      fleet: fleet === null ? null : fleetFields(fleet),
    },
  };
}

/** GPU-hours keyed by kind and market, pools by their names. */
function fleetFields({ gpu_hours, pools, ...rest }: FleetSummary): Record<string, unknown> {
  return {
    ...rest,
    gpu_hours: Object.fromEntries(gpu_hours.map((each) => [`${each.gpu}_${each.market}`, each.gpu_hours])),
    pools: Object.fromEntries(pools.map(({ name, ...fields }) => [name, fields])),
  };
}

function byBound(slo: readonly SloVerdict[]): Record<string, unknown> {
  return Object.fromEntries(slo.map(({ metric, statistic, ...verdict }) => [`${metric}_${statistic}`, verdict]));
}

function* flatten(prefix: string, fields: Record<string, unknown>): Generator<[string, Cell]> {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield* flatten(`${prefix}${name}.`, value as Record<string, unknown>);
    } else {
      yield [`${prefix}${name}`, scalar(value)];
    }
  }
}

/** Lists and mappings as JSON. */
export function scalar(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

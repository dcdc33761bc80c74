/** Comma-separated files as RFC 4180 has them: a header, `\n` line ends, quotes only where needed, empty for null. */
import type { FleetSummary } from '../metrics/fleet-summary.ts';
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { keptRequests, type RunRecord } from '../record/run-record.ts';
import { type Columns, requestColumns } from './columns.ts';
import type { StudyReport } from './study-report.ts';
import { shortKeys } from './variants.ts';

type Cell = number | string | boolean | null;

/** `requests.csv`: one row a request. `classes`: their names, if requests are told apart. */
export function requestsCsv(record: RunRecord, classes: readonly string[] = []): string {
  return columnsCsv(requestColumns(keptRequests(record), classes));
}

/**
 * `summary.csv`: one row a run. First the run's id, its seed and the swept keys, then the fields of `summary.json`
 * with those of nested objects joined by dots (`sim.p99_ttfat_ms`, `sim.slo.ttft_p99.met`, `sim.classes.batch.finished`,
 * `sim.fleet.pools.small.interruptions`).
 */
export function summaryCsv(study: StudyReport): string {
  const swept = shortKeys(study.runs.map((run) => run.variant));
  const fields = study.runs.map((run) => new Map(flatten('', summaryFields(run.summary))));
  const names = [...new Set(fields.flatMap((run) => [...run.keys()]))];
  const header = ['run_id', 'seed', ...swept.map(({ short }) => short), ...names];
  const rows = study.runs.map((run, i) => [
    run.runId,
    run.seed,
    ...swept.map(({ key }) => scalar(run.variant[key])),
    ...names.map((name) => fields[i]!.get(name) ?? null),
  ]);
  return csvText([header, ...rows]);
}

function columnsCsv({ rows, columns }: Columns): string {
  const parts = [columns.map((column) => column.name).join(',')];
  for (let row = 0; row < rows; row++) parts.push(columns.map((column) => cell(column.valueAt(row))).join(','));
  return `${parts.join('\n')}\n`;
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

function scalar(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

/** Rows as lines. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function cell(value: Cell): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

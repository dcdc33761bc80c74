/** The runs of a variant → the values that are counted over them, with the warm-up left out. */
import { InputError } from '../../core/input-error.ts';
import { roundedTo12, threeDigits } from '../../core/units.ts';
import { keptFrom, latencyColumns } from '../../metrics/kept-requests.ts';
import type { Metric } from '../../metrics/metric-names.ts';
import type { MeasuredRun } from '../../metrics/statistics/estimates.ts';
import type { RequestTable } from '../../record/run-record.ts';
import type { RunReport } from '../../report/study-report.ts';
import type { ReadRequests, StudyVariant } from './study-variants.ts';
import { keptTable } from './warm-up-cut.ts';

export interface MeasuredVariant {
  readonly runs: readonly MeasuredRun[];
  /** The most requests that were left out of a run, and the time until the first that was kept, mean over runs. */
  readonly warmUpRequests: number;
  readonly warmUpSeconds: number;
}

/** `firstRows`: what is kept of each run. `needLatencies`: quantiles of all runs together are asked for. */
export async function measuredVariant(
  { runs, options }: StudyVariant,
  metrics: readonly Metric[],
  firstRows: readonly number[],
  requests: ReadRequests,
  needLatencies: boolean,
): Promise<MeasuredVariant> {
  const isCut = firstRows.some((row) => row > 0);
  const measured: MeasuredRun[] = [];
  let cutUs = 0;
  for (const [i, run] of runs.entries()) {
    const part = { firstRow: firstRows[i]!, isCut, needLatencies };
    const of = await measuredRun(run, options, metrics, part, requests);
    measured.push(of.measured);
    cutUs += of.cutUs;
  }
  return { runs: measured, warmUpRequests: Math.max(...firstRows), warmUpSeconds: cutUs / runs.length / 1e6 };
}

/** What is measured of a run. */
export interface MeasuredPart {
  /** The first request that is kept. */
  readonly firstRow: number;
  /** Whether a warm-up is left out of any run of its variant: all are counted from their requests then. */
  readonly isCut: boolean;
  readonly needLatencies: boolean;
}

/** `cutUs`: the time until the first request that is kept. */
export async function measuredRun(
  run: RunReport,
  options: StudyVariant['options'],
  metrics: readonly Metric[],
  { firstRow, isCut, needLatencies }: MeasuredPart,
  requests: ReadRequests,
): Promise<{ readonly measured: MeasuredRun; readonly cutUs: number }> {
  const table = isCut ? await keptTable(run.runId, requests) : needLatencies ? await requests(run.runId) : null;
  checkRest(run, table, firstRow);
  const kept = isCut ? keptFrom(table!, firstRow, options) : null;
  const values = metrics.map(({ name, ofSummary, ofRequests }) => {
    const value = kept === null || ofRequests === null ? ofSummary(run.summary) : ofRequests(kept);
    return [name, value === null ? null : roundedTo12(value)] as const;
  });
  const latencies = needLatencies && table !== null ? latencyColumns(table, firstRow) : null;
  const measured = { seed: run.seed, values: Object.fromEntries(values), latencies };
  return { measured, cutUs: firstRow > 0 ? table!.arrivalUs[firstRow]! : 0 };
}

function checkRest({ title, seed }: RunReport, table: RequestTable | null, firstRow: number): void {
  if (table === null || firstRow < table.count) return;
  const lastS = (table.arrivalUs[table.count - 1] ?? 0) / 1e6;
  throw new InputError(
    `${title}, seed ${seed}: warm_up leaves no request, the last one arrives after ${threeDigits(lastS)} s; expected a warm_up well below that, or a longer load.`,
  );
}

/** Which metrics are measured in any run; without thinking, the first token of the answer is the first token. */
export function metricsMeasured(metrics: readonly Metric[], entries: readonly RunReport[]): Metric[] {
  const thinks = entries.some(({ summary }) => summary.sim.total_thinking_tokens > 0);
  return metrics.filter(
    ({ name, ofSummary }) =>
      (thinks || !/(^|\.)ttfat_/.test(name)) && entries.some(({ summary }) => ofSummary(summary) !== null),
  );
}

/**
 * How many requests of each run are left out as its warm-up: those that arrive before a stated time, or those that MSER-5 finds. Variants
 * under the same load are compared on the same requests, so what is found is common to them: of each seed the longest that any of them
 * needs. A variant whose queue grows has no say, since it never settles.
 */
import { loadOf } from '../../config/load-settings.ts';
import type { ResolvedStudy, WarmUp } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { isFinished, type RequestLatency, requestLatencyUs } from '../../metrics/latency.ts';
import { firstRowFrom, type LatencySeries, latencySeries, requestWarmUp } from '../../metrics/statistics/warm-up.ts';
import type { RequestTable } from '../../record/run-record.ts';
import type { ReadRequests, StudyVariant } from './study-variants.ts';

export interface WarmUpCut {
  /** The first row that is kept, of each variant and each of its runs; 0 where nothing is left out. */
  readonly firstRows: readonly (readonly number[])[];
  /** Of each variant, what to know of it; null: nothing. */
  readonly notes: readonly (string | null)[];
}

/** Throws InputError where a warm-up is asked for whose requests were not kept. */
export function checkWarmUp({ warm_up, outputs }: Pick<ResolvedStudy, 'warm_up' | 'outputs'>): void {
  if (warm_up.kind !== 'none' && outputs.requests !== 'parquet')
    throw new InputError(
      `warm_up needs the requests of every run: read outputs.requests ${outputs.requests}, expected parquet.`,
    );
}

/** What was found of the requests of single runs, by run id. For one study. */
export interface CutMemory {
  readonly rows: Map<string, number>;
  readonly series: Map<string, readonly LatencySeries[]>;
}

export function cutMemory(): CutMemory {
  return { rows: new Map(), series: new Map() };
}

/** `isGrowing`: of each variant, whether its queue grows. `memory`, of who asks again with more runs: their requests are read once. */
export async function warmUpCut(
  warmUp: WarmUp,
  variants: readonly StudyVariant[],
  isGrowing: readonly boolean[],
  requests: ReadRequests,
  memory: CutMemory | null = null,
): Promise<WarmUpCut> {
  const notes: (string | null)[] = variants.map(() => null);
  const firstRows: (readonly number[])[] = [];
  for (const [index, { runs }] of variants.entries()) {
    switch (warmUp.kind) {
      case 'none':
        firstRows.push(runs.map(() => 0));
        break;
      case 'time':
        firstRows.push(await fromTables(runs, requests, memory?.rows, (table) => firstRowFrom(table, warmUp.us)));
        break;
      case 'mser_5': {
        const found = isGrowing[index]
          ? { firstRows: runs.map(() => 0), note: GROWING }
          : mser5(await fromTables(runs, requests, memory?.series, warmingSeries));
        firstRows.push(found.firstRows);
        notes[index] = found.note;
      }
    }
  }
  return { firstRows: warmUp.kind === 'mser_5' ? longestOfSeeds(variants, firstRows) : firstRows, notes };
}

const GROWING = 'its queue grows: it has no steady state, and the warm-up of other variants under its load is left out';

/** Tables are large: one at a time. */
async function fromTables<T>(
  runs: StudyVariant['runs'],
  requests: ReadRequests,
  memory: Map<string, T> | undefined,
  of: (table: RequestTable) => T,
): Promise<T[]> {
  const found: T[] = [];
  for (const { runId } of runs) {
    const each = memory?.get(runId) ?? of(await keptTable(runId, requests));
    memory?.set(runId, each);
    found.push(each);
  }
  return found;
}

/** The same rows are the same requests only under the same load. No run loses more than half. */
function longestOfSeeds(variants: readonly StudyVariant[], firstRows: readonly (readonly number[])[]): number[][] {
  const longest = new Map<string, number>();
  const keyOf = ({ variant }: StudyVariant, seed: number) => `${seed} ${loadOf(variant)}`;
  for (const [v, variant] of variants.entries())
    for (const [i, { seed }] of variant.runs.entries()) {
      const key = keyOf(variant, seed);
      longest.set(key, Math.max(longest.get(key) ?? 0, firstRows[v]![i]!));
    }
  return variants.map((variant) =>
    variant.runs.map(({ seed, summary }) =>
      Math.min(longest.get(keyOf(variant, seed))!, Math.floor(summary.num_prompts / 2)),
    ),
  );
}

/** The table of a run that is known to have kept it. */
export async function keptTable(runId: string, requests: ReadRequests): Promise<RequestTable> {
  const table = await requests(runId);
  if (table === null) throw new InputError(`run ${runId}: its requests were not kept, which warm_up needs.`);
  return table;
}

const WARMING: readonly RequestLatency[] = ['ttft', 'tpot', 'e2el'];

function warmingSeries(table: RequestTable): LatencySeries[] {
  return WARMING.map((latency) =>
    latencySeries(table, (of, row) => (isFinished(of, row) ? requestLatencyUs(of, row, latency) : Number.NaN)),
  );
}

/** The longest that one of the latencies needs, each of which has values for other requests. */
function mser5(runs: readonly (readonly LatencySeries[])[]): { firstRows: readonly number[]; note: string | null } {
  const found = WARMING.map((latency, l) => ({ latency, ...requestWarmUp(runs.map((series) => series[l]!)) }));
  const failed = found.filter(({ isValid }) => !isValid);
  const names = failed.map(({ latency }) => latency.toUpperCase()).join(', ');
  const note = failed.length === 0 ? null : `MSER-5 finds no warm-up by ${names}: ${failed[0]!.because}`;
  return { firstRows: runs.map((_, r) => Math.max(...found.map(({ firstRows }) => firstRows[r]!))), note };
}

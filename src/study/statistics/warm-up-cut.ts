/**
 * How many requests of each run are left out as its warm-up: those that arrive before a stated time, or those that MSER-5 finds. Variants
 * are compared on the same requests, so what is found is common to all: of each seed the longest that any variant needs. A variant whose
 * queue grows has no say, since it never settles.
 */
import type { ResolvedStudy, WarmUp } from '../../config/resolved.ts';
import { InputError } from '../../core/input-error.ts';
import { isFinished, type RequestLatency, requestLatencyUs } from '../../metrics/latency.ts';
import { firstRowFrom, type RequestWarmUp, requestWarmUp } from '../../metrics/statistics/warm-up.ts';
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

/** `isGrowing`: of each variant, whether its queue grows. */
export async function warmUpCut(
  warmUp: WarmUp,
  variants: readonly StudyVariant[],
  isGrowing: readonly boolean[],
  requests: ReadRequests,
): Promise<WarmUpCut> {
  const notes: (string | null)[] = variants.map(() => null);
  const firstRows: (readonly number[])[] = [];
  for (const [index, { runs }] of variants.entries()) {
    const tables = async () => {
      const read: RequestTable[] = [];
      for (const { runId } of runs) read.push(await keptTable(runId, requests));
      return read;
    };
    switch (warmUp.kind) {
      case 'none':
        firstRows.push(runs.map(() => 0));
        break;
      case 'time':
        firstRows.push((await tables()).map((table) => firstRowFrom(table, warmUp.us)));
        break;
      case 'mser_5': {
        const found = isGrowing[index] ? { firstRows: runs.map(() => 0), note: GROWING } : mser5(await tables());
        firstRows.push(found.firstRows);
        notes[index] = found.note;
      }
    }
  }
  return { firstRows: warmUp.kind === 'mser_5' ? longestOfSeeds(variants, firstRows) : firstRows, notes };
}

const GROWING = 'its queue grows: it has no steady state, and the warm-up of the other variants is left out';

function longestOfSeeds(variants: readonly StudyVariant[], firstRows: readonly (readonly number[])[]): number[][] {
  const longest = new Map<number, number>();
  for (const [v, { runs }] of variants.entries())
    for (const [i, { seed }] of runs.entries()) longest.set(seed, Math.max(longest.get(seed) ?? 0, firstRows[v]![i]!));
  return variants.map(({ runs }) => runs.map(({ seed }) => longest.get(seed)!));
}

/** The table of a run that is known to have kept it. */
export async function keptTable(runId: string, requests: ReadRequests): Promise<RequestTable> {
  const table = await requests(runId);
  if (table === null) throw new InputError(`run ${runId}: its requests were not kept, which warm_up needs.`);
  return table;
}

const WARMING: readonly RequestLatency[] = ['ttft', 'tpot', 'e2el'];

/** The longest that one of the latencies needs. */
function mser5(tables: readonly RequestTable[]): { firstRows: readonly number[]; note: string | null } {
  const found = WARMING.map((latency) => ({
    latency,
    ...requestWarmUp(tables, (table, row) =>
      isFinished(table, row) ? requestLatencyUs(table, row, latency) : Number.NaN,
    ),
  }));
  const longest = found.reduce<RequestWarmUp>((a, b) => (b.values > a.values ? b : a), found[0]!);
  const failed = found.filter(({ isValid }) => !isValid);
  const names = failed.map(({ latency }) => latency.toUpperCase()).join(', ');
  const note = failed.length === 0 ? null : `MSER-5 finds no warm-up by ${names}: ${failed[0]!.because}`;
  return { firstRows: longest.firstRows, note };
}

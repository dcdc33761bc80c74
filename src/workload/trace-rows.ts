/**
 * The rows of a trace in order of time, in the batches in which its lines come. Blank lines are skipped; rows without
 * prompt or output tokens (failed requests, mostly) are counted and left out; a row that is earlier than the one before
 * it is an error, because a simulation that reads as it goes cannot sort.
 */
import type { TraceFormat } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { Rng } from '../core/random.ts';
import { hasHeader, rowReader, traceFormat } from './trace-format.ts';
import type { TraceStats } from './trace-stats.ts';
import { type Place, type RowReader, rowError, type TraceRow } from './traces/row.ts';

/** Reads a trace. `name` stands for the file in messages; dropped rows are counted in `dropped`. */
export async function* traceRows(
  lines: AsyncIterable<readonly string[]>,
  wanted: TraceFormat,
  name: string,
  dropped: TraceStats['droppedRows'],
): AsyncGenerator<TraceRow[]> {
  let read: RowReader | undefined;
  let line = 0;
  let lastUs = 0;
  let kept = 0;
  for await (const texts of lines) {
    const rows: TraceRow[] = [];
    for (const raw of texts) {
      const place = { name, line: ++line };
      const text = line === 1 ? raw.replace(/^\uFEFF/, '').trim() : raw.trim();
      if (text === '') continue;
      if (read === undefined) {
        const format = traceFormat(text, wanted, place);
        read = rowReader(format);
        if (hasHeader(format)) continue;
      }
      const row = read(text, place);
      checkOrder(row.timeUs, lastUs, place);
      lastUs = row.timeUs;
      if (row.promptTokens === 0) dropped.noPrompt++;
      else if (row.outputTokens === 0) dropped.noOutput++;
      else rows.push(row);
    }
    kept += rows.length;
    if (rows.length > 0) yield rows;
  }
  if (kept === 0) throw new InputError(`${name}: ${whyEmpty(read !== undefined, dropped)}`);
}

/**
 * Spreads rows that have the same time evenly at random over `spreadUs` from then on, or up to the next row's time where
 * that comes sooner; they keep their order. For traces whose clock ticks coarsely (Mooncake's: every 3 s), where every
 * tick would else be a burst.
 */
export async function* spreadTicks(
  batches: AsyncIterable<TraceRow[]>,
  spreadUs: number,
  rng: Rng,
): AsyncGenerator<TraceRow[]> {
  let tick: TraceRow[] = [];
  for await (const batch of batches) {
    const spread: TraceRow[] = [];
    for (const row of batch) {
      const tickUs = tick[0]?.timeUs ?? row.timeUs;
      if (row.timeUs > tickUs) {
        spread.push(...spreadTick(tick, Math.min(spreadUs, row.timeUs - tickUs), rng));
        tick = [];
      }
      tick.push(row);
    }
    if (spread.length > 0) yield spread;
  }
  if (tick.length > 0) yield spreadTick(tick, spreadUs, rng);
}

function spreadTick(tick: readonly TraceRow[], overUs: number, rng: Rng): TraceRow[] {
  const offsetsUs = tick.map(() => Math.floor(rng() * overUs)).sort((a, b) => a - b);
  return tick.map((row, i) => ({ ...row, timeUs: row.timeUs + offsetsUs[i]! }));
}

function checkOrder(timeUs: number, lastUs: number, place: Place): void {
  if (timeUs >= lastUs) return;
  const early = ((lastUs - timeUs) / 1e6).toFixed(6);
  throw rowError(
    place,
    `this row is ${early} s earlier than the row before it; expected rows in order of time. Sort the file.`,
  );
}

function whyEmpty(started: boolean, dropped: TraceStats['droppedRows']): string {
  if (!started) return 'the trace is empty; expected a first line that tells its format, and one request a line.';
  const left = dropped.noPrompt + dropped.noOutput;
  if (left === 0) return 'the trace has a header and no rows; expected one request a line below it.';
  return `none of the ${left} rows has both prompt and output tokens, so there is nothing to simulate.`;
}

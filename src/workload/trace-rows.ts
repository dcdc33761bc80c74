/**
 * The rows of a trace in order of time, in the batches in which its lines come. Blank lines are skipped; rows without
 * prompt or output tokens (failed requests, mostly) are counted and left out; a row that is earlier than the one before
 * it is an error, because a simulation that reads as it goes cannot sort. A measured run is small: it is read as a whole,
 * and sorted.
 */
import type { TraceFormat } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { Rng } from '../core/random.ts';
import { checkPrefixBlocks, type PrefixBlocks } from './measured/prefix-blocks.ts';
import { parseRecording } from './measured/recording.ts';
import { hasHeader, type LineFormat, rowReader, traceFormat } from './trace-format.ts';
import type { DroppedRows } from './trace-stats.ts';
import { type Place, rowError, type TraceRow } from './traces/row.ts';

/** Reads a trace. `name` stands for the file in messages; dropped rows are counted in `dropped`. */
export async function* traceRows(
  lines: AsyncIterable<readonly string[]>,
  wanted: TraceFormat,
  name: string,
  dropped: DroppedRows,
  prefixes: PrefixBlocks | null = null,
): AsyncGenerator<TraceRow[]> {
  const { first, all } = await withFirstLine(lines);
  if (first === null) {
    throw new InputError(
      `${name}: the trace is empty; expected a first line that tells its format, and one request a line.`,
    );
  }
  const format = traceFormat(first.text, wanted, { name, line: first.line });
  if (format === 'requests_csv' || format === 'vllm_bench') yield await measuredRows(all, name, dropped, prefixes);
  else if (prefixes === null) yield* lineRows(all, format, name, dropped);
  else {
    throw new InputError(
      `${prefixes.name}: prefix_blocks belongs to a measured run, but ${name} has format ${format}.`,
    );
  }
}

async function* lineRows(
  lines: AsyncIterable<readonly string[]>,
  format: LineFormat,
  name: string,
  dropped: DroppedRows,
): AsyncGenerator<TraceRow[]> {
  const read = rowReader(format);
  let headers = hasHeader(format) ? 1 : 0;
  let line = 0;
  let lastUs = 0;
  let kept = 0;
  for await (const texts of lines) {
    const rows: TraceRow[] = [];
    for (const raw of texts) {
      const place = { name, line: ++line };
      const text = trimmed(raw, line);
      if (text === '' || headers-- > 0) continue;
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
  if (kept === 0) throw new InputError(`${name}: ${whyEmpty(dropped)}`);
}

async function measuredRows(
  lines: AsyncIterable<readonly string[]>,
  name: string,
  dropped: DroppedRows,
  prefixes: PrefixBlocks | null,
): Promise<TraceRow[]> {
  const texts: string[] = [];
  for await (const batch of lines) texts.push(...batch);
  const recording = parseRecording(texts.join('\n'), name);
  dropped.failed += recording.dropped.length;
  if (prefixes !== null) checkPrefixBlocks(prefixes, recording.requests);
  const sessions = new Map<string, number>();
  return recording.requests.map(({ id, origin, arrivalUs, promptTokens, outputTokens, class: className, session }) => ({
    place: { name, line: Number(/:(\d+)$/.exec(origin)?.[1] ?? 1) },
    origin,
    timeUs: arrivalUs,
    promptTokens,
    outputTokens,
    blockIds: prefixes?.idsOf.get(id) ?? null,
    ...(className === undefined ? {} : { className }),
    session: session === undefined || session === '' ? null : numberOf(session, sessions),
  }));
}

/** Sessions are numbered as they first come. */
function numberOf(session: string, sessions: Map<string, number>): number {
  const number = sessions.get(session) ?? sessions.size;
  sessions.set(session, number);
  return number;
}

/** The first line that is not blank, which tells the format, and all lines, that one included. */
async function withFirstLine(lines: AsyncIterable<readonly string[]>): Promise<{
  first: { text: string; line: number } | null;
  all: AsyncIterable<readonly string[]>;
}> {
  const iterator = lines[Symbol.asyncIterator]();
  const read: string[] = [];
  let first: { text: string; line: number } | null = null;
  while (first === null) {
    const { value, done } = await iterator.next();
    if (done) break;
    const index = value.findIndex((raw, i) => trimmed(raw, read.length + i + 1) !== '');
    if (index >= 0) first = { text: trimmed(value[index]!, read.length + index + 1), line: read.length + index + 1 };
    read.push(...value);
  }
  async function* all(): AsyncGenerator<readonly string[]> {
    try {
      yield read;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: all() };
}

/** Without blanks at its ends, and the first line of a file without a byte order mark. */
function trimmed(raw: string, line: number): string {
  return line === 1 ? raw.replace(/^\uFEFF/, '').trim() : raw.trim();
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

function whyEmpty({ noPrompt, noOutput }: DroppedRows): string {
  const left = noPrompt + noOutput;
  if (left === 0) return 'the trace has a header and no rows; expected one request a line below it.';
  return `none of the ${left} rows has both prompt and output tokens, so there is nothing to simulate.`;
}

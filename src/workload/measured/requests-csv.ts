/**
 * `requests_csv`: one row a request with times in seconds, the layout of the measured vLLM 0.19 runs published with
 * LLMServingSim (casys-kaist, MIT). Columns are found by name; others are passed over.
 *
 *     id,arrival_s,input_tokens,output_tokens,queued_s,first_token_s,last_token_s
 *
 * Two more are read where they are there: `class`, a class of the workload, and `session`, any text that all turns of one
 * conversation have in common. `planned_arrival_s` stands in for `arrival_s` where that is missing. The times of tokens may be missing as a whole, for
 * a load that is only planned. Where there is `queued_s`, it and the times of tokens are on the engine's monotonic clock,
 * which differs from that of the arrivals by an unknown constant; the two are aligned so that the quickest request took
 * 2 ms from the front end to the engine, as an idle engine does. Without it all times are on one clock.
 */
import { excerpt, type Place, rowError, tokenCount } from '../traces/row.ts';
import {
  type DroppedRequest,
  isWithinRun,
  NOT_WITHIN_RUN,
  type RecordedRequest,
  type RecordedTimes,
  type Recording,
  toUs,
} from './recorded-request.ts';

/** Columns in words, for messages. */
export const REQUESTS_CSV_COLUMNS = 'arrival_s (or planned_arrival_s), input_tokens, output_tokens';

/** From the front end to the engine's queue, of the request that took least. */
const QUICKEST_TO_QUEUE_US = 2000;

/** Whether a file with this header is one. */
export function isRequestsCsv(header: string): boolean {
  const names = cellsOf(header);
  const has = (name: string) => names.includes(name);
  return has('input_tokens') && has('output_tokens') && (has('arrival_s') || has('planned_arrival_s'));
}

/** A row before the two clocks are aligned; seconds. */
interface Row {
  readonly id: string;
  readonly place: Place;
  readonly arrivalS: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly labels: Pick<RecordedRequest, 'class' | 'session'>;
  readonly engine: { queuedS: number | null; firstTokenS: number; lastTokenS: number } | null;
}

/** Reads the text of a file. Requests without an output, or without times where the file has them, are dropped. */
export function parseRequestsCsv(text: string, name: string): Recording {
  const rows: Row[] = [];
  const dropped: DroppedRequest[] = [];
  let header: readonly string[] | undefined;
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim();
    const place = { name, line: i + 1 };
    if (line === '') continue;
    if (header === undefined) {
      header = checkedHeader(line, place);
      continue;
    }
    const row = parseRow(rowCells(line, header, place), place, rows.length + dropped.length);
    if ('reason' in row) dropped.push(row);
    else rows.push(row);
  }
  checkIds(rows);
  return { format: 'requests_csv', requests: inOrder(rows), dropped, maxConcurrency: null };
}

function checkedHeader(line: string, place: Place): string[] {
  const names = cellsOf(line);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw rowError(place, `the column ${twice} comes twice.`);
  if (names.includes('first_token_s') !== names.includes('last_token_s')) {
    const missing = names.includes('first_token_s') ? 'last_token_s' : 'first_token_s';
    throw rowError(place, `the column ${missing} is missing; expected first_token_s and last_token_s, or neither.`);
  }
  return names;
}

function parseRow(cells: ReadonlyMap<string, string>, place: Place, index: number): Row | DroppedRequest {
  const id = cells.get('id') ?? String(index);
  const promptTokens = tokens(cells, 'input_tokens', place);
  const outputTokens = tokens(cells, 'output_tokens', place);
  const arrivalS = seconds(cells, cells.has('arrival_s') ? 'arrival_s' : 'planned_arrival_s', place);
  if (promptTokens === 0) return { id, reason: 'no prompt tokens' };
  if (outputTokens === 0) return { id, reason: 'no output tokens' };
  const row = { id, place, arrivalS, promptTokens, outputTokens, labels: labelsOf(cells) };
  if (!cells.has('first_token_s')) return { ...row, engine: null };
  const unfinished = ['first_token_s', 'last_token_s'].find((column) => cells.get(column) === '');
  if (unfinished !== undefined) return { id, reason: `${unfinished} is empty` };
  const engine = {
    queuedS: cells.has('queued_s') ? seconds(cells, 'queued_s', place) : null,
    firstTokenS: seconds(cells, 'first_token_s', place),
    lastTokenS: seconds(cells, 'last_token_s', place),
  };
  return { ...row, engine };
}

function labelsOf(cells: ReadonlyMap<string, string>): Row['labels'] {
  const className = cells.get('class');
  const session = cells.get('session');
  return {
    ...(className === undefined ? {} : { class: className }),
    ...(session === undefined ? {} : { session }),
  };
}

/** On one clock, sorted by arrival; rows that arrive together stay as they were. */
function inOrder(rows: readonly Row[]): RecordedRequest[] {
  const startS = rows.reduce((least, { arrivalS }) => Math.min(least, arrivalS), Number.POSITIVE_INFINITY);
  const lost = rows.find(({ arrivalS }) => !isWithinRun(toUs(arrivalS - startS)));
  if (lost !== undefined) throw rowError(lost.place, `its arrival, ${lost.arrivalS}, is ${NOT_WITHIN_RUN}.`);
  const quickestUs = rows.reduce(
    (least, { arrivalS, engine }) =>
      engine?.queuedS == null ? least : Math.min(least, toUs(engine.queuedS - arrivalS)),
    Number.POSITIVE_INFINITY,
  );
  // What an engine time is moved by to be on the clock of the arrivals.
  const shiftUs = Number.isFinite(quickestUs) ? QUICKEST_TO_QUEUE_US - quickestUs : 0;
  const onClock = (timeS: number) => toUs(timeS - startS) + shiftUs;
  return rows
    .map(({ id, place, arrivalS, promptTokens, outputTokens, labels, engine }) => {
      const arrivalUs = toUs(arrivalS - startS);
      const times = engine === null ? null : timesOf(engine, onClock, arrivalUs, place);
      const origin = `${place.name}:${place.line}`;
      return { id, origin, arrivalUs, promptTokens, outputTokens, ...labels, times };
    })
    .sort((a, b) => a.arrivalUs - b.arrivalUs);
}

function timesOf(
  engine: NonNullable<Row['engine']>,
  onClock: (timeS: number) => number,
  arrivalUs: number,
  place: Place,
): RecordedTimes {
  const queuedUs = engine.queuedS === null ? null : onClock(engine.queuedS);
  const firstTokenUs = onClock(engine.firstTokenS);
  const lastTokenUs = onClock(engine.lastTokenS);
  const named = { queued_s: queuedUs ?? 0, first_token_s: firstTokenUs, last_token_s: lastTokenUs };
  for (const [column, timeUs] of Object.entries(named))
    if (!isWithinRun(timeUs)) throw rowError(place, `${column} is ${NOT_WITHIN_RUN}.`);
  if (firstTokenUs <= (queuedUs ?? arrivalUs)) {
    const before = queuedUs === null ? 'arrival_s' : 'queued_s';
    throw rowError(place, `first_token_s is ${engine.firstTokenS}, not after ${before}; are they on one clock?`);
  }
  if (lastTokenUs < firstTokenUs) {
    throw rowError(place, `last_token_s is ${engine.lastTokenS}, before first_token_s ${engine.firstTokenS}.`);
  }
  return { queuedUs, firstTokenUs, lastTokenUs, tokenTimesUs: null };
}

/** Prefixes and predictions of a peer are matched by id. */
function checkIds(rows: readonly Row[]): void {
  const lines = new Map<string, number>();
  for (const { id, place } of rows) {
    const line = lines.get(id);
    if (line !== undefined) throw rowError(place, `id ${excerpt(id)} was read before, in line ${line}.`);
    lines.set(id, place.line);
  }
}

function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim());
}

function rowCells(line: string, header: readonly string[], place: Place): Map<string, string> {
  if (line.includes('"')) throw rowError(place, `read ${excerpt(line)}; this format has no quotes.`);
  const cells = cellsOf(line);
  if (cells.length !== header.length) {
    throw rowError(place, `read ${excerpt(line)}, ${cells.length} columns; the header has ${header.length}.`);
  }
  return new Map(header.map((name, i) => [name, cells[i]!]));
}

function tokens(cells: ReadonlyMap<string, string>, column: string, place: Place): number {
  const text = cells.get(column)!;
  return tokenCount(/^\d+$/.test(text) ? Number(text) : text, column, place);
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function seconds(cells: ReadonlyMap<string, string>, column: string, place: Place): number {
  const text = cells.get(column)!;
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw rowError(place, `${column} is ${excerpt(text)}; expected seconds, such as 12.5.`);
  return value;
}

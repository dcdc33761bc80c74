/**
 * The rows of requests while a run goes on: typed arrays that double, about 80 bytes a row. A request's row is its id
 * modulo the number of rows. Where rows are kept for good that is the id; where they are not, a row is used again when
 * its request and all that came before it have ended, so there are about as many rows as requests in flight.
 */
import type { ArrivingRequest } from '../cluster/observer.ts';
import { NO_REPLICA, type RequestRows, type RequestTable } from './run-record.ts';

const TIMES = ['arrivalUs', 'queuedUs', 'scheduledUs', 'firstTokenUs', 'firstAnswerTokenUs', 'lastTokenUs'] as const;
const COUNTS = [
  'promptTokens',
  'cachedTokens',
  'thinkingTokens',
  'outputTokens',
  'wantedTokens',
  'preemptions',
] as const;
const CODES = ['replica', 'class'] as const;

export class RequestColumns {
  columns: RequestRows = emptyColumns(16);
  /** Requests so far. */
  count = 0;
  private readonly keepsRows: boolean;
  /** One less than the number of rows, a power of two. */
  private mask = 15;
  /** The oldest request whose row must not be used again. */
  private oldest = 0;

  constructor(keepsRows: boolean) {
    this.keepsRows = keepsRows;
  }

  /** Where the request's values are in `columns`. */
  rowOf(id: number): number {
    return id & this.mask;
  }

  /** Writes the row of a request that arrives and returns it; requests come in the order of their ids. */
  add(request: ArrivingRequest, arrivalUs: number): number {
    if (this.count - this.oldest > this.mask) this.grow();
    const row = this.count++ & this.mask;
    const { columns } = this;
    for (const name of TIMES) columns[name][row] = Number.NaN;
    columns.arrivalUs[row] = arrivalUs;
    columns.promptTokens[row] = request.promptTokens;
    columns.cachedTokens[row] = 0;
    // What it would think if nothing stopped it; cut to what it wrote when it ends.
    columns.thinkingTokens[row] = request.thinkingTokens;
    columns.outputTokens[row] = 0;
    columns.wantedTokens[row] = request.outputTokens;
    columns.preemptions[row] = 0;
    columns.finishReason[row] = 0;
    columns.replica[row] = NO_REPLICA;
    columns.class[row] = request.class;
    return row;
  }

  /** The request has ended, and this is how: the code of a finish reason. */
  end(row: number, finishReason: number): void {
    this.columns.finishReason[row] = finishReason;
    this.cutThinking(row);
  }

  /** The rows of requests that have ended may be used again, if they are not kept. */
  release(): void {
    if (this.keepsRows) return;
    const { finishReason } = this.columns;
    while (this.oldest < this.count && finishReason[this.oldest & this.mask] !== 0) this.oldest++;
  }

  /** The finished table; null if rows were not kept. */
  table(): RequestTable | null {
    const { columns, count } = this;
    if (!this.keepsRows) return null;
    for (let row = 0; row < count; row++) this.cutThinking(row);
    // Views, not copies: of a million requests these would take as much memory again.
    const trimmed = Object.entries(columns).map(([name, array]) => [name, array.subarray(0, count)]);
    return { count, ...Object.fromEntries(trimmed) } as RequestTable;
  }

  private cutThinking(row: number): void {
    const { thinkingTokens, outputTokens } = this.columns;
    if (thinkingTokens[row]! > outputTokens[row]!) thinkingTokens[row] = outputTokens[row]!;
  }

  /** Twice as many rows: what is in both halves is right wherever a request's row is now. */
  private grow(): void {
    const rows = this.mask + 1;
    const larger = emptyColumns(2 * rows);
    for (const at of this.keepsRows ? [0] : [0, rows]) {
      for (const name of [...TIMES, ...COUNTS, ...CODES]) larger[name].set(this.columns[name], at);
      larger.finishReason.set(this.columns.finishReason, at);
    }
    this.columns = larger;
    this.mask = 2 * rows - 1;
  }
}

function emptyColumns(rows: number): RequestRows {
  return {
    ...Object.fromEntries(TIMES.map((name) => [name, new Float64Array(rows)])),
    ...Object.fromEntries(COUNTS.map((name) => [name, new Int32Array(rows)])),
    ...Object.fromEntries(CODES.map((name) => [name, new Uint16Array(rows)])),
    finishReason: new Uint8Array(rows),
  } as unknown as RequestRows;
}

/**
 * The rows of requests while a run goes on: typed arrays that double, about 80 bytes a row. A request's row is its id
 * modulo the number of rows. Where rows are kept for good that is the id; where they are not, a row is used again when
 * its request and all that came before it have ended, so there are about as many rows as requests in flight.
 */
import type { ArrivingRequest } from '../cluster/observer.ts';
import { NO_REPLICA, type RequestRows, type RequestTable } from './run-record.ts';

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
    columns.arrivalUs[row] = arrivalUs;
    columns.queuedUs[row] = Number.NaN;
    columns.scheduledUs[row] = Number.NaN;
    columns.firstTokenUs[row] = Number.NaN;
    columns.firstAnswerTokenUs[row] = Number.NaN;
    columns.lastTokenUs[row] = Number.NaN;
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
      for (const name of Object.keys(larger) as (keyof RequestRows)[]) larger[name].set(this.columns[name], at);
    }
    this.columns = larger;
    this.mask = 2 * rows - 1;
  }
}

function emptyColumns(rows: number): RequestRows {
  return {
    arrivalUs: new Float64Array(rows),
    queuedUs: new Float64Array(rows),
    scheduledUs: new Float64Array(rows),
    firstTokenUs: new Float64Array(rows),
    firstAnswerTokenUs: new Float64Array(rows),
    lastTokenUs: new Float64Array(rows),
    promptTokens: new Int32Array(rows),
    cachedTokens: new Int32Array(rows),
    thinkingTokens: new Int32Array(rows),
    outputTokens: new Int32Array(rows),
    wantedTokens: new Int32Array(rows),
    preemptions: new Int32Array(rows),
    finishReason: new Uint8Array(rows),
    replica: new Uint16Array(rows),
    class: new Uint16Array(rows),
  };
}

/** A request table while it grows: typed arrays that double, about 80 bytes a request. */
import type { ArrivingRequest } from '../cluster/observer.ts';
import type { RequestTable } from './run-record.ts';

const TIMES = ['arrivalUs', 'queuedUs', 'scheduledUs', 'firstTokenUs', 'firstAnswerTokenUs', 'lastTokenUs'] as const;
const COUNTS = ['promptTokens', 'cachedTokens', 'thinkingTokens', 'outputTokens', 'preemptions'] as const;

type Columns = { -readonly [K in Exclude<keyof RequestTable, 'count'>]: RequestTable[K] };

export class RequestColumns {
  columns: Columns = emptyColumns(1024);
  count = 0;

  /** Appends the row of a request that arrives; rows come in the order of request ids. */
  add(request: ArrivingRequest, arrivalUs: number, replica: number): void {
    if (this.count === this.columns.replica.length) this.grow();
    const row = this.count++;
    const { columns } = this;
    columns.arrivalUs[row] = arrivalUs;
    columns.promptTokens[row] = request.promptTokens;
    // What it would think if nothing stopped it; cut to what it wrote when the table is finished.
    columns.thinkingTokens[row] = request.thinkingTokens;
    columns.replica[row] = replica;
  }

  /** The finished table. */
  table(): RequestTable {
    const { columns, count } = this;
    // Views, not copies: of a million requests these would take as much memory again.
    const trimmed = Object.fromEntries(
      Object.entries(columns).map(([name, array]) => [name, array.subarray(0, count)]),
    );
    const table = { count, ...trimmed } as RequestTable;
    for (let row = 0; row < count; row++)
      table.thinkingTokens[row] = Math.min(table.thinkingTokens[row]!, table.outputTokens[row]!);
    return table;
  }

  private grow(): void {
    const larger = emptyColumns(this.count * 2);
    for (const name of TIMES) larger[name].set(this.columns[name]);
    for (const name of COUNTS) larger[name].set(this.columns[name]);
    larger.finishReason.set(this.columns.finishReason);
    larger.replica.set(this.columns.replica);
    this.columns = larger;
  }
}

function emptyColumns(rows: number): Columns {
  const times = TIMES.map((name) => [name, new Float64Array(rows).fill(Number.NaN)]);
  const counts = COUNTS.map((name) => [name, new Int32Array(rows)]);
  return {
    ...Object.fromEntries([...times, ...counts]),
    finishReason: new Uint8Array(rows),
    replica: new Uint16Array(rows),
  } as Columns;
}

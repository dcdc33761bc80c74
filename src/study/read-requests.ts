/** `requests.parquet` → the request table that it was written from. */
import { readFileSync } from 'node:fs';
import { parquetRead } from 'hyparquet';
import { FINISH_REASONS, type FinishReason, NO_REPLICA, type RequestTable } from '../record/run-record.ts';

type Cells = ArrayLike<unknown>;

/** Reads a file. `classes`: their names, as it was written with. */
export async function readRequests(file: string, classes: readonly string[]): Promise<RequestTable> {
  const columns = await readColumns(file);
  const of = (name: string) => {
    const cells = columns.get(name);
    if (cells === undefined) throw new Error(`${file} has no column ${name}`);
    return cells;
  };
  const count = of('request_id').length;
  const timesUs = (name: string) =>
    Float64Array.from(of(name), (cell) =>
      cell === null || cell === undefined ? Number.NaN : Math.round((cell as number) * 1e6),
    );
  const integers = (name: string) => Int32Array.from(of(name), (cell) => cell as number);
  return {
    count,
    arrivalUs: timesUs('arrival_s'),
    queuedUs: timesUs('queued_s'),
    scheduledUs: timesUs('scheduled_s'),
    firstTokenUs: timesUs('first_token_s'),
    firstAnswerTokenUs: timesUs('first_answer_token_s'),
    lastTokenUs: timesUs('last_token_s'),
    promptTokens: integers('prompt_tokens'),
    cachedTokens: integers('cached_tokens'),
    thinkingTokens: integers('thinking_tokens'),
    outputTokens: integers('output_tokens'),
    wantedTokens: integers('wanted_tokens'),
    preemptions: integers('preemptions'),
    finishReason: Uint8Array.from(of('finish_reason'), (cell) => FINISH_REASONS.indexOf(cell as FinishReason)),
    replica: Uint16Array.from(of('replica'), (cell) => (cell as number | null) ?? NO_REPLICA),
    class:
      classes.length === 0
        ? new Uint16Array(count)
        : Uint16Array.from(of('class'), (cell) => classes.indexOf(cell as string)),
  };
}

/** Columns by name, each as it is read: rows as objects would take many times the memory. */
async function readColumns(file: string): Promise<Map<string, Cells>> {
  const bytes = readFileSync(file);
  const chunks = new Map<string, { rowStart: number; cells: Cells }[]>();
  await parquetRead({
    file: new Uint8Array(bytes).buffer,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const known = chunks.get(columnName) ?? [];
      chunks.set(columnName, [...known, { rowStart, cells: columnData }]);
    },
  });
  return new Map([...chunks].map(([name, parts]) => [name, joined(parts)]));
}

function joined(parts: readonly { rowStart: number; cells: Cells }[]): Cells {
  if (parts.length === 1) return parts[0]!.cells;
  const inOrder = parts.toSorted((a, b) => a.rowStart - b.rowStart);
  return inOrder.flatMap(({ cells }) => Array.from(cells));
}

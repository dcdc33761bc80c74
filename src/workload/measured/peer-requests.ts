/**
 * What another simulator predicted for a measured run, one row a request: `id,ttft_ms,tpot_ms,e2e_ms`, the layout in
 * which the predictions of LLMServingSim (casys-kaist, MIT) are kept. Its latencies count from the arrival.
 */
import { InputError } from '../../core/input-error.ts';
import { excerpt, type Place, rowError } from '../traces/row.ts';

export interface PeerRequest {
  readonly ttftUs: number;
  readonly tpotUs: number;
  readonly e2elUs: number;
}

const COLUMNS = ['id', 'ttft_ms', 'tpot_ms', 'e2e_ms'] as const;

/** Predictions by the id of the request. `name` stands for the file in messages. */
export function parsePeerRequests(text: string, name: string): Map<string, PeerRequest> {
  const peer = new Map<string, PeerRequest>();
  const [header, ...rows] = text.replace(/^\uFEFF/, '').split('\n');
  const names = header!.split(',').map((cell) => cell.trim());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new InputError(
      `${name}:1: the header is ${excerpt(header!)}, without ${missing.join(', ')}; expected ${COLUMNS.join(',')}.`,
    );
  }
  const position = COLUMNS.map((column) => names.indexOf(column));
  for (const [i, raw] of rows.entries()) {
    if (raw.trim() === '') continue;
    const place = { name, line: i + 2 };
    const cells = raw.split(',').map((cell) => cell.trim());
    const [id, ...texts] = position.map((at) => cells[at] ?? '');
    if (peer.has(id!)) throw rowError(place, `id ${id} comes twice.`);
    const [ttftUs, tpotUs, e2elUs] = texts.map((cell, k) => milliseconds(cell, COLUMNS[k + 1]!, place));
    peer.set(id!, { ttftUs: ttftUs!, tpotUs: tpotUs!, e2elUs: e2elUs! });
  }
  if (peer.size === 0) throw new InputError(`${name}: has a header and no rows; expected one request a line below it.`);
  return peer;
}

function milliseconds(cell: string, column: string, place: Place): number {
  const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return value * 1e3;
  throw rowError(place, `${column} is ${excerpt(cell)}; expected milliseconds, 0 or more.`);
}

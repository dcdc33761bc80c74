/**
 * Which prompts of a measured run share blocks: one JSON object a line, `{"id": 7, "block_ids": [0, 1, 52]}`, one whole
 * number for each full block of the prompt from its start. Two prompts have an id in common exactly where they agree
 * on all tokens up to the end of that block. Requests that the file leaves out share nothing.
 */
import { InputError } from '../../core/input-error.ts';
import { MAX_BLOCK_ID } from '../traces/block-spans.ts';
import { excerpt, type Place, rowError, shown } from '../traces/row.ts';
import type { RecordedRequest } from './recorded-request.ts';

const EXAMPLE = '{"id": 0, "block_ids": [0, 1, 2]}';

/** Blocks that prompts of a measured run share. */
export interface PrefixBlocks {
  /** By the ids of requests. */
  readonly idsOf: ReadonlyMap<string, readonly number[]>;
  readonly blockTokens: number;
  /** Of their file, for messages. */
  readonly name: string;
}

/** Block ids by the id of their request. `name` stands for the file in messages. */
export function parsePrefixBlocks(text: string, name: string): Map<string, readonly number[]> {
  const blocks = new Map<string, readonly number[]>();
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (raw.trim() === '') continue;
    const place = { name, line: i + 1 };
    const { id, block_ids: ids } = parseObject(raw, place);
    if (typeof id !== 'string' && typeof id !== 'number') {
      throw rowError(place, `id is ${shown(id)}; expected the id of a request, as in ${EXAMPLE}.`);
    }
    if (blocks.has(String(id))) throw rowError(place, `id ${id} comes twice.`);
    blocks.set(String(id), checkedIds(ids, place));
  }
  if (blocks.size === 0) throw new InputError(`${name}: holds no blocks; expected lines like ${EXAMPLE}.`);
  return blocks;
}

/** Checks that the blocks are those of a run: they fit its prompts. */
export function checkPrefixBlocks(
  { idsOf, blockTokens, name }: PrefixBlocks,
  requests: readonly RecordedRequest[],
): void {
  let known = 0;
  for (const { id, origin, promptTokens } of requests) {
    const ids = idsOf.get(id);
    if (ids === undefined) continue;
    known++;
    const most = Math.floor(promptTokens / blockTokens);
    if (ids.length > most) {
      throw new InputError(
        `${name}: request ${id} has ${ids.length} blocks, but a prompt of ${promptTokens} tokens (${origin}) has ${most} ` +
          `full blocks of ${blockTokens}. Is prefix_block_size ${blockTokens} right?`,
      );
    }
  }
  if (known === 0) throw new InputError(`${name}: none of its ids is that of a request; are these the run's prefixes?`);
}

function checkedIds(value: unknown, place: Place): readonly number[] {
  if (!Array.isArray(value)) throw rowError(place, `block_ids is ${shown(value)}; expected a list, as in ${EXAMPLE}.`);
  for (const [i, id] of (value as unknown[]).entries()) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || id > MAX_BLOCK_ID) {
      throw rowError(place, `block_ids[${i}] is ${shown(id)}; expected a whole number from 0 to ${MAX_BLOCK_ID}.`);
    }
  }
  if (new Set(value).size < value.length) {
    throw rowError(place, 'block_ids repeats an id; an id stands for a block and all before it, so it comes once.');
  }
  return value as number[];
}

function parseObject(text: string, place: Place): { id?: unknown; block_ids?: unknown } {
  try {
    const row: unknown = JSON.parse(text);
    if (typeof row === 'object' && row !== null) return row;
  } catch {
    // Said below.
  }
  throw rowError(place, `read ${excerpt(text)}; expected one JSON object a line, as in ${EXAMPLE}.`);
}

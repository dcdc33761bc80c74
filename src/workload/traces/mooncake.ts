/**
 * The Mooncake traces (Qin et al., Mooncake, FAST 2025; Apache-2.0): one JSON object a line,
 *
 *     {"timestamp": 3000, "input_length": 1200, "output_length": 52, "hash_ids": [0, 17, 18]}
 *
 * with the time in milliseconds and an id for each 512-token block of the prompt, the last one partial. An id stands for
 * the block and everything before it, so equal ids mean an equal prefix.
 */
import { MAX_BLOCK_ID } from './block-spans.ts';
import { excerpt, type Place, type RowReader, rowError, shown, tokenCount } from './row.ts';

export const MOONCAKE_KEYS = ['timestamp', 'input_length', 'output_length', 'hash_ids'] as const;

/** Tokens of a block. */
export const BLOCK_TOKENS = 512;

/** Reads the lines of a file. */
export function mooncakeReader(): RowReader {
  let firstMs: number | undefined;
  return (text, place) => {
    const row = parseObject(text, place);
    const timestamp = row.timestamp;
    if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp)) {
      throw rowError(place, `timestamp is ${shown(timestamp)}; expected a whole number of milliseconds.`);
    }
    firstMs ??= timestamp;
    const promptTokens = tokenCount(row.input_length, 'input_length', place);
    return {
      place,
      timeUs: (timestamp - firstMs) * 1e3,
      promptTokens,
      outputTokens: tokenCount(row.output_length, 'output_length', place),
      blockIds: blockIds(row.hash_ids, promptTokens, place),
    };
  };
}

function parseObject(text: string, place: Place): Record<string, unknown> {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    throw rowError(
      place,
      `read ${excerpt(text)}, which is not JSON; expected one object with ${MOONCAKE_KEYS.join(', ')}.`,
    );
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw rowError(place, `read ${excerpt(text)}; expected one object with ${MOONCAKE_KEYS.join(', ')}.`);
  }
  return row as Record<string, unknown>;
}

function blockIds(value: unknown, promptTokens: number, place: Place): number[] {
  if (!Array.isArray(value)) throw rowError(place, `hash_ids is ${shown(value)}; expected a list of block ids.`);
  const expected = Math.ceil(promptTokens / BLOCK_TOKENS);
  if (value.length !== expected) {
    throw rowError(
      place,
      `hash_ids has ${value.length} ids; a prompt of ${promptTokens} tokens has ${expected} blocks of ${BLOCK_TOKENS}.`,
    );
  }
  for (const [i, id] of value.entries()) {
    if (!Number.isSafeInteger(id) || id < 0 || id > MAX_BLOCK_ID) {
      throw rowError(place, `hash_ids[${i}] is ${shown(id)}; expected a whole number from 0 to ${MAX_BLOCK_ID}.`);
    }
    if (i > 0 && id === value[i - 1]) {
      throw rowError(
        place,
        `hash_ids[${i}] repeats ${id}; an id stands for a block and all before it, so it comes once.`,
      );
    }
  }
  return value;
}

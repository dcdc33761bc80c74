/** `servesim conform`: does our engine decide what the recorded vLLM decided, file by file? */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../core/input-error.ts';
import { packagedCatalog } from '../package-files.ts';
import { isGzip, unreadable } from '../read-lines.ts';
import { type CapacityVerdict, replayCapacity } from './capacity.ts';
import { isCapacityFile, parseCapacityFile } from './capacity-file.ts';
import type { Verdict } from './replay.ts';
import { replay } from './replay.ts';
import { parseTrace } from './trace.ts';

/** Of a scheduler trace, or of a file of KV capacities, which has `rows`. */
export type FileVerdict = (Verdict | CapacityVerdict) & { readonly file: string; readonly vllm: string };

/**
 * Replays one file, plain or gzip. Throws InputError where it cannot be read. `decodeCohort`: requests in steady decode
 * are scheduled as one, as simulations do it; so do simulations go without `blockNumbers`, and then these are not compared.
 */
export function conformFile(file: string, decodeCohort = true, blockNumbers = true): FileVerdict {
  const json = parseJson(readText(file), file);
  if (isCapacityFile(json)) {
    const capacities = parseCapacityFile(json, file);
    return { file, vllm: capacities.vllm, ...replayCapacity(capacities, packagedCatalog()) };
  }
  const trace = parseTrace(json, file);
  return { file, vllm: trace.vllm, ...replay(trace, decodeCohort, blockNumbers) };
}

/** One line a file: `identical, N steps`, or the first step or row and the field that differ. */
export function verdictText(verdict: Verdict | CapacityVerdict): string {
  return 'rows' in verdict ? capacityText(verdict) : traceText(verdict);
}

function traceText(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'identical':
      return `identical, ${verdict.steps} steps${verdict.blockIds ? ', block ids too' : ''}`;
    case 'not supported':
      return `not supported: ${verdict.feature}`;
    case 'differs': {
      const { step, field, recorded, ours } = verdict;
      return `differs at step ${step}, field ${field}: recorded ${brief(recorded)}, ours ${brief(ours)}`;
    }
  }
}

function capacityText(verdict: CapacityVerdict): string {
  switch (verdict.verdict) {
    case 'identical':
      return `identical, ${verdict.rows} rows`;
    case 'not supported':
      return `not supported: ${verdict.feature} (row ${verdict.row})`;
    case 'differs': {
      const { row, field, recorded, ours } = verdict.differences[0]!;
      const rest = `${verdict.differing_rows} of ${verdict.rows} rows differ`;
      return `differs at row ${row}, field ${field}: recorded ${brief(recorded)}, ours ${brief(ours)} (${rest})`;
    }
  }
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: not a scheduler trace: ${(error as Error).message}`);
  }
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (isGzip(bytes) ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

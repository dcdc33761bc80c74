/** `servesim conform`: does our engine decide what the recorded vLLM decided, file by file? */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../core/input-error.ts';
import type { Verdict } from './replay.ts';
import { replay } from './replay.ts';
import { parseTrace } from './trace.ts';

export type FileVerdict = Verdict & { readonly file: string; readonly vllm: string };

/** Replays one trace file, plain or gzip. Throws InputError where it cannot be read. */
export function conformFile(file: string): FileVerdict {
  const trace = parseTrace(readText(file), file);
  return { file, vllm: trace.vllm, ...replay(trace) };
}

/** One line a file: `identical, N steps`, or the first step and field that differ. */
export function verdictText(verdict: Verdict): string {
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

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new InputError(`${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  // gzip by its magic number, not by the name.
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (error) {
    throw new InputError(`${file}: damaged gzip: ${(error as Error).message}`);
  }
}

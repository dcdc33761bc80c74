/** `servesim conform`: does our engine decide what the recorded vLLM decided, file by file? */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { unreadable } from '../read-lines.ts';
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
  try {
    const bytes = readFileSync(file);
    // gzip by its magic number, not by the name.
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (packed ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

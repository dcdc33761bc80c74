/**
 * A calibration compares what both sides served. A replay that refuses or cuts short what the server served is of
 * another server, and what is left of its load is lighter than the measured one.
 */
import { InputError } from '../../core/input-error.ts';
import type { Candidate, Replays } from './replays.ts';

/** Share of a run's requests that may be missing from its replay. */
const MOST_SHORTENED = 0.02;

/** Notes on runs whose replay with the candidate loses some requests; throws InputError where it loses many. */
export async function sameRequestsNotes(
  replays: Replays,
  names: readonly string[],
  candidate: Candidate | null,
): Promise<string[]> {
  const notes: string[] = [];
  for (const [run, name] of names.entries()) {
    const { shortened } = await replays.outcome(run, candidate);
    if (shortened === 0) continue;
    const { length } = replays.runs[run]!.measured.requests;
    const what = `${shortened} of ${length} requests that the server served are refused or cut short in the replay`;
    if (shortened > MOST_SHORTENED * length) {
      throw new InputError(
        `${name}: ${what}, so the study does not describe the server; expected at most ${100 * MOST_SHORTENED} %. Check ` +
          'max_model_len, num_gpu_blocks_override and the bounds on queued requests.',
      );
    }
    notes.push(`${name}: ${what}`);
  }
  return notes;
}

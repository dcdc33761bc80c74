/** The longest request that the candidates of a `max_model_len` met: above it nothing is cut, and a higher limit changes nothing. */
import type { TuneGoal } from '../../config/resolved.ts';
import type { Runner } from '../runner.ts';
import type { CandidateRuns } from './candidate-runs.ts';

/** Prompt and whole answer, tokens; null for other goals and where requests were not kept. All candidates meet the same requests. */
export async function longestRequestTokens(
  goal: TuneGoal,
  tried: readonly (CandidateRuns | null)[],
  runner: Pick<Runner, 'requests'>,
): Promise<number | null> {
  if (goal.kind === 'cheapest' || !goal.setting.endsWith('.max_model_len')) return null;
  const mostSeeds = tried.reduce<CandidateRuns | null>(
    (a, b) => (b !== null && b.reports.length > (a?.reports.length ?? 0) ? b : a),
    null,
  );
  let longest: number | null = null;
  for (const { runId } of mostSeeds?.reports ?? []) {
    const table = await runner.requests(runId);
    if (table === null) return null;
    for (let row = 0; row < table.count; row++)
      longest = Math.max(longest ?? 0, table.promptTokens[row]! + table.wantedTokens[row]!);
  }
  return longest;
}

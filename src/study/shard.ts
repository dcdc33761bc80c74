/**
 * A part of a study that is simulated by itself: of `n` shards, the i-th has every n-th run of the plan, begun at its i-th, so that slow variants
 * are dealt out evenly. Which shard a run belongs to follows from its place in the plan alone; shards need to know nothing of each other.
 */
import type { ResolvedRun } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { OpenStudy } from './open-study.ts';
import type { Shard } from './parse-shard.ts';
import { ResultsFolder } from './results-folder.ts';
import { distinctRuns } from './run-folder.ts';
import { openRunner, type RunnerOptions } from './runner.ts';
import { checkSimulatable } from './simulatable.ts';
import { checkStatistics } from './statistics/stopping-of.ts';

export interface ShardResult {
  /** Those of this shard, all done. */
  readonly runs: readonly ResolvedRun[];
  readonly ofRuns: number;
}

/** The runs of a shard; of variants that resolve alike, the first. */
export function shardRuns(runs: readonly ResolvedRun[], { index, of }: Shard): ResolvedRun[] {
  return distinctRuns(runs).filter((_, place) => place % of === index - 1);
}

/** Simulates the runs of a shard. Throws InputError. */
export async function runShard(
  study: OpenStudy,
  shard: Shard,
  { outputFolder, ...options }: Omit<RunnerOptions, 'results'> & { readonly outputFolder: string },
): Promise<ShardResult> {
  checkShardable(study, '--shard');
  checkStatistics(study.resolved);
  checkSimulatable(study);
  const runs = shardRuns(study.resolved.runs, shard);
  const results = new ResultsFolder(outputFolder);
  const runner = openRunner(study, { results, ...options });
  try {
    await runner.run(runs);
    return { runs, ofRuns: distinctRuns(study.resolved.runs).length };
  } finally {
    await runner.close();
    results.close();
  }
}

/** Which runs there are must follow from the study alone. `by`: what cannot do with less. */
export function checkShardable({ resolved }: OpenStudy, by: string): void {
  if (resolved.until === null) return;
  throw new InputError(
    `${by}: this study has until, which decides by the results of all runs how many there are. Remove until, or run the study as a whole, with --workers or --queue.`,
  );
}

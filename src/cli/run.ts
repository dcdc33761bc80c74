/** `servesim run`: simulate a study, print its report, write its results. */
import { availableParallelism } from 'node:os';
import { InputError } from '../core/input-error.ts';
import { isClaims } from '../study/claims/run-claims.ts';
import { type OpenStudy, openStudy } from '../study/open-study.ts';
import type { Shard } from '../study/parse-shard.ts';
import type { SweepFileNames } from '../study/read-study.ts';
import { runStudy } from '../study/run-study.ts';
import { checkShardable, runShard, shardRuns } from '../study/shard.ts';
import { claimsCommand } from './claims.ts';
import { planJson, planOf, planText } from './plan.ts';
import { printStudy } from './print-study.ts';
import { withProgress } from './progress-text.ts';
import type { Running } from './running-options.ts';

/** Which study: a file, and what is changed in it. */
export interface StudyArguments {
  readonly study: string;
  readonly seeds: string | null;
  readonly set: readonly string[];
  readonly sweepFiles: SweepFileNames;
}

export interface RunArguments extends StudyArguments {
  readonly output: string | null;
  readonly running: Running;
  readonly fresh: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Returns the exit code: 1 if a queue got stuck. */
export async function runCommand(given: RunArguments): Promise<number> {
  if (isClaims(given.study)) return claimsCommand(given);
  const { output, fresh, dryRun, json, running } = given;
  const { workers, shard, queue } = running;
  const open = openToRun(given);
  if (dryRun) {
    if (shard !== null) checkShardable(open, '--shard');
    const runs = shard === null ? open.resolved.runs : shardRuns(open.resolved.runs, shard);
    const plan = await planOf(open, { runs, workers: workers ?? availableParallelism() });
    process.stdout.write(json ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan));
    return 0;
  }
  if (shard !== null) return shardCommand(open, shard, given);
  const executor = queue === null ? undefined : await (await import('../study/queue/fleet.ts')).fleet(queue);
  const result = await withProgress((onProgress) =>
    runStudy(open, {
      outputFolder: output,
      ...(workers === null ? {} : { workers }),
      ...(executor === undefined ? {} : { executor }),
      fresh,
      onProgress,
    }),
  ).finally(() => executor?.close());
  return printStudy(result, json);
}

/** What a shard leaves is no study yet; it says what is next. */
async function shardCommand(open: OpenStudy, shard: Shard, given: RunArguments): Promise<number> {
  const { output, study, fresh, json, running } = given;
  const { workers } = running;
  if (output === null)
    throw new InputError(
      `--shard ${shard.index}/${shard.of}: expected -o FOLDER too: a shard is of use only as what it writes.`,
    );
  const { runs, ofRuns } = await withProgress((onProgress) =>
    runShard(open, shard, { outputFolder: output, ...(workers === null ? {} : { workers }), fresh, onProgress }),
  );
  const name = `shard ${shard.index}/${shard.of}`;
  const words =
    runs.length === 0
      ? `${name}: has no run, since the study has only ${ofRuns}. Nothing is to be done, and nothing is written.\n`
      : `${name}: ${runs.length} of the ${ofRuns} runs of the study are in ${output}.\nWhen all shards are done: servesim merge ${study} ${output} … -o FOLDER, with the same --set and --seeds.\n`;
  const data = { shard: shard.index, of: shard.of, output, runs: runs.map(({ run_id, seed }) => ({ run_id, seed })) };
  process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : words);
  return 0;
}

/** Opens a study that is to be run, not searched. */
export function openToRun({ study, seeds, set, sweepFiles }: StudyArguments): OpenStudy {
  const open = openStudy(study, { set, sweepFiles, ...(seeds === null ? {} : { seeds: parseSeeds(seeds) }) });
  if (open.resolved.tune !== null)
    throw new InputError(`${study}: has tune:, so it is a search; run it with servesim tune.`);
  return open;
}

const MAX_SEEDS = 10_000;

/** `5` means the seeds 1 to 5, `1,2,7` these. */
function parseSeeds(text: string): number[] {
  const numbers = text.split(',').map((part) => (/^\d{1,15}$/.test(part.trim()) ? Number(part) : Number.NaN));
  const [count] = numbers;
  const valid = numbers.length > 1 ? numbers.every(Number.isInteger) : count! >= 1 && count! <= MAX_SEEDS;
  if (!valid)
    throw new InputError(
      `--seeds ${text}: expected how many (1 to ${MAX_SEEDS}), such as 5, or the seeds themselves, such as 1,2,7.`,
    );
  const twice = numbers.find((seed, i) => numbers.indexOf(seed) < i);
  if (twice !== undefined) throw new InputError(`--seeds ${text}: read ${twice} twice, expected different seeds.`);
  return numbers.length === 1 ? Array.from({ length: count! }, (_, i) => i + 1) : numbers;
}

/** `servesim run`: simulate a study, print its report, write its results. */
import { InputError } from '../core/input-error.ts';
import { formatDuration } from '../core/units.ts';
import { consoleReport } from '../report/console.ts';
import type { StudyReport } from '../report/study-report.ts';
import { isClaims } from '../study/claims/run-claims.ts';
import { openStudy } from '../study/open-study.ts';
import type { StudyProgress } from '../study/run-study.ts';
import { runStudy } from '../study/run-study.ts';
import { claimsCommand } from './claims.ts';
import { planJson, planText } from './plan.ts';
import { progressLine, wantsColor } from './terminal.ts';

export interface RunArguments {
  readonly study: string;
  readonly output: string | null;
  readonly seeds: string | null;
  readonly set: readonly string[];
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Returns the exit code: 1 if a queue got stuck. */
export async function runCommand(given: RunArguments): Promise<number> {
  if (isClaims(given.study)) return claimsCommand(given);
  const { study, output, seeds, set, dryRun, json } = given;
  const open = openStudy(study, { set, ...(seeds === null ? {} : { seeds: parseSeeds(seeds) }) });
  const { stdout } = process;
  if (dryRun) {
    stdout.write(json ? `${JSON.stringify(planJson(open.resolved), null, 2)}\n` : planText(open.resolved));
    return 0;
  }
  const line = progressLine();
  const { report, reportFile } = await runStudy(open, {
    outputFolder: output,
    onProgress: (progress) => line.show(() => progressText(progress)),
  }).finally(() => line.clear());
  if (json) stdout.write(`${JSON.stringify(resultsJson(report), null, 2)}\n`);
  else {
    stdout.write(consoleReport(report, { columns: Math.min(100, stdout.columns || 80), color: wantsColor(stdout) }));
    if (reportFile !== null) stdout.write(`\nReport: ${reportFile}\n`);
  }
  return report.runs.some(({ summary }) => summary.sim.stuck !== null) ? 1 : 0;
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
  return numbers.length === 1 ? Array.from({ length: count! }, (_, i) => i + 1) : [...new Set(numbers)];
}

function progressText({ run, runs, simulatedUs, requestsSent, requestsPlanned }: StudyProgress): string {
  const share = requestsPlanned === null ? '' : ` (${Math.round((100 * requestsSent) / requestsPlanned)} %)`;
  return `run ${run}/${runs}: ${requestsSent} requests sent${share}, ${formatDuration(simulatedUs)} simulated`;
}

function resultsJson({ name, question, runs, notStarted }: StudyReport): unknown {
  return {
    name,
    question,
    not_started: notStarted ?? [],
    runs: runs.map(({ runId, seed, variant, summary, notes }) => ({ run_id: runId, seed, variant, notes, summary })),
  };
}

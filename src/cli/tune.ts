/** `servesim tune`: search for the settings that a study asks for, print what was found, write everything that was tried. */
import { join } from 'node:path';
import { formatCount } from '../core/units.ts';
import { plural } from '../report/format.ts';
import { tuneConsole } from '../report/tune/tune-console.ts';
import { openStudy } from '../study/open-study.ts';
import { ResultsFolder } from '../study/results-folder.ts';
import { openRunner } from '../study/runner.ts';
import type { RunnerProgress } from '../study/runner-progress.ts';
import type { TuneProgress } from '../study/tune/candidate-runs.ts';
import { tuneFiles, tuneJson } from '../study/tune/tune-files.ts';
import { type TunePlan, tunePlan, tuneStudy } from '../study/tune/tune-study.ts';
import { compileSimulation } from './compiler.ts';
import { progressText } from './progress-text.ts';
import { progressLine, wantsColor } from './terminal.ts';

export interface TuneArguments {
  readonly study: string;
  readonly output: string | null;
  readonly set: readonly string[];
  /** Null: as many as the machine runs at a time. */
  readonly workers: number | null;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Returns the exit code: 0 whatever was found, which is a result. */
export async function tuneCommand({ study, output, set, workers, dryRun, json }: TuneArguments): Promise<number> {
  const open = openStudy(study, { set });
  const plan = tunePlan(open, study);
  const { stdout } = process;
  if (dryRun) {
    stdout.write(json ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(open.resolved.name, plan));
    return 0;
  }
  const line = progressLine();
  let search: TuneProgress | null = null;
  let roundBeganMs = performance.now();
  const results = output === null ? null : new ResultsFolder(output);
  const runner = openRunner(open, {
    results,
    needsRequests: true,
    ...(workers === null ? {} : { workers }),
    onProgress: (runs) => {
      compileSimulation();
      line.show(() => roundText(search, runs, performance.now() - roundBeganMs));
    },
  });
  try {
    const report = await tuneStudy(open, plan, runner, (progress) => {
      search = progress;
      roundBeganMs = performance.now();
    }).finally(() => line.clear());
    results?.writeFiles(tuneFiles(report));
    if (json) stdout.write(tuneJson(report));
    else {
      stdout.write(tuneConsole(report, { columns: Math.min(120, stdout.columns || 80), color: wantsColor(stdout) }));
      if (output !== null) stdout.write(`\nReport: ${join(output, 'report.html')}\n`);
    }
    return 0;
  } finally {
    await runner.close();
    results?.close();
  }
}

/** `1,200 runs before; 3.2, seeds up to 10: 2 of 5 runs done, …` */
function roundText(search: TuneProgress | null, runs: RunnerProgress, elapsedMs: number): string {
  const names = search?.candidates ?? [];
  const candidates = names.length === 1 ? names[0] : plural(names.length, 'candidate');
  const before = search === null || search.runsBefore === 0 ? '' : `${formatCount(search.runsBefore)} runs before; `;
  return `${before}${candidates}, seeds up to ${search?.seeds ?? 0}: ${progressText(runs, elapsedMs)}`;
}

const METHODS = {
  all: 'every candidate that starts is tried',
  bisection: 'bisection: as few candidates as find the border',
  screening: 'every combination that starts is tried, those that can still be the answer with more seeds',
} as const;

/** What would be searched, and how many runs it takes at most. */
function planText(name: string, { plan, metrics, candidates, nameOf, tune }: TunePlan): string {
  const bounds = metrics.constraints.map(({ metric, written }) => `${metric.name} ${written}`);
  const refused = candidates.filter(({ run }) => run === null);
  const { method, order, looks, most } = plan;
  const first = method === 'bisection' ? 1 : order.length;
  return [
    name,
    `search: ${tune.goal.kind} ${tune.goal.kind === 'cheapest' ? `by ${tune.goal.objective}` : tune.goal.setting}`,
    `bounds: ${bounds.join(', ')}`,
    `method: ${METHODS[method]}`,
    `seeds: ${looks.join(', ')} of a candidate, more while it is undecided`,
    `candidates: ${shortened(order.map(nameOf))}`,
    ...refused.map(
      (candidate) =>
        `  ${nameOf(candidate)} ${candidate.isSimulatable ? 'does not start' : 'cannot be simulated'}: ${candidate.refusal}`,
    ),
    '',
    `${plural(first * looks[0]!, 'run')} to begin with, at most ${formatCount(most)}.`,
    '',
  ].join('\n');
}

const MOST_NAMED = 20;

function shortened(names: readonly string[]): string {
  if (names.length <= MOST_NAMED) return names.join(', ');
  return `${names.slice(0, MOST_NAMED / 2).join(', ')}, …, ${names.at(-1)} (${names.length})`;
}

function planJson({ plan, metrics, candidates, nameOf, tune }: TunePlan): unknown {
  return {
    goal: tune.goal.kind,
    method: plan.method,
    bounds: metrics.constraints.map(({ metric, bound, limit }) => ({ metric: metric.name, bound, limit })),
    seeds: plan.looks,
    most_runs: plan.most,
    candidates: candidates.map((candidate) => ({
      name: nameOf(candidate),
      settings: candidate.settings,
      starts: candidate.run !== null || !candidate.isSimulatable,
      can_be_simulated: candidate.run !== null,
      reason: candidate.refusal,
    })),
  };
}

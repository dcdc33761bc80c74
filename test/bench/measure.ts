/** Runs workloads and series of the built program and takes down what they cost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement, Series, SeriesPoint, StartUp, WorkloadResult } from './bench-file.ts';
import { FailedProcess, measureBeyond, measureRepeatedly, type Program } from './measured-process.ts';
import { mooncakeLikeTrace } from './mooncake-like.ts';
import type { SeriesPlan } from './series.ts';
import type { Workload } from './workloads.ts';

/** What of `servesim run --json` is read. */
interface Results {
  readonly runs: readonly [
    {
      readonly summary: {
        readonly completed: number;
        readonly total_output_tokens: number;
        readonly sim: {
          readonly steps: number;
          /** Absent where every step is walked. */
          readonly steps_walked?: number;
          readonly num_requests_running_mean: number;
          readonly preemptions: number;
          readonly prefix_cache_hit_rate: number | null;
        };
      };
    },
  ];
}

/** The trace of prefix-heavy: an hour at about the highest rate that one GPU carries. */
const TRACE = { requests: 10_000, rate: 2.5, seed: 1 };

/** One request of one token. */
const EMPTY_RUN = [
  ...['run', studyFile('chat'), '--json'],
  ...settings(['workload.num_requests=1', 'workload.synthetic.lengths={input: 1, output: 1}']),
];

export function measureStartUp(program: Program): StartUp {
  const cpuS = (...args: string[]) => measureRepeatedly(program, args).cpuS;
  return {
    empty_run_cpu_s: cpuS(...EMPTY_RUN),
    version_cpu_s: cpuS('--version'),
    check_cpu_s: cpuS('check', studyFile('chat')),
  };
}

export function measureWorkload(workload: Workload, program: Program): WorkloadResult {
  return withArguments(workload, (args) => {
    try {
      return measureRun(workload.name, args, program);
    } catch (error) {
      if (!(error instanceof FailedProcess)) throw error;
      return { name: workload.name, failed: error.message };
    }
  });
}

/** Calls `use` with the command line of a workload, whose trace and results live as long as the call. */
export function withArguments<Result>(workload: Workload, use: (args: string[]) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-bench-'));
  try {
    const args = ['run', studyFile(workload.study), '--json', ...settings(workload.set)];
    if (workload.needsTrace) {
      const trace = join(folder, 'mooncake-like.jsonl');
      writeFileSync(trace, mooncakeLikeTrace(TRACE.requests, TRACE.rate, TRACE.seed));
      args.push(...settings([`workload.trace=${trace}`]));
    }
    if (workload.writesResults) args.push('-o', join(folder, 'results'), '--fresh');
    return use(args);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every point must succeed: a series without one has no exponent. */
export function measureSeries(plan: SeriesPlan, program: Program, onPoint: (name: string) => void): Series {
  const points = plan.values.map((x): SeriesPoint => {
    const name = `${plan.name} ${x}`;
    onPoint(name);
    const args = ['run', studyFile(plan.study), '--json', ...settings(plan.settings(x))];
    return { x, ...measureRun(name, args, program) };
  });
  return { name: plan.name, points };
}

function measureRun(name: string, args: readonly string[], program: Program): Measurement {
  const { cpuS, peakRssBytes, stdout } = measureBeyond(program, EMPTY_RUN, args);
  const { completed, total_output_tokens, sim } = (JSON.parse(stdout) as Results).runs[0].summary;
  return {
    name,
    // A run cannot cost nothing: a ratio with it would not exist.
    cpu_s: Math.max(1e-3, cpuS),
    peak_rss_bytes: peakRssBytes,
    requests: completed,
    output_tokens: total_output_tokens,
    steps: sim.steps,
    steps_walked: sim.steps_walked ?? sim.steps,
    running_mean: sim.num_requests_running_mean,
    preemptions: sim.preemptions,
    prefix_cache_hit_rate: sim.prefix_cache_hit_rate,
  };
}

function studyFile(name: string): string {
  return fileURLToPath(new URL(`studies/${name}.yaml`, import.meta.url));
}

function settings(assignments: readonly string[]): string[] {
  return assignments.flatMap((assignment) => ['--set', assignment]);
}

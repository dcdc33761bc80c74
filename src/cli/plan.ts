/** `servesim run --dry-run`: what would be simulated, and about how long that takes. */
import { serverGpusText } from '../config/deployment-gpus.ts';
import type { Deployment, ResolvedRun, ResolvedStudy } from '../config/resolved.ts';
import { formatBytes, formatCount, threeDigits } from '../core/units.ts';
import { estimateRuns, type StudyEstimate } from '../study/estimate.ts';
import type { OpenStudy } from '../study/open-study.ts';
import { checkSimulatable } from '../study/simulatable.ts';

export interface PlanOptions {
  /** Those of a shard; left out: all. */
  readonly runs?: readonly ResolvedRun[];
  /** Threads that runs are spread over. Default: 1. */
  readonly workers?: number;
}

export interface Plan {
  readonly study: ResolvedStudy;
  /** Those that would be simulated here. */
  readonly runs: readonly ResolvedRun[];
  readonly workers: number;
  readonly estimate: StudyEstimate;
}

export async function planOf(
  open: OpenStudy,
  { runs = open.resolved.runs, workers = 1 }: PlanOptions = {},
): Promise<Plan> {
  checkSimulatable(open);
  return { study: open.resolved, runs, workers, estimate: await estimateRuns(open, runs, workers) };
}

const BASIS = 'costs of a request and of an engine step of the benchmark in docs/SPEED.md; preemptions come on top';

/** The plan as data. */
export function planJson({ study, runs, workers, estimate }: Plan): unknown {
  const { name, question, comparisons, not_compared, warm_up, confidence, until, not_started } = study;
  const { requests, outputTokens, steps, cpuSeconds, seconds } = estimate;
  return {
    name,
    question,
    ...{ comparisons, not_compared, warm_up, confidence, until },
    estimate: {
      runs: runs.length,
      requests: Math.round(requests),
      output_tokens: Math.round(outputTokens),
      steps: Math.round(steps),
      cpu_seconds: Number(cpuSeconds.toPrecision(2)),
      workers,
      seconds: Number(seconds.toPrecision(2)),
      basis: BASIS,
    },
    runs,
    not_started,
  };
}

/** The plan in words: each variant's deployment as its server would print it at start-up, and the runs. */
export function planText({ study, runs, workers, estimate }: Plan): string {
  const { name, question, not_started } = study;
  const lines = [name, ...(question === null ? [] : [question]), ''];
  for (const variant of groupByVariant(runs)) {
    const { pools, workload } = variant[0]!;
    const heading = headingOf(variant[0]!);
    if (heading !== '') lines.push(heading);
    for (const { name: pool, deployment } of pools)
      lines.push(...(pools.length === 1 ? [] : [`  pool ${pool}`]), ...deploymentLines(deployment));
    lines.push(`  workload ${workload.name}`, `  runs ${runsText(variant)}`, '');
  }
  for (const each of not_started) lines.push(headingOf(each), `  does not start: ${each.reason}`, '');
  return `${[...lines, ...summaryLines(study, runs), ...estimateLines(estimate, workers)].join('\n')}\n`;
}

function summaryLines(study: ResolvedStudy, runs: readonly ResolvedRun[]): string[] {
  const { runs: all, until, not_started } = study;
  const start =
    not_started.length === 0 ? 'every deployment starts' : `${not_started.length} of the variants would not start`;
  const here = runs.length === all.length ? '' : ` of ${formatCount(all.length)}`;
  const variants = groupByVariant(all).length;
  return [
    `${formatCount(runs.length)}${here} ${all.length === 1 ? 'run' : 'runs'}; ${start}.`,
    ...baselineLines(study),
    ...(until === null
      ? []
      : [
          `Seeds are added until half the interval is within ${until.precisions.join(' and ')}: at most ${formatCount(variants * until.max_seeds)} runs.`,
        ]),
  ];
}

/** Baselines that the last lines name. */
const MOST_BASELINES = 3;

/** What variants are compared with; of several baselines, to whom each belongs is told by what both have in common. */
function baselineLines({ runs, comparisons, not_compared }: ResolvedStudy): string[] {
  const titles = new Map(runs.map(({ variant, title }) => [JSON.stringify(variant), title]));
  const baselines = [...new Set(comparisons.map(({ baseline }) => titles.get(JSON.stringify(baseline))!))];
  const more = baselines.length - MOST_BASELINES;
  const named = [...baselines.slice(0, MOST_BASELINES), ...(more > 0 ? [`${more} more`] : [])].join('; ');
  const across = comparisons.some(({ same_load }) => !same_load);
  return [
    ...(baselines.length === 0 ? [] : [`Baseline${baselines.length > 1 ? 's' : ''}: ${named}.`]),
    ...(across ? ['Some variants are compared with a baseline under another load.'] : []),
    ...notComparedLines(not_compared),
  ];
}

/** Variants that the last lines name. */
const MOST_NAMED = 3;

/** A line a reason, whichever variants share it. */
function notComparedLines(notCompared: ResolvedStudy['not_compared']): string[] {
  const titles = new Map<string, string[]>();
  for (const { title, reason } of notCompared) titles.set(reason, [...(titles.get(reason) ?? []), title]);
  return [...titles].map(([reason, of]) => {
    const more = of.length - MOST_NAMED;
    const names = [...of.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join('; ');
    return `${names} ${of.length === 1 ? 'is' : 'are'} compared with none: ${reason}.`;
  });
}

function estimateLines({ requests, outputTokens, cpuSeconds, seconds }: StudyEstimate, workers: number): string[] {
  const wall = workers > 1 && cpuSeconds >= 1 ? `, ${timeText(seconds)} with ${workers} workers` : '';
  return [
    `About ${formatCount(Number(requests.toPrecision(3)))} requests with ${formatCount(Number(outputTokens.toPrecision(3)))} output tokens: ${timeText(cpuSeconds)} of CPU${wall}`,
    `(${BASIS}).`,
  ];
}

/** Of an estimate, so two digits. */
function timeText(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  const [unit, size] = seconds < 120 ? ['s', 1] : seconds < 7200 ? ['min', 60] : ['h', 3600];
  return `${Number((seconds / size).toPrecision(2))} ${unit}`;
}

/** Runs of one variant together, in order. */
function groupByVariant(runs: readonly ResolvedRun[]): ResolvedRun[][] {
  const groups = new Map<string, ResolvedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(run.variant);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

/** A named variant by its name, with all its settings. */
function headingOf({ variant, variant_name }: Pick<ResolvedRun, 'variant' | 'variant_name'>): string {
  const settings = Object.entries(variant)
    .map(([path, value]) => `${path}=${JSON.stringify(value)}`)
    .join(' ');
  return [variant_name, settings].filter((part) => part !== null && part !== '').join(': ');
}

const MOST_RUNS_SHOWN = 8;

function runsText(runs: readonly ResolvedRun[]): string {
  const shown = runs.length > MOST_RUNS_SHOWN + 1 ? runs.slice(0, MOST_RUNS_SHOWN) : runs;
  const more = runs.length - shown.length;
  return [...shown.map(({ run_id, seed }) => `${run_id} (seed ${seed})`), ...(more > 0 ? [`${more} more`] : [])].join(
    ', ',
  );
}

function deploymentLines(deployment: Deployment): string[] {
  const { replicas, gpu, model, quantization, engine, memory } = deployment;
  const tokens = (engine.num_gpu_blocks - 1) * engine.block_size;
  return [
    `  ${replicas > 1 ? `${replicas} replicas of ` : ''}${serverGpusText(deployment, gpu.id)}, ${model.id}, weights ${quantization}, ${formatBytes(memory.weightBytes)} a GPU`,
    `  KV cache: ${formatCount(engine.num_gpu_blocks)} blocks (${memory.source}) = ${formatCount(tokens)} tokens; ` +
      `${threeDigits(memory.maxConcurrency)} requests of ${formatCount(engine.max_model_len)} tokens at once`,
    `  a step: at most ${formatCount(engine.max_num_seqs)} sequences and ${formatCount(engine.max_num_batched_tokens)} tokens`,
  ];
}

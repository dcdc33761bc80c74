/** `servesim run --dry-run`: what would be simulated. */
import { serverGpusText } from '../config/deployment-gpus.ts';
import type { Deployment, ResolvedRun, ResolvedStudy } from '../config/resolved.ts';
import { formatBytes, formatCount, threeDigits } from '../core/units.ts';

/** The plan as data. */
export function planJson({ name, question, runs, not_started }: ResolvedStudy): unknown {
  return { name, question, runs, not_started };
}

/** The plan in words: each variant's deployment as its server would print it at start-up, and the runs. */
export function planText({ name, question, runs, not_started }: ResolvedStudy): string {
  const lines = [name, ...(question === null ? [] : [question]), ''];
  for (const [settings, variant] of groupByVariant(runs)) {
    const { pools, workload } = variant[0]!;
    if (settings !== '') lines.push(settings);
    for (const { name: pool, deployment } of pools)
      lines.push(...(pools.length === 1 ? [] : [`  pool ${pool}`]), ...deploymentLines(deployment));
    lines.push(`  workload ${workload.name}`);
    lines.push(`  runs ${variant.map(({ run_id, seed }) => `${run_id} (seed ${seed})`).join(', ')}`, '');
  }
  for (const { variant, reason } of not_started) lines.push(settingsText(variant), `  does not start: ${reason}`, '');
  const start =
    not_started.length === 0 ? 'every deployment starts' : `${not_started.length} of the variants would not start`;
  lines.push(`${runs.length} ${runs.length === 1 ? 'run' : 'runs'}; ${start}.`);
  return `${lines.join('\n')}\n`;
}

/** Runs by what is swept, in order; one group without a sweep. */
function groupByVariant(runs: readonly ResolvedRun[]): Map<string, ResolvedRun[]> {
  const groups = new Map<string, ResolvedRun[]>();
  for (const run of runs) {
    const key = settingsText(run.variant);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return groups;
}

function settingsText(variant: Readonly<Record<string, unknown>>): string {
  return Object.entries(variant)
    .map(([path, value]) => `${path}=${JSON.stringify(value)}`)
    .join(' ');
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

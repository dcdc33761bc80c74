/** `servesim run --dry-run`: what would be simulated. */
import type { ResolvedStudy } from '../config/resolved.ts';
import { formatBytes, formatCount } from '../core/units.ts';

/** The plan as data. */
export function planJson({ name, question, runs }: ResolvedStudy): unknown {
  return { name, question, runs };
}

/** The plan in words: the deployments that would start, and a line a run. */
export function planText({ name, question, runs }: ResolvedStudy): string {
  const lines = [
    name,
    ...(question === null ? [] : [question]),
    '',
    `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}:`,
  ];
  for (const { run_id, seed, variant, deployment, workload } of runs) {
    const settings = Object.entries(variant).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
    const { engine, memory } = deployment;
    lines.push(
      `  ${run_id}  seed ${seed}${settings.length > 0 ? `  ${settings.join(' ')}` : ''}`,
      `    ${deployment.replicas} × ${deployment.tensor_parallel_size} ${deployment.gpu.id}, ${deployment.model.id} ${deployment.quantization}: ` +
        `weights ${formatBytes(memory.weightBytes)} a GPU, ${formatCount(engine.num_gpu_blocks)} KV blocks (${memory.source}), ` +
        `max_model_len ${formatCount(engine.max_model_len)}; workload ${workload.name}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

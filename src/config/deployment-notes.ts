/** What a reader must know of a deployment's numbers: what was given for nothing, and what is estimated. */
import type { Calibration } from '../catalog/calibration.ts';
import type { MemoryPlan } from '../catalog/memory.ts';
import type { Model } from '../catalog/model.ts';
import { formatBytes, formatCount, formatDuration } from '../core/units.ts';
import type { ResolvedSpeculation } from './resolve-speculation.ts';
import type { Notes } from './resolved.ts';
import type { ServedDeployment } from './served-deployment.ts';

/** What holds for every deployment: the parts of a server that no step of its engine shows. */
const NEVER_MODELLED = [
  'a busy front end: tokenizing and streaming take the same time however many requests there are',
  'a cold server: compiling and warming up in the first seconds',
];

/** Resolved settings that notes depend on. */
interface NotedSettings {
  readonly model: Model;
  readonly async_scheduling: boolean;
  readonly step_overhead_us: number;
  readonly calibration: Calibration | null;
  readonly speculation: ResolvedSpeculation | null;
}

export function deploymentNotes(
  served: ServedDeployment,
  memory: MemoryPlan,
  { async_scheduling, step_overhead_us, calibration, model, speculation }: NotedSettings,
): Notes {
  const notes: Notes = { no_effect: [...served.noEffect], not_modelled: [...NEVER_MODELLED], estimates: [] };
  if (served.enforce_eager === true && calibration?.law.form !== 'step_model') {
    notes.not_modelled.push(
      'launching kernels without CUDA graphs: only their padding and memory are left out, so small batches come out too fast',
    );
  }
  if (served.dtype !== undefined && served.dtype !== 'auto')
    notes.no_effect.push(`dtype ${served.dtype}: all 16-bit types cost the same`);
  if (served.prefix_cache_retention_interval !== undefined && model.slidingWindow?.kind !== 'sliding') {
    notes.no_effect.push(`prefix_cache_retention_interval: ${model.id} has no sliding-window layers`);
  }
  if (model.provisional !== null) notes.estimates.push(`${model.id} is provisional: ${model.provisional}`);
  const { tensor_parallel_size: tp = 1, data_parallel_size: dp = 1 } = served;
  if (served.enable_expert_parallel === true && tp * dp === 1)
    notes.no_effect.push('enable_expert_parallel: there is one GPU to hold the experts of a layer');
  if (dp > 1) {
    notes.not_modelled.push(
      'several API servers before the data-parallel engines, each with a view of its own: one routes all requests',
    );
  }
  if (served.long_prefill_token_threshold_adaptive === true && (served.long_prefill_token_threshold ?? 0) === 0) {
    notes.no_effect.push('long_prefill_token_threshold_adaptive: there is no long_prefill_token_threshold');
  }
  if (served.router !== undefined && (served.replicas ?? 1) === 1)
    notes.no_effect.push(`router ${served.router}: there is one replica`);
  if (memory.source === 'estimated') {
    notes.estimates.push(
      `${formatCount(memory.numGpuBlocks)} KV blocks follow from an estimate of ${formatBytes(memory.reserveBytes)} ` +
        'for activations, CUDA graphs and libraries; with num_gpu_blocks_override the number that a server printed replaces it',
    );
  }
  if (served.latency?.step_overhead === undefined && calibration === null)
    notes.estimates.push(...overheadNotes(step_overhead_us, async_scheduling, served.latency?.profile !== undefined));
  notes.no_effect.push(...(speculation?.noEffect ?? []));
  notes.estimates.push(...(speculation?.estimates ?? []));
  if (speculation === null && served.acceptance != null)
    notes.no_effect.push('acceptance: there is no speculative_config');
  return notes;
}

/** What is taken for the step overhead where the study says nothing. */
function overheadNotes(stepOverheadUs: number, asyncScheduling: boolean, isProfiled: boolean): string[] {
  const exposed = '2 ms of scheduling that is not hidden (measured: 2 to 8 ms)';
  if (isProfiled) return asyncScheduling ? [] : [`${exposed} a step; latency.step_overhead replaces it`];
  return [
    `${formatDuration(stepOverheadUs)} a step beyond its kernels: the median that kernel times leave unexplained on ` +
      `419 public serving points${asyncScheduling ? '' : `, plus ${exposed}`}; latency.step_overhead replaces it`,
  ];
}

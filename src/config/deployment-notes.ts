/** What a reader must know of a deployment's numbers: what was given for nothing, and what is estimated. */
import type { MemoryPlan } from '../catalog/memory.ts';
import { formatBytes, formatCount, formatDuration } from '../core/units.ts';
import type { Notes } from './resolved.ts';
import type { ServedDeployment } from './served-deployment.ts';

export function deploymentNotes(served: ServedDeployment, memory: MemoryPlan, stepOverheadUs: number): Notes {
  const notes: Notes = { no_effect: [...served.noEffect], not_modelled: [], estimates: [] };
  if (served.dtype !== undefined && served.dtype !== 'auto')
    notes.no_effect.push(`dtype ${served.dtype}: all 16-bit types cost the same`);
  if (served.prefix_cache_retention_interval !== undefined) {
    notes.no_effect.push('prefix_cache_retention_interval: it concerns sliding-window layers');
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
  if (served.latency?.step_overhead === undefined) {
    notes.estimates.push(
      `${formatDuration(stepOverheadUs)} of host work a step is vLLM's usual; latency.step_overhead replaces it`,
    );
  }
  return notes;
}

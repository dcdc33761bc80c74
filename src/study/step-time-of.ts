/** Step times of a resolved deployment, from whichever source it names. */
import { type Catalog, kernelsOf } from '../catalog/catalog.ts';
import type { Deployment, LatencySettings } from '../config/resolved.ts';
import { createFittedTime } from '../latency/fitted-time.ts';
import { createKernelTime, type KernelTime } from '../latency/kernel-time.ts';
import { createStepTime, type StepOverheads, type StepTime } from '../latency/step-time.ts';
import { profileTimeOf } from './profile-time-of.ts';
import type { ReadProfile } from './read-profile.ts';
import { draftingOf } from './speculation.ts';

/** Step times of a deployment: its kernels or a fitted step model, and what its settings or a calibration add. */
export function stepTimeOf(deployment: Deployment, catalog: Catalog, readProfile: ReadProfile): StepTime {
  return createStepTime(kernelTimeOf(deployment, catalog, readProfile), overheadsOf(deployment.latency));
}

function kernelTimeOf(deployment: Deployment, catalog: Catalog, readProfile: ReadProfile): KernelTime {
  const law = deployment.latency.calibration?.law;
  if (law?.form === 'step_model') return createFittedTime(law);
  if (deployment.latency.profile !== null) return profileTimeOf(deployment, catalog, readProfile);
  return createKernelTime({
    model: deployment.model,
    gpu: deployment.gpu,
    kernels: kernelsOf(catalog, deployment.gpu, 'deployment.gpu'),
    tensorParallelSize: deployment.tensor_parallel_size,
    quantization: deployment.quantization,
    kvCacheDtype: deployment.kv_cache_dtype,
    cudagraphCaptureSizes: deployment.cudagraph_capture_sizes,
    pipelineParallelSize: deployment.pipeline_parallel_size,
    dataParallelSize: deployment.data_parallel_size,
    expertParallel: deployment.enable_expert_parallel && deployment.model.moe !== null,
    interconnect: deployment.interconnect,
    moeRouting: deployment.latency.moe_routing,
    drafting: draftingOf(deployment),
  });
}

function overheadsOf({ step_overhead_us: stepUs, calibration }: LatencySettings): StepOverheads {
  if (calibration?.law.form !== 'scale') return { scale: 1, stepUs, promptStepUs: 0 };
  return { scale: calibration.law.scale, stepUs, promptStepUs: calibration.law.prompt_step_overhead_us };
}

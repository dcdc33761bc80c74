/** Step times of a deployment whose study names a kernel profile. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Deployment } from '../config/resolved.ts';
import type { KernelTime } from '../latency/kernel-time.ts';
import { withGridShare } from '../latency/profile/grid-share.ts';
import { profileLinks } from '../latency/profile/profile-links.ts';
import { createProfileTime } from '../latency/profile/profile-time.ts';
import { checkProfilable } from '../latency/profile/profiled-deployment.ts';
import type { ReadProfile } from './read-profile.ts';

/** Kernel times from the profile; only what ranks pass to each other is from the GPU's published tables. */
export function profileTimeOf(deployment: Deployment, catalog: Catalog, readProfile: ReadProfile): KernelTime {
  const { model, gpu, latency } = deployment;
  if (latency.profile === null) throw new Error('the deployment names no kernel profile');
  const ranks = {
    tensorParallelSize: deployment.tensor_parallel_size,
    pipelineParallelSize: deployment.pipeline_parallel_size,
    dataParallelSize: deployment.data_parallel_size,
    expertParallel: deployment.enable_expert_parallel && model.moe !== null,
  };
  const profiled = {
    ...{ model, ...ranks },
    modelFile: deployment.model_file,
    quantization: deployment.quantization,
    kvCacheDtype: deployment.kv_cache_dtype,
    speculative: deployment.speculation !== null,
    cudagraphCaptureSizes: deployment.cudagraph_capture_sizes,
  };
  checkProfilable(profiled);
  const expertCut = ranks.expertParallel ? 1 : ranks.tensorParallelSize * ranks.dataParallelSize;
  const profile = readProfile(latency.profile.path, {
    tensorParallelSize: ranks.tensorParallelSize,
    expertCut: model.moe === null ? null : expertCut,
  });
  const kernels = catalog.kernels(gpu.id) ?? null;
  const links = profileLinks({ ...ranks, gpu: gpu.id, kernels, interconnect: deployment.interconnect, model });
  return withGridShare(createProfileTime(profile, { ...profiled, links }));
}

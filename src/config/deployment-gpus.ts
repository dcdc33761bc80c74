/** The GPUs of a resolved deployment's servers. */
import { gpusOfServer, spreadText } from '../catalog/server-gpus.ts';
import type { Deployment } from './resolved.ts';

/** GPUs of all replicas. */
export function deploymentGpus(deployment: Deployment): number {
  return deployment.replicas * gpusOfReplica(deployment);
}

export function gpusOfReplica(deployment: Deployment): number {
  return gpusOfServer(server(deployment));
}

/** The GPUs of one replica, with a name for their kind: `8 × h100-sxm (2 stages)`. */
export function serverGpusText(deployment: Deployment, gpuName: string): string {
  const gpus = server(deployment);
  const spread = spreadText(gpus);
  return `${gpusOfServer(gpus)} × ${gpuName}${spread === '' ? '' : ` (${spread})`}`;
}

function server(deployment: Deployment) {
  return {
    tensorParallelSize: deployment.tensor_parallel_size,
    pipelineParallelSize: deployment.pipeline_parallel_size,
    dataParallelSize: deployment.data_parallel_size,
    expertParallel: deployment.enable_expert_parallel,
  };
}

/**
 * A deployment with every setting in place: the serve line, the fields beside it, vLLM's defaults, and the checks that
 * vLLM makes before it starts.
 */
import { type Catalog, gpuNamed, modelNamed } from '../catalog/catalog.ts';
import { modelFromHuggingFaceConfig } from '../catalog/huggingface.ts';
import { planMemory } from '../catalog/memory.ts';
import type { Model } from '../catalog/model.ts';
import { parseKvCacheDtype, type Quantization, quantizationOfMethod } from '../catalog/quantization.ts';
import { unsupportedReason } from '../catalog/unsupported.ts';
import { checkTensorParallelSize } from '../catalog/weights.ts';
import { InputError } from '../core/input-error.ts';
import { parseDurationUs } from '../core/units.ts';
import { deploymentNotes } from './deployment-notes.ts';
import { checkEngine } from './engine-checks.ts';
import { configFileOf } from './model-files.ts';
import type { StudySource } from './problems.ts';
import {
  batchSettings,
  type DefaultedDeployment,
  engineSettings,
  tokensOr,
  withVllmDefaults,
} from './resolve-engine.ts';
import type { Deployment } from './resolved.ts';
import type { DeploymentInput } from './schema-deployment.ts';
import { servedDeployment, whereOfSetting } from './served-deployment.ts';
import { VLLM_VERSION } from './vllm-defaults.ts';

/** What a deployment is resolved against. */
export interface DeploymentContext {
  readonly catalog: Catalog;
  /** Parsed `config.json` files by the path that `modelFilesNeeded` named. */
  readonly huggingFaceConfigs: Readonly<Record<string, unknown>>;
}

/** Latency outside the GPU's kernels where the study says nothing. */
const STEP_OVERHEAD_US = 300;
const FRONT_END_US = 5000;

type Where = (setting: keyof DeploymentInput) => string;

/** Resolves a deployment, or throws what is wrong with it, located in the study. */
export function resolveDeployment(source: StudySource, input: DeploymentInput, context: DeploymentContext): Deployment {
  const served = servedDeployment(source, input);
  const settings = withVllmDefaults(served);
  const where: Where = (setting) => whereOfSetting(source, input, setting);
  const [{ model, modelFile, quantization }, gpu, kvCacheDtype] = collect([
    () => resolveModel(settings, context, where),
    () => gpuNamed(context.catalog, settings.gpu, where('gpu')),
    () => parseKvCacheDtype(settings.kv_cache_dtype, where('kv_cache_dtype')),
  ] as const);
  const batch = batchSettings(settings, model, gpu, where);
  const checked = engineSettings(settings, batch, model);
  // vLLM checks its configuration before it measures memory, `auto` still standing for the model's own length.
  refuse(checkEngine(checked, model).map(({ setting, message }) => `${where(setting)}: ${message}.`));
  const { tensor_parallel_size, gpu_memory_utilization } = settings;
  const memory = planMemory({
    ...{ model, gpu, quantization, kvCacheDtype, ...batch },
    tensorParallelSize: tensor_parallel_size,
    gpuMemoryUtilization: gpu_memory_utilization,
    blockSize: settings.block_size,
    numGpuBlocksOverride: settings.num_gpu_blocks_override,
    kvCacheMemoryBytes: tokensOr(settings.kv_cache_memory_bytes, null),
    where: where('max_model_len'),
  });
  return {
    vllm_version: VLLM_VERSION,
    ...{ model, model_file: modelFile, gpu },
    replicas: settings.replicas ?? 1,
    router: settings.router ?? 'round_robin',
    ...{ tensor_parallel_size, quantization, kv_cache_dtype: kvCacheDtype, gpu_memory_utilization },
    enforce_eager: settings.enforce_eager,
    cudagraph_capture_sizes: batch.cudagraphCaptureSizes,
    memory,
    engine: { ...checked, max_model_len: memory.maxModelLen, num_gpu_blocks: memory.numGpuBlocks },
    latency: latencySettings(settings),
    notes: deploymentNotes(served, memory, STEP_OVERHEAD_US),
  };
}

function latencySettings({ latency }: DefaultedDeployment): Deployment['latency'] {
  return {
    step_overhead_us: latency?.step_overhead === undefined ? STEP_OVERHEAD_US : parseDurationUs(latency.step_overhead),
    front_end_us: latency?.front_end === undefined ? FRONT_END_US : parseDurationUs(latency.front_end),
  };
}

/** The model and the precision it is served in. */
function resolveModel(settings: DefaultedDeployment, context: DeploymentContext, where: Where) {
  const { model: name, quantization: method } = settings;
  if (name === undefined) {
    throw new InputError(`${where('model')}: missing; expected model: or a serve: line with a model.`);
  }
  const modelFile = configFileOf(name);
  const model =
    modelFile === null
      ? modelNamed(context.catalog, name, where('model'))
      : modelFromFile(modelFile, context, where('model'));
  const unsupported = unsupportedReason(model);
  if (unsupported !== null) throw new InputError(`${where('model')}: ${unsupported}.`);
  const quantization: Quantization =
    method == null ? model.quantization : quantizationOfMethod(method, model.quantization, where('quantization'));
  checkTensorParallelSize(model, settings.tensor_parallel_size, where('tensor_parallel_size'));
  return { model, modelFile, quantization };
}

function modelFromFile(file: string, context: DeploymentContext, where: string): Model {
  const config = context.huggingFaceConfigs[file];
  if (config === undefined) throw new InputError(`${where}: the model file ${file} was not read.`);
  return modelFromHuggingFaceConfig(config, file);
}

type Results<Steps extends readonly (() => unknown)[]> = { [K in keyof Steps]: ReturnType<Steps[K]> };

/** Runs every step, so that all that is wrong is reported at once. */
function collect<const Steps extends readonly (() => unknown)[]>(steps: Steps): Results<Steps> {
  const messages: string[] = [];
  const results = steps.map((step) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      messages.push(error.message);
      return undefined;
    }
  });
  refuse(messages);
  return results as Results<Steps>;
}

function refuse(messages: readonly string[]): void {
  if (messages.length > 0) throw new InputError(messages.join('\n'));
}

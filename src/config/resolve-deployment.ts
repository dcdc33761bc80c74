/**
 * A deployment with every setting in place: the serve line, the fields beside it, vLLM's defaults, and the checks that
 * vLLM makes before it starts.
 */
import { type Catalog, gpuNamed, modelNamed } from '../catalog/catalog.ts';
import { customGpu, type Gpu } from '../catalog/gpu.ts';
import { modelFromHuggingFaceConfig } from '../catalog/huggingface.ts';
import type { MemoryOptions } from '../catalog/memory.ts';
import type { Model } from '../catalog/model.ts';
import { planMemory } from '../catalog/plan-memory.ts';
import { parseKvCacheDtype, type Quantization, quantizationOfMethod } from '../catalog/quantization.ts';
import { unsupportedReason } from '../catalog/unsupported.ts';
import { InputError } from '../core/input-error.ts';
import { type CalibrationUse, calibrationNotes, withoutEffect } from './calibration-notes.ts';
import { deploymentNotes } from './deployment-notes.ts';
import { type CheckedSettings, checkEngine } from './engine-checks.ts';
import { configFileOf } from './model-files.ts';
import { checkParallelism } from './parallel-checks.ts';
import type { StudySource } from './problems.ts';
import {
  type BatchSettings,
  batchSettings,
  type DefaultedDeployment,
  engineSettings,
  tokensOr,
  withVllmDefaults,
} from './resolve-engine.ts';
import { type LatencyContext, latencySettings } from './resolve-latency.ts';
import { drafterOf, type ResolvedSpeculation, resolveSpeculation } from './resolve-speculation.ts';
import type { Deployment } from './resolved.ts';
import type { DeploymentInput } from './schema-deployment.ts';
import { type ServedDeployment, servedDeployment, whereOfSetting } from './served-deployment.ts';
import { VLLM_VERSION } from './vllm-defaults.ts';
import { unfollowedWindowFlag } from './window-flags.ts';

/** What a deployment is resolved against. */
export interface DeploymentContext extends LatencyContext {
  readonly catalog: Catalog;
  /** Parsed `config.json` files by the path that `modelFilesNeeded` named. */
  readonly huggingFaceConfigs: Readonly<Record<string, unknown>>;
}

type Where = (setting: keyof DeploymentInput) => string;

/** A deployment up to its memory: whether it would start, and whether it can be simulated, is not yet asked. */
export interface DeploymentDraft {
  readonly served: ServedDeployment;
  readonly settings: DefaultedDeployment;
  readonly modelFile: string | null;
  readonly batch: BatchSettings;
  /** `auto` stands for the model's own length. */
  readonly engine: CheckedSettings;
  readonly memory: MemoryOptions;
  readonly speculation: ResolvedSpeculation | null;
}

/** Applies defaults and vLLM's checks of its configuration, or throws what is wrong, located in the study. */
export function draftDeployment(
  source: StudySource,
  input: DeploymentInput,
  context: DeploymentContext,
): DeploymentDraft {
  const served = servedDeployment(source, input);
  const settings = withVllmDefaults(served);
  const where: Where = (setting) => whereOfSetting(source, input, setting);
  const [{ model, modelFile, quantization }, gpu, kvCacheDtype] = collect([
    () => resolveModel(settings, context, where),
    () => resolveGpu(settings.gpu, context.catalog, where('gpu')),
    () => parseKvCacheDtype(settings.kv_cache_dtype, where('kv_cache_dtype')),
  ] as const);
  const speculation = resolveSpeculation({
    config: settings.speculative_config,
    acceptance: settings.acceptance,
    target: model,
    tensorParallelSize: settings.tensor_parallel_size,
    findModel: (name, at) => findModel(name, context, at),
    where,
  });
  const batch = batchSettings(settings, model, gpu, where);
  const checked = engineSettings(settings, batch, model);
  // vLLM checks its configuration before it measures memory, `auto` still standing for the model's own length.
  refuse(checkEngine(checked, model).map(({ setting, message }) => `${where(setting)}: ${message}.`));
  const memory: MemoryOptions = {
    ...{ model, gpu, quantization, kvCacheDtype, ...batch },
    drafter: speculation === null ? null : drafterOf(speculation.speculation, quantization),
    tensorParallelSize: settings.tensor_parallel_size,
    pipelineParallelSize: settings.pipeline_parallel_size,
    dataParallelSize: settings.data_parallel_size,
    expertParallel: settings.enable_expert_parallel,
    gpuMemoryUtilization: settings.gpu_memory_utilization,
    blockSize: settings.block_size,
    asyncScheduling: settings.async_scheduling,
    numGpuBlocksOverride: settings.num_gpu_blocks_override,
    kvCacheMemoryBytes: tokensOr(settings.kv_cache_memory_bytes, null),
    where: where('max_model_len'),
  };
  return { served, settings, modelFile, batch, engine: checked, memory, speculation };
}

/** Resolves a deployment, or throws what is wrong with it, located in the study. */
export function resolveDeployment(source: StudySource, input: DeploymentInput, context: DeploymentContext): Deployment {
  const draft = draftDeployment(source, input, context);
  const { served, settings, batch, engine: checked } = draft;
  const { model, gpu, quantization, kvCacheDtype } = draft.memory;
  const unsupported = unsupportedReason(model);
  if (unsupported !== null) throw new InputError(`${whereOfSetting(source, input, 'model')}: ${unsupported}.`);
  const windowFlag = unfollowedWindowFlag(served.noEffect, model);
  if (windowFlag !== null) {
    throw new InputError(
      `${whereOfSetting(source, input, 'serve')}: ${windowFlag} changes how ${model.id} keeps its KV cache, which is not modelled; remove it.`,
    );
  }
  const memory = planMemory(draft.memory);
  const { tensor_parallel_size, gpu_memory_utilization } = settings;
  const use: CalibrationUse = {
    ...{ model, gpu, quantization, kvCacheDtype, speculates: draft.speculation !== null },
    tensorParallelSize: tensor_parallel_size,
    pipelineParallelSize: settings.pipeline_parallel_size,
    dataParallelSize: settings.data_parallel_size,
    enforceEager: settings.enforce_eager,
  };
  const whereLatency = whereOfSetting(source, input, 'latency');
  const latency = latencySettings(settings.latency, checked.async_scheduling, use, context, whereLatency);
  const unused = withoutEffect(latency, {
    interconnect: settings.interconnect !== undefined,
    moeRouting: settings.latency?.moe_routing !== undefined,
  });
  const notes = deploymentNotes(served, memory, { ...checked, ...latency, model, speculation: draft.speculation });
  return {
    vllm_version: VLLM_VERSION,
    ...{ model, model_file: draft.modelFile, gpu },
    replicas: settings.replicas ?? 1,
    router: settings.router ?? 'round_robin',
    ...{ tensor_parallel_size, quantization, kv_cache_dtype: kvCacheDtype, gpu_memory_utilization },
    pipeline_parallel_size: settings.pipeline_parallel_size,
    data_parallel_size: settings.data_parallel_size,
    enable_expert_parallel: settings.enable_expert_parallel,
    interconnect: settings.interconnect ?? null,
    enforce_eager: settings.enforce_eager,
    cudagraph_capture_sizes: batch.cudagraphCaptureSizes,
    memory,
    engine: { ...checked, max_model_len: memory.maxModelLen, num_gpu_blocks: memory.numGpuBlocks },
    speculation: draft.speculation?.speculation ?? null,
    latency,
    notes: {
      ...notes,
      no_effect: [...notes.no_effect, ...unused],
      estimates: [...notes.estimates, ...calibrationNotes(latency, use)],
    },
  };
}

/** The model and the precision it is served in. */
function resolveModel(settings: DefaultedDeployment, context: DeploymentContext, where: Where) {
  const { model: name, quantization: method } = settings;
  if (name === undefined) {
    throw new InputError(`${where('model')}: missing; expected model: or a serve: line with a model.`);
  }
  const { model, modelFile } = findModel(name, context, where('model'));
  const quantization: Quantization =
    method == null ? model.quantization : quantizationOfMethod(method, model.quantization, where('quantization'));
  checkParallelism(settings, model, where);
  return { model, modelFile, quantization };
}

/** A GPU of the catalog, or one that the study describes. */
function resolveGpu(gpu: DefaultedDeployment['gpu'], catalog: Catalog, where: string): Gpu {
  if (typeof gpu === 'string') return gpuNamed(catalog, gpu, where);
  const known = catalog.gpu(gpu.name);
  if (known === undefined) return customGpu(gpu.name, gpu.memory_gib);
  throw new InputError(
    `${where}: ${gpu.name} is a GPU of the catalog; write gpu: ${known.id}, or choose another name.`,
  );
}

/** A model of the catalog, or of a `config.json`. */
function findModel(name: string, context: DeploymentContext, where: string) {
  const modelFile = configFileOf(name);
  const model =
    modelFile === null ? modelNamed(context.catalog, name, where) : modelFromFile(modelFile, context, where);
  return { model, modelFile };
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

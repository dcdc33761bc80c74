/**
 * `servesim check`: would vLLM start this deployment? Memory is planned as for a run, but a refusal is an answer here,
 * with the changes that would turn it; models whose steps are not modelled have an answer too.
 */
import { dirname } from 'node:path';
import type { KvGroup } from '../catalog/kv-layout.ts';
import { demandOf, type MemoryOptions, planStartUp, type StartUp } from '../catalog/memory.ts';
import { refusalCause } from '../catalog/memory-messages.ts';
import { changeText } from '../catalog/plan-memory.ts';
import { QUANTIZATIONS, type Quantization } from '../catalog/quantization.ts';
import { gpusOfServer, spreadText } from '../catalog/server-gpus.ts';
import { layersByStage } from '../catalog/stages.ts';
import { changesThatStart, type StartUpChange } from '../catalog/start-up-changes.ts';
import { unsupportedReason } from '../catalog/unsupported.ts';
import type { LoadedStudy } from '../config/load.ts';
import { ONLY_POOL, type WrittenPool, writtenPools } from '../config/pools.ts';
import { type DeploymentContext, type DeploymentDraft, draftDeployment } from '../config/resolve-deployment.ts';
import { studyOfServeLine } from '../config/serve-study.ts';
import { expandSweep, type Variant } from '../config/sweep.ts';
import { keepsEveryLayerWhole, unfollowedWindowFlag } from '../config/window-flags.ts';
import { InputError } from '../core/input-error.ts';
import { checkEstimates } from './check-estimates.ts';
import { packagedCatalog } from './package-files.ts';
import { deploymentContext, readStudy } from './read-study.ts';

/** A change and its name: `tensor_parallel_size 4`. */
export interface DescribedChange extends StartUpChange {
  readonly text: string;
}

/** The answer for one deployment. */
export interface DeploymentCheck {
  /** The swept settings of the deployment by their path; empty without a sweep. */
  readonly variant: Readonly<Record<string, unknown>>;
  readonly options: MemoryOptions;
  /** Of one server. */
  readonly gpus: number;
  /** How they share the model beyond tensor parallelism, in words; empty if they do not. */
  readonly spread: string;
  /** Layers of each stage of the pipeline; one number without one. */
  readonly stageLayers: readonly number[];
  readonly startUp: StartUp;
  /** Groups of the KV cache, in vLLM's order. */
  readonly groups: readonly KvGroup[];
  /** Why it does not start, without a full stop; null if it does. */
  readonly reason: string | null;
  /** Where it does not start: what would let it, the gentlest first. */
  readonly changes: readonly DescribedChange[];
  /** Why `run` refuses this deployment although it starts; null if it does not. */
  readonly notSimulated: string | null;
  /** What is estimated, as sentences. */
  readonly estimates: readonly string[];
  /** Settings that were given and change nothing here. */
  readonly noEffect: readonly string[];
}

/** Checks the deployments of a study file, one for each variant of its sweep. */
export function checkStudyFile(file: string, set: readonly string[]): DeploymentCheck[] {
  return checkLoaded(readStudy(file, set), dirname(file));
}

/** Checks a `vllm serve …` line on a GPU. Paths in it are relative to the working directory. */
export function checkServeLine(gpu: string, words: readonly string[], set: readonly string[]): DeploymentCheck[] {
  return checkLoaded(studyOfServeLine(gpu, words, set), '.');
}

/** Checks the deployments of a loaded study. Paths in it are relative to `folder`. */
export function checkLoaded(loaded: LoadedStudy, folder: string): DeploymentCheck[] {
  const context = deploymentContext(loaded, folder, packagedCatalog());
  const checks = new Map<string, () => DeploymentCheck>();
  for (const { source, study, settings } of expandSweep(loaded)) {
    for (const pool of writtenPools(source, study)) {
      const key = JSON.stringify([pool.name, pool.input]);
      if (!checks.has(key)) checks.set(key, () => checkPool(pool, settings, context));
    }
  }
  return [...checks.values()].map((check) => check());
}

function checkPool(pool: WrittenPool, settings: Variant['settings'], context: DeploymentContext): DeploymentCheck {
  const draft = draftDeployment(pool.source, pool.input, context);
  const options = memoryOf(draft);
  const startUp = planStartUp(options);
  return {
    variant: settingsOf(pool, settings),
    options,
    gpus: gpusOfServer(options),
    spread: spreadText(options),
    stageLayers: layersByStage(options.model.layers, options.pipelineParallelSize),
    startUp,
    groups: demandOf(options).layout.groups,
    reason: startUp.starts ? null : refusalCause(options, startUp.refusal),
    changes: startUp.starts ? [] : changes(pool, options, context),
    notSimulated: notSimulated(draft, context),
    estimates: checkEstimates(options, startUp),
    noEffect: draft.served.noEffect.filter((flag) => unfollowedWindowFlag([flag], draft.memory.model) === null),
  };
}

/** The swept settings of a pool, and its name where there are several. */
function settingsOf({ name }: WrittenPool, settings: Variant['settings']): Variant['settings'] {
  const only = name === ONLY_POOL;
  const prefix = only ? 'deployment.' : `deployments.${name}.`;
  const own = Object.fromEntries(Object.entries(settings).filter(([path]) => path.startsWith(prefix)));
  return only ? own : { pool: name, ...own };
}

/** With the flag, layers of several kinds are kept as if all attended to everything. */
function memoryOf({ memory, served }: DeploymentDraft): MemoryOptions {
  if (!keepsEveryLayerWhole(served.noEffect, memory.model)) return memory;
  return { ...memory, model: { ...memory.model, slidingWindow: null } };
}

function changes(pool: WrittenPool, memory: MemoryOptions, context: DeploymentContext): DescribedChange[] {
  const onOtherGpus = context.catalog.gpuNames().flatMap((gpu) => {
    if (gpu === memory.gpu.id) return [];
    // Batch limits depend on the GPU, so the deployment is worked out anew; one that is not possible is no answer.
    const draft = attempt(() => draftDeployment(pool.source, { ...pool.input, gpu }, context));
    return draft === null ? [] : [memoryOf(draft)];
  });
  const found = changesThatStart(memory, { quantizations: quantizationsFor(memory, context), onOtherGpus });
  return found.map((change) => ({ ...change, text: changeText(change.settings) }));
}

/** Precisions that can be had for any checkpoint and whose speed on this GPU is known, or fp8 where nothing is. */
function quantizationsFor({ gpu, model }: MemoryOptions, { catalog }: DeploymentContext): Quantization[] {
  // A quantised checkpoint is served as it is.
  if (model.quantization !== 'bf16') return [];
  const tables = catalog.kernels(gpu.id)?.gemm;
  if (tables === undefined) return ['fp8'];
  return QUANTIZATIONS.filter(
    (name) => name !== 'fp8_block' && name !== 'mxfp4' && (name in tables || `${name}_wo` in tables),
  );
}

function notSimulated({ memory, served, settings }: DeploymentDraft, { catalog }: DeploymentContext): string | null {
  const { model, gpu } = memory;
  const reason = unsupportedReason(model);
  if (reason !== null) return reason;
  const flag = unfollowedWindowFlag(served.noEffect, model);
  if (flag !== null) return `${flag} changes how ${model.id} keeps its KV cache, which is not modelled`;
  const { profile, calibration } = settings.latency ?? {};
  const measured = catalog.kernels(gpu.id) !== undefined || profile !== undefined || calibration != null;
  return measured ? null : `nobody published kernel times of ${gpu.id}`;
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return null;
  }
}

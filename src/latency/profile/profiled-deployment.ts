/**
 * Whether a kernel profile was measured for a deployment. What is known to differ is an error, because the times would be
 * those of something else; what the profile does not say is told to the reader.
 */
import type { Model } from '../../catalog/model.ts';
import { bytesPerKvElement, type KvCacheDtype, QUANTIZATIONS, type Quantization } from '../../catalog/quantization.ts';
import { InputError } from '../../core/input-error.ts';
import type { KernelProfile } from './kernel-profile.ts';
import { lastKnot } from './measured-table.ts';

export interface ProfiledDeployment {
  readonly model: Model;
  /** The `config.json` that the model was read from, whose name says little; null: it is the catalog's. */
  readonly modelFile: string | null;
  readonly quantization: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  readonly tensorParallelSize: number;
  readonly pipelineParallelSize: number;
  readonly dataParallelSize: number;
  /** Whole experts are spread over the tensor- and data-parallel ranks. */
  readonly expertParallel: boolean;
  readonly speculative: boolean;
  /** Ascending; empty with `enforce_eager`. */
  readonly cudagraphCaptureSizes: readonly number[];
}

/** Throws InputError where no profile could give the deployment's step times. */
export function checkProfilable(deployment: ProfiledDeployment): void {
  const refusal = notInLayout(deployment);
  if (refusal === null) return;
  throw new InputError(
    `latency.profile: ${refusal}. Leave latency.profile out to use the published kernel times of the GPU.`,
  );
}

/** Throws InputError where this profile cannot. */
export function checkProfiled(profile: KernelProfile, deployment: ProfiledDeployment): void {
  checkProfilable(deployment);
  const { model, tensorParallelSize } = deployment;
  const { meta, where } = profile;
  if (meta === null) return;
  if (deployment.modelFile === null && isOtherModel(meta.model, model)) {
    throw new InputError(
      `${where}: meta.yaml says the profile is of ${meta.model}, but deployment.model is ${model.id} (${model.hf}). ` +
        'Name the profile of that model; if the two have the same layers, write the name of the latter into meta.yaml.',
    );
  }
  if (meta.tpDegrees !== null && !meta.tpDegrees.includes(tensorParallelSize)) {
    throw new InputError(
      `${where}: meta.yaml lists tp_degrees ${meta.tpDegrees.join(', ')}, but tensor_parallel_size is ` +
        `${tensorParallelSize}; expected one of these.`,
    );
  }
  checkVariant(meta.variant, where, deployment);
}

/** What the layout of a profile has no table for; null: nothing. */
function notInLayout(deployment: ProfiledDeployment): string | null {
  const { model, pipelineParallelSize, dataParallelSize } = deployment;
  if (model.latentAttention !== null) return `a kernel profile cannot hold the latent attention (MLA) of ${model.id}`;
  if (model.slidingWindow !== null) {
    const kind = model.slidingWindow.kind === 'sliding' ? 'sliding windows' : 'chunked attention';
    return `a kernel profile cannot hold layers with ${kind} beside others, as ${model.id} has them`;
  }
  if (deployment.speculative) return 'a kernel profile does not measure drafts, nor decodes of several tokens';
  if (model.moe !== null && dataParallelSize > 1 && pipelineParallelSize > 1) {
    return 'data parallelism and pipeline parallelism together are not modelled for a model with experts';
  }
  return null;
}

function checkVariant(variant: string | null, where: string, deployment: ProfiledDeployment): void {
  const measured = variant === null ? null : precisionsOf(variant);
  if (measured === null) return;
  const { quantization, kvCacheDtype } = deployment;
  const kvBytes = bytesPerKvElement(kvCacheDtype);
  if (measured.weights !== quantization) {
    throw new InputError(
      `${where}: meta.yaml says the variant is ${variant}, but the weights of the deployment are ${quantization}.`,
    );
  }
  if (measured.kvBytes !== kvBytes) {
    throw new InputError(
      `${where}: meta.yaml says the variant is ${variant}, so its KV cache has ${measured.kvBytes * 8} bits an element, ` +
        `but kv_cache_dtype is ${kvCacheDtype} (${kvBytes * 8} bits).`,
    );
  }
}

/** `bf16-kvfp8` → bf16 weights and 1 byte a KV element; null: a name of the user's own. */
function precisionsOf(variant: string): { weights: Quantization; kvBytes: 1 | 2 } | null {
  const [name, kv] = variant.toLowerCase().replace('bfloat16', 'bf16').replace('fp16', 'bf16').split('-kv');
  const weights = QUANTIZATIONS.find((known) => known === name);
  if (weights === undefined) return null;
  return { weights, kvBytes: kv?.startsWith('fp8') === true ? 1 : 2 };
}

function isOtherModel(measured: string | null, model: Model): boolean {
  return measured !== null && !namesOf(model).has(baseName(measured));
}

/** Every name of a model, without the organisation and what does not change its layers. */
function namesOf(model: Model): Set<string> {
  const quantized = Object.values(model.quantizedAliases).flat();
  return new Set([model.id, model.hf, ...model.aliases, ...quantized].map(baseName));
}

function baseName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^meta-/, '')
    .replace(/-(\d{4}|instruct|chat|base|it|hf)\b/g, '');
}

/** What a reader of a result must know. */
export function profileNotes(profile: KernelProfile, deployment: ProfiledDeployment): string[] {
  const { where, meta, decodeSkew, mixedSkew, attention } = profile;
  const of = [meta?.model, meta?.gpu && `on ${meta.gpu}`, meta?.vllmVersion && `vLLM ${meta.vllmVersion}`];
  const known = of.filter((part) => part != null && part !== '');
  const notes = [
    `step times: kernel profile ${where}` +
      (known.length > 0 ? ` (${known.join(', ')})` : '; it has no meta.yaml that says what it was measured on'),
  ];
  const tokens = Math.min(...[...profile.dense.values()].map(lastKnot));
  const requests = lastKnot(attention.decode);
  notes.push(
    `${where} measures steps of up to ${tokens} tokens and ${requests} decodes, ` +
      `${attention.addedRequests.at(-1)} beside a prefill; larger ones are extrapolated`,
  );
  if (deployment.modelFile !== null && isOtherModel(meta?.model ?? null, deployment.model)) {
    notes.push(`the profile is of ${meta?.model}, taken to be the model of ${deployment.modelFile}`);
  }
  if (decodeSkew === null) {
    notes.push(`${where} has no skew_fit.csv: decodes of unequal contexts cost as much as equal ones`);
  }
  if (mixedSkew.from === 'the public profile of an RTX PRO 6000') {
    notes.push(`${where} has no skew.csv: unequal contexts beside a prefill are charged as in ${mixedSkew.from}`);
  }
  if (deployment.model.moe !== null) {
    notes.push('experts are taken to be chosen evenly; latency.moe_routing has no effect with a kernel profile');
  }
  if (deployment.cudagraphCaptureSizes.length === 0) {
    notes.push(
      'without CUDA graphs the CPU launches every kernel; a kernel profile does not hold that time, so small batches are too fast',
    );
  }
  return notes;
}

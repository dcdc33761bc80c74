/**
 * `speculative_config` with everything in place: the method as vLLM 0.33 tells it (`SpeculativeConfig.__post_init__`),
 * the draft model, the checks that vLLM makes, and the acceptance law.
 */
import type { Drafter } from '../catalog/drafter.ts';
import type { Model } from '../catalog/model.ts';
import { type Quantization, quantizationOfMethod } from '../catalog/quantization.ts';
import { unsupportedReason } from '../catalog/unsupported.ts';
import { checkTensorParallelSize } from '../catalog/weights.ts';
import { InputError } from '../core/input-error.ts';
import { resolveAcceptance } from './resolve-acceptance.ts';
import type { Speculation, SpeculativeMethod } from './resolved.ts';
import type { AcceptanceInput, SpeculativeConfigInput } from './schema-speculation.ts';

export interface SpeculationQuestion {
  readonly config: SpeculativeConfigInput | null | undefined;
  readonly acceptance: AcceptanceInput | null | undefined;
  readonly target: Model;
  readonly tensorParallelSize: number;
  /** The model of that name or path, and the path of its file if it was one. */
  readonly findModel: (name: string, where: string) => { readonly model: Model; readonly modelFile: string | null };
  readonly where: (setting: 'speculative_config' | 'acceptance') => string;
}

export interface ResolvedSpeculation {
  readonly speculation: Speculation;
  readonly estimates: readonly string[];
  readonly noEffect: readonly string[];
}

/** Resolves it, or throws what is wrong; null without speculative decoding. */
export function resolveSpeculation(question: SpeculationQuestion): ResolvedSpeculation | null {
  const { config } = question;
  if (config == null || Object.keys(config).length === 0) return null;
  const where = question.where('speculative_config');
  const method = methodOf(config, where);
  const draftTokens = config.num_speculative_tokens;
  if (draftTokens === undefined) {
    throw new InputError(`${where}: num_speculative_tokens is missing; expected a whole number of 1 or more.`);
  }
  const { acceptance, estimate } = resolveAcceptance({
    ...{ method, draftTokens, config, input: question.acceptance },
    whereConfig: where,
    whereInput: question.where('acceptance'),
  });
  return {
    speculation: {
      method,
      draft_tokens: draftTokens,
      draft_model: method === 'draft_model' ? draftModel(config, question, where) : null,
      acceptance,
    },
    estimates: [...(estimate === null ? [] : [estimate]), ...costNotes(method)],
    noEffect: keysWithoutEffect(method, config),
  };
}

/** The method a configuration means, named or told from the model's name. */
export function methodOf(config: SpeculativeConfigInput, where: string): SpeculativeMethod {
  const { method, model } = config;
  if (method === 'ngram' || method === 'eagle' || method === 'eagle3' || method === 'mtp') return method;
  if (model == null) {
    const missing = method === 'draft_model' ? 'model is' : 'method and model are';
    throw new InputError(
      `${where}: ${missing} missing; expected such as { method: ngram, num_speculative_tokens: 3 }.`,
    );
  }
  if (method == null && /^(ngram|\[ngram\])$/.test(model)) return 'ngram';
  if (/eagle-/i.test(model)) return 'eagle';
  if (/eagle3/i.test(model)) return 'eagle3';
  if (/dflash|dspark|medusa|mlp.speculator/i.test(model)) {
    throw new InputError(
      `${where}: the method of ${model} is not modelled; expected ngram, draft_model, eagle, eagle3 or mtp.`,
    );
  }
  return 'draft_model';
}

/** What the step-time model and the memory plan need to know of a drafter. */
export function drafterOf({ method, draft_model }: Speculation, target: Quantization): Drafter {
  switch (method) {
    case 'ngram':
      return { kind: 'lookup' };
    case 'draft_model': {
      const { model, quantization, tensor_parallel_size } = draft_model!;
      return { kind: 'model', model, quantization, tensorParallelSize: tensor_parallel_size };
    }
    case 'eagle':
    case 'eagle3':
      // Heads are published in bf16, whatever the precision of their target.
      return { kind: 'layer', layer: method, quantization: 'bf16' };
    case 'mtp':
      return { kind: 'layer', layer: 'mtp', quantization: target };
  }
}

function draftModel(
  config: SpeculativeConfigInput,
  { target, tensorParallelSize, findModel }: SpeculationQuestion,
  where: string,
): NonNullable<Speculation['draft_model']> {
  const { model, modelFile } = findModel(config.model!, where);
  const unsupported = unsupportedReason(model);
  if (unsupported !== null) throw new InputError(`${where}: ${unsupported}.`);
  if (model.vocab !== target.vocab) {
    throw new InputError(
      `${where}: the draft model ${model.id} has a vocabulary of ${model.vocab}, ${target.id} one of ${target.vocab}; ` +
        'vLLM refuses a draft model with another vocabulary.',
    );
  }
  const tp = config.draft_tensor_parallel_size ?? tensorParallelSize;
  if (tp !== 1 && tp !== tensorParallelSize) {
    throw new InputError(
      `${where}: draft_tensor_parallel_size ${tp}, expected 1 or tensor_parallel_size ${tensorParallelSize}.`,
    );
  }
  checkTensorParallelSize(model, tp, where);
  const quantization =
    config.quantization == null
      ? model.quantization
      : quantizationOfMethod(config.quantization, model.quantization, where);
  return { model, model_file: modelFile, quantization, tensor_parallel_size: tp };
}

function costNotes(method: SpeculativeMethod): string[] {
  switch (method) {
    case 'ngram':
      return ['looking up n-grams is taken to cost nothing: it runs on the CPU'];
    case 'draft_model':
      return [];
    case 'mtp':
      return [
        'mtp is priced as one more layer of the target; whether this checkpoint has such a module is not known here',
      ];
    case 'eagle':
    case 'eagle3':
      return [`the ${method} drafter is taken to be one layer of the target's width; its own config.json is not read`];
  }
}

const NO_EFFECT: readonly (keyof SpeculativeConfigInput)[] = [
  'prompt_lookup_max',
  'prompt_lookup_min',
  'revision',
  'code_revision',
  'draft_load_config',
  'moe_backend',
  'use_local_argmax_reduction',
];

function keysWithoutEffect(method: SpeculativeMethod, config: SpeculativeConfigInput): string[] {
  const keys =
    method === 'draft_model' ? NO_EFFECT : ([...NO_EFFECT, 'draft_tensor_parallel_size', 'quantization'] as const);
  return keys
    .filter((key) => config[key] != null)
    .map((key) => `speculative_config.${key} ${JSON.stringify(config[key])}`);
}

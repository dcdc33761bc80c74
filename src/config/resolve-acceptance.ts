/**
 * The acceptance law of a deployment: what vLLM's synthetic mode prescribes, what the study says, or what was published
 * for the method. Rates have one entry a draft, whatever way they were given.
 */
import { InputError } from '../core/input-error.ts';
import { type AcceptanceTask, defaultAcceptance, measuredWith } from './acceptance-defaults.ts';
import type { Acceptance, AcceptanceLaw, SpeculativeMethod } from './resolved.ts';
import type { AcceptanceInput, SpeculativeConfigInput } from './schema-speculation.ts';

export interface AcceptanceQuestion {
  readonly method: SpeculativeMethod;
  readonly draftTokens: number;
  readonly config: SpeculativeConfigInput;
  readonly input: AcceptanceInput | null | undefined;
  /** Where the two were written, for messages. */
  readonly whereConfig: string;
  readonly whereInput: string;
}

export interface ResolvedAcceptance {
  readonly acceptance: Acceptance;
  /** For the reader: that it is a published figure; null where the study decided. */
  readonly estimate: string | null;
}

export function resolveAcceptance(question: AcceptanceQuestion): ResolvedAcceptance {
  const { input, method, draftTokens } = question;
  const synthetic = syntheticLaw(question);
  if (synthetic !== null) {
    if (input != null) {
      throw new InputError(
        `${question.whereInput}: rejection_sample_method synthetic decides what is accepted; give either one.`,
      );
    }
    return { acceptance: { ...synthetic, factor_per_1k_tokens: 1 }, estimate: null };
  }
  const factor_per_1k_tokens = input?.factor_per_1k_tokens ?? 1;
  if (input == null || 'task' in input) {
    const task: AcceptanceTask = input?.task ?? 'chat';
    const law = fitted(defaultAcceptance(method, task), draftTokens);
    const estimate =
      `acceptance of ${method} drafts on ${task}: ${lawText(law)}, measured with ${measuredWith(method)}; ` +
      'acceptance replaces it';
    return { acceptance: { ...law, factor_per_1k_tokens }, estimate };
  }
  return { acceptance: { ...givenLaw(input, question), factor_per_1k_tokens }, estimate: null };
}

/** The law in a few words. */
export function lawText(law: AcceptanceLaw): string {
  if ('constant' in law) return `${law.constant} each`;
  if ('rates' in law) return `${law.rates.map((rate) => Number(rate.toFixed(3))).join(', ')} by position`;
  if ('beta' in law) return `beta law of mean ${law.beta.mean} and concentration ${law.beta.concentration} by request`;
  return `runs that start with ${law.markov.start} and go on with ${law.markov.stay}`;
}

function syntheticLaw({ config, draftTokens, whereConfig }: AcceptanceQuestion): AcceptanceLaw | null {
  const { synthetic_acceptance_rates: rates, synthetic_acceptance_length: length } = config;
  if (config.rejection_sample_method !== 'synthetic') {
    if (rates == null && length == null) return null;
    throw new InputError(`${whereConfig}: synthetic acceptance needs rejection_sample_method: synthetic.`);
  }
  if ((rates == null) === (length == null)) {
    throw new InputError(
      `${whereConfig}: rejection_sample_method synthetic needs either synthetic_acceptance_rates or synthetic_acceptance_length.`,
    );
  }
  if (rates != null && rates.length !== draftTokens) {
    throw new InputError(
      `${whereConfig}: synthetic_acceptance_rates has ${rates.length} entries, but num_speculative_tokens is ${draftTokens}.`,
    );
  }
  return ratesLaw(rates ?? ratesOfLength(length!, draftTokens, whereConfig), draftTokens, whereConfig);
}

function givenLaw(
  input: Exclude<AcceptanceInput, { task: unknown }>,
  { draftTokens, whereInput }: AcceptanceQuestion,
): AcceptanceLaw {
  if ('constant' in input) return { constant: input.constant };
  if ('rates' in input) return ratesLaw(input.rates, draftTokens, whereInput);
  if ('length' in input) return ratesLaw(ratesOfLength(input.length, draftTokens, whereInput), draftTokens, whereInput);
  if ('beta' in input) return { beta: input.beta };
  const { start, stay, propose = 1 } = input.markov;
  if (propose < start) {
    throw new InputError(`${whereInput}: propose ${propose} is below start ${start}; what is accepted was proposed.`);
  }
  return { markov: { start, stay, propose } };
}

function ratesLaw(rates: readonly number[], draftTokens: number, where: string): AcceptanceLaw {
  if (rates.length < draftTokens) {
    throw new InputError(
      `${where}: ${rates.length} rates, but num_speculative_tokens is ${draftTokens}; expected one for each draft.`,
    );
  }
  const rise = rates.findIndex((rate, i) => i > 0 && rate > rates[i - 1]!);
  if (rise > 0) {
    throw new InputError(
      `${where}: rates are of a draft and all before it, so they cannot rise; read ${rates[rise]} after ${rates[rise - 1]}.`,
    );
  }
  return { rates: rates.slice(0, draftTokens) };
}

/** The schedule of least variance, as vLLM makes it: whole drafts are certain, the next one has the rest. */
function ratesOfLength(length: number, draftTokens: number, where: string): number[] {
  if (length > draftTokens + 1) {
    throw new InputError(
      `${where}: a length of ${length} tokens, but with ${draftTokens} drafts it is ${draftTokens + 1} at most.`,
    );
  }
  return Array.from({ length: draftTokens }, (_, i) => Math.min(1, Math.max(0, length - 1 - i)));
}

/** Published rates for that many drafts; beyond the last one its ratio to the one before goes on. */
function fitted(law: AcceptanceLaw, draftTokens: number): AcceptanceLaw {
  if (!('rates' in law)) return law;
  const rates = law.rates.slice(0, draftTokens);
  const last = law.rates.length - 1;
  const ratio = law.rates[last]! / law.rates[last - 1]!;
  while (rates.length < draftTokens) rates.push(rates.at(-1)! * ratio);
  return { rates };
}

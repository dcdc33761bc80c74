/**
 * How many drafts are accepted where a study does not say: published measurements by method and kind of text. They
 * belong to the models they were measured with; how far they carry to others is not known.
 *
 * `eagle`, `ngram`: unconditional rates by position of Llama-3.1-8B at five drafts a step, computed from the published
 * profile of github.com/SpecDecode-Bench/simulator (arXiv 2601.11580), 300 to 500 requests of ShareGPT, CNN/DailyMail,
 * GSM8K and InstructCoder. Of n-grams the rates give the run law: `stay` is the geometric mean of the ratios of
 * neighbouring positions, `start` the chance outside a run with which the first rate comes out when a step whose
 * drafts were all accepted continues the run: f (1 - stay^5) / (1 - f stay^4) for a first rate f. `propose`: a live
 * matcher proposes in 20 % of the steps of chat and maths, 40 % of summaries, 80 % of code edits (same paper), less the
 * steps in a run. `eagle3`, `draft_model`: a = 1 - 1/L of the median generation length L without a limit of drafts,
 * read off a figure of the same paper (EAGLE-3 on Llama-3.1-8B; a draft model on Llama-3-70B); +- 0.02. `mtp`:
 * Qwen3.6-35B-A3B by number of drafts (.88, .82, .71, .64 of all drafts; github.com/ggml-org/llama.cpp, pull request
 * 22673), within the 85 to 90 % of the second token in the DeepSeek-V3 report (arXiv 2412.19437); one figure for all
 * text, and DeepSeek's own module used thrice was measured lower (2.44 tokens a verification).
 */
import type { AcceptanceLaw, SpeculativeMethod } from './resolved.ts';
import type { ACCEPTANCE_TASKS } from './schema-speculation.ts';

export type AcceptanceTask = (typeof ACCEPTANCE_TASKS)[number];

const MTP: AcceptanceLaw = { rates: [0.88, 0.76, 0.49, 0.43] };

const DEFAULTS: Readonly<Record<SpeculativeMethod, Readonly<Record<AcceptanceTask, AcceptanceLaw>>>> = {
  eagle: {
    chat: { rates: [0.607, 0.362, 0.234, 0.163, 0.119] },
    summaries: { rates: [0.641, 0.402, 0.259, 0.172, 0.118] },
    maths: { rates: [0.678, 0.438, 0.278, 0.183, 0.115] },
    code: { rates: [0.614, 0.394, 0.273, 0.204, 0.157] },
  },
  eagle3: {
    chat: { constant: 0.66 },
    summaries: { constant: 0.67 },
    maths: { constant: 0.67 },
    code: { constant: 0.76 },
  },
  mtp: { chat: MTP, summaries: MTP, maths: MTP, code: MTP },
  draft_model: {
    chat: { constant: 0.8 },
    summaries: { constant: 0.8 },
    maths: { constant: 0.87 },
    code: { constant: 0.92 },
  },
  ngram: {
    chat: { markov: { start: 0.086, stay: 0.83, propose: 0.146 } },
    summaries: { markov: { start: 0.095, stay: 0.767, propose: 0.373 } },
    maths: { markov: { start: 0.071, stay: 0.626, propose: 0.19 } },
    code: { markov: { start: 0.13, stay: 0.924, propose: 0.742 } },
  },
};

const MEASURED_WITH: Readonly<Record<SpeculativeMethod, string>> = {
  eagle: 'Llama-3.1-8B, arXiv 2601.11580',
  eagle3: 'Llama-3.1-8B, read off a figure of arXiv 2601.11580',
  mtp: 'Qwen3.6-35B-A3B, llama.cpp pull request 22673',
  draft_model: 'a 70B target, read off a figure of arXiv 2601.11580',
  ngram: 'Llama-3.1-8B, arXiv 2601.11580',
};

/** The published acceptance of a method for a kind of text. */
export function defaultAcceptance(method: SpeculativeMethod, task: AcceptanceTask): AcceptanceLaw {
  return DEFAULTS[method][task];
}

/** What it was measured with. */
export function measuredWith(method: SpeculativeMethod): string {
  return MEASURED_WITH[method];
}

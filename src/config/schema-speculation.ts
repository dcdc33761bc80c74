/**
 * `speculative_config:` and `acceptance:` of a deployment. The first has the keys and ranges of vLLM 0.33's
 * `SpeculativeConfig`, so that the JSON of `--speculative-config` can be pasted; keys that would change what is not
 * modelled take vLLM's default only. The second says how many drafts are accepted, which no configuration decides.
 */
import { z } from 'zod';
import { choice, count, expectedOneOf, list, number, oneOf, positive, section, share, text } from './schema-parts.ts';

export const SPECULATIVE_METHODS = ['ngram', 'draft_model', 'eagle', 'eagle3', 'mtp'] as const;
export const ACCEPTANCE_TASKS = ['chat', 'summaries', 'maths', 'code'] as const;

const UNMODELLED_METHODS = [
  ...['suffix', 'medusa', 'mlp_speculator', 'dflash', 'dspark', 'ngram_gpu'],
  ...['extract_hidden_states', 'custom_class'],
];

const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

const method = z
  .enum(SPECULATIVE_METHODS, {
    error: ({ input }) => {
      const expected = expectedOneOf(SPECULATIVE_METHODS, input);
      if (typeof input === 'string' && UNMODELLED_METHODS.includes(input))
        return `this method of vLLM is not modelled; ${expected}`;
      return typeof input === 'string' && input.endsWith('_mtp') ? 'expected mtp, as vLLM now calls it' : expected;
    },
  })
  .describe('How drafts are made. Default: as vLLM tells it from the name of the model, else draft_model.');

/** A key of which only these values, vLLM's default among them, are modelled. */
function only<const Values extends readonly (string | boolean | number)[]>(values: Values, what: string) {
  return nullable(z.literal([...values] as Values[number][], { error: `${what}; expected ${values.join(' or ')}` }));
}

const ignored = () => z.unknown().optional();

export const speculativeConfig = section(
  {
    method: nullable(method),
    model: nullable(text('the name of a model, or the path of its config.json')).describe(
      'The draft model. Of eagle, eagle3 and mtp only the name is kept: the head is a layer of the target.',
    ),
    num_speculative_tokens: count(1).optional().describe('Drafts a step.'),
    draft_tensor_parallel_size: nullable(count(1)).describe('1, or tensor_parallel_size. Default: the latter.'),
    quantization: nullable(text('the name of a quantization')).describe(
      'Of the draft model. Default: that of its checkpoint.',
    ),
    rejection_sample_method: nullable(
      z.enum(['standard', 'synthetic'], {
        error: ({ input }) =>
          input === 'block'
            ? 'block verification is not modelled; leave it out and give the acceptance it comes to under acceptance:'
            : expectedOneOf(['standard', 'synthetic'], input),
      }),
    ).describe('synthetic: the two settings below decide what is accepted, in vLLM too. Default: standard.'),
    synthetic_acceptance_rates: nullable(list(share(), 'shares from 0 to 1, one a draft')).describe(
      'By position: that a draft and all before it are accepted.',
    ),
    synthetic_acceptance_length: nullable(number({ from: 1 }, 'a number of 1 or more')).describe(
      'Tokens a verification yields on average, at most num_speculative_tokens + 1.',
    ),
    prompt_lookup_max: nullable(count(1)).describe('Of ngram; no effect here.'),
    prompt_lookup_min: nullable(count(1)).describe('Of ngram; no effect here.'),
    draft_sample_method: only(
      ['greedy'],
      'drafts drawn from a distribution are not modelled; leave it out and give the acceptance under acceptance:',
    ),
    parallel_drafting: only([false], 'parallel drafting is not modelled'),
    use_heterogeneous_vocab: only([false], 'drafting in another vocabulary is not modelled'),
    enable_adaptive_verification: only([false], 'adaptive verification is not modelled'),
    disable_padded_drafter_batch: only([false], 'drafter batches without padding are not modelled'),
    disable_eagle_block_drop: only([false], 'keeping the last hit block is not modelled'),
    enforce_eager: only([false], 'a drafter without CUDA graphs is not modelled'),
    revision: ignored(),
    code_revision: ignored(),
    draft_load_config: ignored(),
    moe_backend: ignored(),
    use_local_argmax_reduction: ignored(),
  },
  "a mapping with vLLM's method, model and num_speculative_tokens",
  (key) =>
    UNMODELLED_KEYS[key] ??
    (key === 'acceptance' ? 'acceptance stands beside speculative_config, under deployment:' : undefined),
);

/** Keys of vLLM that are refused whatever their value. */
const UNMODELLED_KEYS: Readonly<Record<string, string>> = {
  num_speculative_tokens_per_batch_size:
    'num_speculative_tokens_per_batch_size of vLLM is not modelled; sweep num_speculative_tokens instead',
  tensor_parallel_size: 'vLLM wants draft_tensor_parallel_size here',
  attention_backend: 'attention_backend of the drafter is not modelled; remove it',
  kv_cache_dtype: 'a KV cache of another precision for the drafter is not modelled; remove it',
  max_model_len: 'a shorter max_model_len for the drafter is not modelled; remove it',
  index_share_for_mtp_iteration: 'index_share_for_mtp_iteration of vLLM is not modelled; remove it',
  dspark_draft_topk: 'the method dspark of vLLM is not modelled',
  suffix_decoding_max_tree_depth: 'the method suffix of vLLM is not modelled',
  suffix_decoding_max_cached_requests: 'the method suffix of vLLM is not modelled',
  suffix_decoding_max_spec_factor: 'the method suffix of vLLM is not modelled',
  suffix_decoding_min_token_prob: 'the method suffix of vLLM is not modelled',
};

const LAWS = ['task', 'constant', 'rates', 'length', 'beta', 'markov'] as const;

const drift = {
  factor_per_1k_tokens: positive()
    .optional()
    .describe('Multiplies the chance of every draft once for each 1,000 output tokens. Default: 1.'),
};

/** A mapping with one law and, if wanted, its drift. */
const law = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  section({ ...shape, ...drift }, `a mapping with ${LAWS.join(', ')}`);

const beta = section(
  {
    mean: number({ above: 0, below: 1 }, 'a share between 0 and 1'),
    concentration: positive().describe('alpha + beta of the law; the larger, the more alike are requests.'),
  },
  'a mapping with mean and concentration',
);

const markov = section(
  {
    start: share().describe('Chance of the first draft outside a run.'),
    stay: share().describe('Chance of every draft after an accepted one.'),
    propose: share().optional().describe('Share of steps outside a run with drafts at all. Default: 1.'),
  },
  'a mapping with start and stay',
);

export const acceptance = oneOf(
  [
    law({ task: choice(ACCEPTANCE_TASKS).describe('The published acceptance of the method for such text.') }),
    law({ constant: share().describe('The chance of every draft whose predecessors were accepted.') }),
    law({
      rates: list(share(), 'shares from 0 to 1, one a draft').describe(
        'By position: that a draft and all before it are accepted, as vLLM reports it.',
      ),
    }),
    law({
      length: number({ from: 1 }, 'a number of 1 or more').describe(
        "Tokens a verification yields on average, as vLLM's synthetic_acceptance_length.",
      ),
    }),
    law({ beta: beta.describe('A constant for each request, drawn from a beta law.') }),
    law({ markov: markov.describe('Runs of accepted drafts over several steps, as when text is copied.') }),
  ],
  `a mapping with one of ${LAWS.join(', ')}`,
  [...LAWS, ...Object.keys(drift)],
);

export type SpeculativeConfigInput = z.infer<typeof speculativeConfig>;
export type AcceptanceInput = z.infer<typeof acceptance>;

/**
 * The `workload:` section of a study file: a bundled workload by name, a specification of one in place, or a trace.
 * The laws are those of `resolved.ts`; logarithms are natural.
 */
import { z } from 'zod';
import {
  anyNumber,
  choice,
  correlation,
  count,
  duration,
  expectedOneOf,
  flag,
  list,
  notNegative,
  oneOf,
  positive,
  section,
  share,
  text,
} from './schema-parts.ts';

const logNormal = () => section({ mu: anyNumber(), sigma: notNegative() }, 'mu and sigma of the logarithm');
const bounds = { min: count(1).optional(), max: count(1).optional() };
const range = () => section({ min: count(1), max: count(1) }, 'min and max in tokens');

const lengthLaw = () =>
  oneOf(
    [
      count(1),
      section({ constant: count(1) }, 'constant'),
      section({ uniform: range() }, 'uniform'),
      section(
        {
          lognormal: oneOf(
            [section({ mean: positive(), sigma: notNegative() }, 'mean and sigma'), logNormal()],
            'mean (tokens) and sigma, or mu and sigma of the logarithm',
            ['mean', 'mu', 'sigma'],
          ),
          ...bounds,
        },
        'lognormal',
      ),
      section(
        {
          mixture: list(
            section({ weight: positive(), mu: anyNumber(), sigma: notNegative() }, 'weight, mu and sigma'),
            'parts',
          ),
          ...bounds,
        },
        'mixture',
      ),
    ],
    'a number of tokens, or one of constant, uniform, lognormal or mixture',
    ['constant', 'uniform', 'lognormal', 'mixture', 'min', 'max'],
  );

const pair = <Item extends z.ZodType>(item: Item) =>
  z.tuple([item, item], { error: 'expected two numbers, for ln input and ln output' });

const lengths = oneOf(
  [
    section({ input: lengthLaw(), output: lengthLaw() }, 'input and output'),
    section(
      {
        joint: list(
          section(
            {
              weight: positive(),
              mu: pair(anyNumber()),
              sigma: pair(notNegative()),
              correlation: correlation(),
            },
            'weight, mu, sigma and correlation',
          ),
          'parts',
        ),
        input: range(),
        output: range(),
      },
      'joint, input and output',
    ),
  ],
  'a law for input and one for output, or joint with the bounds of both',
  ['input', 'output', 'joint'],
).describe('Tokens of prompts and outputs.');

const PROCESSES = ['poisson', 'gamma', 'log_ar1', 'on_off', 'clients'];

const arrivals = z
  .discriminatedUnion(
    'process',
    [
      section({ process: z.literal('poisson') }, 'poisson'),
      section({ process: z.literal('gamma'), burstiness: positive() }, 'gamma'),
      section(
        {
          process: z.literal('log_ar1'),
          step_s: positive(),
          sigma: notNegative(),
          phi: correlation(),
        },
        'log_ar1',
      ),
      section(
        {
          process: z.literal('on_off'),
          burst_size: logNormal(),
          gap: section({ shape: positive(), mean_s: positive() }, 'shape and mean_s'),
          silence_s: logNormal(),
        },
        'on_off',
      ),
      section(
        {
          process: z.literal('clients'),
          clients: list(section({ share: share(), shape: positive() }, 'share and shape'), 'clients'),
          poisson_share: share(),
          poisson_clients: count(0),
        },
        'clients',
      ),
    ],
    {
      error: ({ input }) =>
        `expected a process: ${expectedOneOf(PROCESSES, (input as { process?: unknown } | null)?.process).replace('expected ', '')}`,
    },
  )
  .describe('When requests arrive, at the mean rate given by request_rate. Default: poisson.');

const thinkingShare = oneOf(
  [
    section({ constant: share() }, 'constant'),
    section(
      {
        beta_mixture: list(
          section({ weight: positive(), alpha: positive(), beta: positive() }, 'weight, alpha and beta'),
          'parts',
        ),
      },
      'beta_mixture',
    ),
  ],
  'constant or beta_mixture',
  ['constant', 'beta_mixture'],
).describe('Share of the output that is thinking. Default: none.');

const specShape = {
  name: text().optional().describe('Name in results. Default: inline.'),
  description: text().optional().describe('What the workload stands for.'),
  source: text().optional().describe('Where its numbers come from.'),
  base_rate: positive().optional().describe('Requests per second where request_rate is not given.'),
  arrivals: arrivals.optional(),
  lengths,
  thinking_share: thinkingShare.nullable().optional(),
  shared_prefix: section({ share: share(), tokens: count(1) }, 'share and tokens')
    .nullable()
    .optional()
    .describe('This share of the requests starts with the same tokens. Default: none.'),
  follow_up: section(
    { probability: share(), gap_s: logNormal(), strip_thinking: flag() },
    'probability, gap_s and strip_thinking',
  )
    .nullable()
    .optional()
    .describe('A second turn: the previous prompt, its answer and new text. Default: none.'),
};

/** A workload's specification, as in the bundled files and in place. */
export const syntheticSpecSchema = section(specShape, 'the specification of a workload');
export type SyntheticSpecInput = z.infer<typeof syntheticSpecSchema>;

const BLOCK_SIZE = { error: 'expected a whole number of tokens from 1 to 512' };
const RATE = { error: 'expected requests per second above 0, or inf' };

export const workloadSchema = section(
  {
    synthetic: z
      .union([z.string(), syntheticSpecSchema], {
        error: 'expected the name of a bundled workload (chat, code, reasoning) or a specification with lengths',
      })
      .optional()
      .describe('A bundled workload (chat, code, reasoning), or a specification.'),
    trace: text('the path of a trace file').optional().describe('A trace file, relative to the study file.'),
    format: choice(['auto', 'azure', 'mooncake', 'requests_csv', 'vllm_bench'])
      .optional()
      .describe('Format of the trace. Default: auto.'),
    prefix_blocks: text('the path of a file')
      .optional()
      .describe('Which prompts of a measured run share blocks: one {"id", "block_ids"} a line. Default: none do.'),
    prefix_block_size: z
      .int(BLOCK_SIZE)
      .min(1, BLOCK_SIZE)
      .max(512, BLOCK_SIZE)
      .optional()
      .describe('Tokens of a block in prefix_blocks. Default: 16.'),
    spread: duration()
      .optional()
      .describe('Spread requests with the same time stamp over so long, as coarse time stamps need. Default: 0s.'),
    request_rate: z
      .union([z.number(RATE).positive(RATE), z.literal('inf', RATE)], RATE)
      .nullable()
      .optional()
      .describe(
        "Mean requests per second; inf: all at once. Default: the workload's own, or the trace's times; inf with max_concurrency.",
      ),
    burstiness: positive()
      .optional()
      .describe(
        "Gamma arrivals with this shape, as vllm bench's burstiness; 1 = Poisson. Default: the workload's own.",
      ),
    num_requests: count(1).nullable().optional().describe('Requests to send. Default: as many as duration holds.'),
    duration: duration()
      .nullable()
      .optional()
      .describe('How long requests arrive. Default: until num_requests are sent.'),
    max_concurrency: count(1)
      .nullable()
      .optional()
      .describe('Closed loop, as in vllm bench serve: at most so many requests in flight. Default: open loop.'),
    ignore_eos: flag()
      .optional()
      .describe('Outputs end by their length alone, as with ignore_eos. Default: true for a measured run, else false.'),
    max_tokens: count(1).nullable().optional().describe("Every request's max_tokens. Default: up to max_model_len."),
    long_prompts: choice(['error', 'reject'])
      .optional()
      .describe(
        'A prompt of max_model_len tokens or more: bad input (error), or refused and counted, as the server does ' +
          '(reject). Default: error for a trace, reject for a synthetic workload.',
      ),
  },
  'a mapping with synthetic or trace',
);

export type WorkloadInput = z.infer<typeof workloadSchema>;

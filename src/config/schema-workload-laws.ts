/**
 * The laws of a workload in the study file: lengths, arrivals, thinking, shared prefixes, second turns. They are those of
 * `resolved-workload.ts`; logarithms are natural.
 */
import { z } from 'zod';
import {
  anyNumber,
  correlation,
  count,
  expectedOneOf,
  flag,
  list,
  notNegative,
  oneOf,
  positive,
  section,
  share,
} from './schema-parts.ts';

export const logNormal = () => section({ mu: anyNumber(), sigma: notNegative() }, 'mu and sigma of the logarithm');
const bounds = { min: count(1).optional(), max: count(1).optional() };
const range = () => section({ min: count(1), max: count(1) }, 'min and max in tokens');

/** Of tokens. */
export const lengthLaw = () =>
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

export const lengths = oneOf(
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

export const arrivals = z
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

export const thinkingShare = oneOf(
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

export const sharedPrefix = section({ share: share(), tokens: count(1) }, 'share and tokens').describe(
  'This share of the requests starts with the same tokens. Default: none.',
);

export const followUp = section(
  { probability: share(), gap_s: logNormal(), strip_thinking: flag() },
  'probability, gap_s and strip_thinking',
).describe('A second turn: the previous prompt, its answer and new text. Default: none.');

/** `sessions:` and `prefix_pool:` of a workload in the study file: what prompts have in common with earlier ones. */
import type { z } from 'zod';
import { count, flag, list, notNegative, number, oneOf, positive, section, share } from './schema-parts.ts';
import { lengthLaw, logNormal } from './schema-workload-laws.ts';

const chance = () => number({ from: 0, below: 1 }, 'a chance from 0 to below 1');

const sessionLength = oneOf(
  [
    count(1),
    section({ constant: count(1) }, 'constant'),
    section({ weibull: section({ shape: positive(), scale: positive() }, 'shape and scale') }, 'weibull'),
    section({ go_on: list(chance(), 'chances') }, 'go_on'),
  ],
  'a number of requests, or one of constant, weibull or go_on',
  ['constant', 'weibull', 'go_on'],
).describe(
  'Requests of a session: a number, a Weibull law, or the chances of another one after the first, the second, …; ' +
    'the last chance holds from there on.',
);

const gap = oneOf(
  [
    logNormal(),
    section(
      {
        mixture: list(
          section({ weight: positive(), ...logNormal().shape }, 'weight, mu and sigma of the logarithm'),
          'parts',
        ),
      },
      'mixture',
    ),
  ],
  'mu and sigma of the logarithm, or mixture',
  ['mu', 'sigma', 'mixture'],
).describe('Seconds from the end of a reply to the next request of the session.');

const compaction = section(
  {
    above: lengthLaw().describe('Longest prompt, one draw a session.'),
    keep: share().describe('Length of what a longer one is summed up in, as a part of it.'),
  },
  'above and keep',
);

export const sessions = section(
  {
    requests: sessionLength,
    gap_s: gap,
    new_tokens: lengthLaw().describe('What a prompt has more than the one before it and its reply.'),
    includes_reply: flag()
      .optional()
      .describe('new_tokens counts the reply too, of which only so much is kept. Default: false.'),
    strip_thinking: flag().optional().describe('The thinking of a reply is not in the next prompt. Default: false.'),
    compaction: compaction.nullable().optional().describe('Prompts that have grown too long. Default: never.'),
  },
  'requests, gap_s and new_tokens',
).describe(
  'Conversations or agents: every prompt holds what came before, and follows when the reply is there. Default: none.',
);

export const prefixPool = section(
  {
    size: count(1).describe('How many texts there are.'),
    zipf: notNegative().optional().describe('The k-th is used in proportion to k^-zipf. Default: 0, all alike.'),
    tokens: lengthLaw().describe('Length of a text; each is drawn once.'),
  },
  'size, zipf and tokens',
).describe(
  'Texts (documents, templates, tools) of which every prompt begins with one; the input law gives what comes after it. Default: none.',
);

export type SessionsInput = z.infer<typeof sessions>;
export type PrefixPoolInput = z.infer<typeof prefixPool>;

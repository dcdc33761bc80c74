/**
 * `budget:` and `runaway:` of a workload in the study file: what keeps answers short, and chains of thought that do not
 * end by themselves. docs/REASONING.md tells what each models.
 */
import { z } from 'zod';
import { count, duration, list, oneOf, section, share, text } from './schema-parts.ts';

const limits = {
  cut: share().optional().describe('Part of the thinking that is left out. Default: 0.'),
  thinking_tokens: count(0)
    .nullable()
    .optional()
    .describe("vLLM's thinking_token_budget: after so many the end of thinking is forced. Default: unlimited."),
  max_tokens: count(1)
    .nullable()
    .optional()
    .describe('Thinking and answer together; what is longer is cut off. Default: unlimited.'),
};

const hint = section(
  {
    cut: share().optional().describe('Part of the thinking that a request saves which follows the hint. Default: 0.5.'),
    ignored_by: share().optional().describe('Share of the requests that ignore it. Default: 0.2.'),
  },
  'cut and ignored_by',
).describe('Words in the prompt that ask for less thinking.');

const classifier = section(
  {
    delay: duration().optional().describe('Time that it adds before the router. Default: 8ms.'),
    error_rate: share()
      .optional()
      .describe('Share of the requests that it takes for one of the other groups, all alike. Default: 0.'),
    confusion: list(list(share(), 'shares'), 'rows')
      .optional()
      .describe('Instead of error_rate: a row a group, the chances of being taken for each; rows sum to 1.'),
    budgets: oneOf(
      [
        list(
          section(
            {
              below: count(1)
                .nullable()
                .optional()
                .describe('The group thinks fewer tokens than this by itself. The last has none.'),
              ...limits,
            },
            'below, cut, thinking_tokens and max_tokens',
          ),
          'groups, by ascending below',
        ),
        z.record(text('the name of a class'), section(limits, 'cut, thinking_tokens and max_tokens')),
      ],
      'a list of groups by ascending below, or a mapping from classes to limits',
      [],
    ).describe('Limits of each group: of ranges of the thinking a request would do by itself, or of classes.'),
  },
  'delay, error_rate or confusion, and budgets',
).describe('A classifier before the router that gives each request the limits of the group it takes it for.');

const NONE = 'expected hint, classifier, thinking_tokens or max_tokens, or none';

export const budget = z
  .union(
    [
      z.literal('none'),
      section(
        {
          hint: hint.nullable().optional(),
          classifier: classifier.nullable().optional(),
          thinking_tokens: limits.thinking_tokens,
          max_tokens: limits.max_tokens,
        },
        'hint, classifier, thinking_tokens or max_tokens',
      ),
    ],
    { error: NONE },
  )
  .nullable()
  .describe('What keeps answers short; several may be combined. Default: none.');

export type BudgetInput = z.infer<typeof budget>;

export const runaway = section(
  {
    share: share().describe('Share of the requests.'),
    tokens: count(1).optional().describe('Thinking tokens of such a chain if nothing cuts it. Default: 100000.'),
  },
  'share and tokens',
)
  .nullable()
  .describe('Chains of thought that do not end by themselves before a limit cuts them. Default: none.');

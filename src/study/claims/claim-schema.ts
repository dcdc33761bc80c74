/**
 * A claim file: a study with `claim:` and `expect:` on top. `cases:` are the systems that a claim speaks of, each the
 * study with some of its settings changed; a claim that is arithmetic alone needs neither cases nor workload.
 */
import { z } from 'zod';
import { list, number, oneOf, section, text } from '../../config/schema-parts.ts';
import { quantitySchema } from './quantity.ts';
import { UNITS } from './units.ts';

const PERCENT = { error: 'expected a share such as 5% or 0.05' };

const claimed = oneOf(
  [
    z.boolean(),
    z.number(),
    section({ from: z.number(), to: z.number() }, 'from and to'),
    section({ at_least: z.number() }, 'at_least'),
    section({ at_most: z.number() }, 'at_most'),
  ],
  'a number, true or false, { from, to }, { at_least } or { at_most }',
  ['from', 'to', 'at_least', 'at_most'],
);

const expectation = section(
  {
    what: text('what is compared, in words').describe('What is compared, in words.'),
    quantity: quantitySchema.describe('How our figure comes about.'),
    claimed: claimed
      .optional()
      .describe('What is claimed, in the unit. Left out: the figure is shown and judges nothing.'),
    tolerance: z
      .union([z.string(PERCENT).regex(/^\d+(\.\d+)?\s*%$/, PERCENT), number({ from: 0, to: 1 }, 'a share')], PERCENT)
      .optional()
      .describe('How far the figure may lie outside of what is claimed, as a share of it. Default: 0.'),
    unit: z
      .enum(Object.keys(UNITS) as [string, ...string[]], { error: `expected one of ${Object.keys(UNITS).join(', ')}` })
      .optional()
      .describe('Unit of claim and figure. Default: a plain number.'),
    each: text('the path of a swept setting')
      .optional()
      .describe('Judge the quantity at each value of this swept setting. Default: once.'),
    open: text('why it cannot be settled').optional().describe('Why no run can settle it. Default: a run does.'),
  },
  'what, quantity, claimed, tolerance, unit, each',
);

export const claimSchema = section(
  {
    id: text()
      .regex(/^[A-Z]\d{1,2}$/, { error: 'expected a letter and a number, such as B4' })
      .describe('A letter for the subject and a number.'),
    says: text('the claim in a sentence').describe('The claim in one sentence.'),
    assumes: list(text(), 'sentences').optional().describe('What the claim leaves open and the file assumes.'),
    waits_for: list(text(), 'names')
      .optional()
      .describe('What has to be built before it can be run. Default: nothing.'),
  },
  'id, says, assumes',
);

export const headSchema = z.looseObject(
  {
    claim: claimSchema,
    expect: list(expectation, 'expectations'),
    cases: z
      .record(z.string(), z.record(z.string(), z.unknown(), { error: 'expected changed settings' }), {
        error: 'expected a mapping from names to changed settings',
      })
      .optional(),
  },
  { error: 'expected a claim: a study with claim and expect' },
);

export type ClaimHead = z.infer<typeof headSchema>;
export type Expectation = z.infer<typeof expectation>;
export type Claimed = NonNullable<Expectation['claimed']>;

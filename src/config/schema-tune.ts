/** `tune:` in the study file: what `servesim tune` searches, between which candidates, and what has to hold. */
import { z } from 'zod';
import { choice, count, list, section, text, tokenCount } from './schema-parts.ts';
import { sweepShape } from './schema-sweep.ts';

/** A candidate: a number, or a token count with vLLM's suffixes. Read with `parseTokenCount` where it is text. */
const candidate = () => {
  const error = 'expected a number above 0, or a token count such as 8k (8,000) or 8K (8,192)';
  return z.union([z.number({ error }).positive({ error }), tokenCount(1)], { error });
};

const PRECISION = { error: 'expected a share above 0 and up to 100 %, such as 2%' };

const range = section(
  {
    from: candidate().describe('The smallest.'),
    to: candidate().describe('The largest.'),
    step: candidate().optional().describe('Whole steps between the two.'),
    precision: z
      .union(
        [
          z.number(PRECISION).gt(0, PRECISION).lte(1, PRECISION),
          z.string(PRECISION).regex(/^\d+(\.\d+)?%$/, PRECISION),
        ],
        PRECISION,
      )
      .optional()
      .describe('Instead of step: how much larger each is than the one before, at most, such as 2%.'),
  },
  'a mapping with from, to, and step or precision',
);

const CANDIDATES = 'expected a list of values, or { from, to, step } or { from, to, precision: 2% }';

const SETTING = 'the path of a setting, such as deployment.max_model_len';

/** `>= 99%`, `<= 2s`: the sign and what follows. */
export const BOUND = /^\s*(>=|<=)\s*(\S+)\s*$/;

const bound = z
  .string({ error: 'expected a bound in quotes, such as ">= 99%" or "<= 2s"' })
  .regex(BOUND, { error: 'expected >= or <= and a value, such as ">= 99%" or "<= 2s"' });

export const tuneSchema = section(
  {
    smallest: text(SETTING)
      .optional()
      .describe('The setting of which the smallest value is sought that keeps the constraints.'),
    highest: text(SETTING)
      .optional()
      .describe('The setting of which the highest value is sought that keeps the constraints.'),
    cheapest: sweepShape('expected a mapping from settings to lists, such as { deployment.gpu: [h100-sxm, h200-sxm] }')
      .optional()
      .describe(
        'Settings with the values to try, in the forms of sweep: of all combinations the one is sought that costs least and keeps the constraints.',
      ),
    candidates: z
      .union([list(candidate(), 'values'), range], { error: CANDIDATES })
      .optional()
      .describe('For smallest and highest: a list in ascending order, { from, to, step } or { from, to, precision }.'),
    search: choice(['all', 'bisection'])
      .optional()
      .describe('Try every candidate, or as few as find the border. Default: all of up to 12, else bisection.'),
    objective: text('the name of a metric')
      .optional()
      .describe('For cheapest: the metric that decides. Default: usd_per_hour.'),
    constraints: z
      .record(z.string(), bound, { error: 'expected a mapping such as { goodput: ">= 99%", ttft_p99: "<= 2s" }' })
      .optional()
      .describe('Bounds on the means of metrics. Default, with an slo: { goodput: ">= 99%" }.'),
    seeds: count(2)
      .max(10_000, { error: 'expected a whole number from 2 to 10000' })
      .optional()
      .describe('Replications of a candidate to begin with; doubled while they do not decide. Default: 5.'),
    max_seeds: count(2)
      .max(10_000, { error: 'expected a whole number from 2 to 10000' })
      .optional()
      .describe('Replications of a candidate at most. Default: 40.'),
  },
  'a mapping with smallest, highest or cheapest, and constraints',
)
  .optional()
  .describe('What `servesim tune` searches. Default: none.');

export type TuneInput = z.infer<typeof tuneSchema>;
export type CandidatesInput = NonNullable<NonNullable<TuneInput>['candidates']>;

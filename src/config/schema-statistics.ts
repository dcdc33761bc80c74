/** What a study file says about its statistics: what is compared with what, how surely, and when there is enough. */
import { z } from 'zod';
import { parsePercent } from './percent.ts';
import { count, list, section } from './schema-parts.ts';

const BASELINE = {
  error:
    'expected the name of a variant, or swept settings, such as { deployment.max_model_len: 8192 } or { variant: fp8 kv, deployment.gpu: h100-sxm }',
};

const WARM_UP = { error: 'expected none, mser-5, or a duration such as 5m' };
const WARM_UP_TEXT = /^(none|mser-5|\d+(\.\d+)?(us|µs|ms|s|m|min|h|d)?)$/;

const LEVEL = { error: 'expected a level from 50% to 99.99%, such as 95%' };
const level = z
  .union([z.number(LEVEL), z.string(LEVEL)], LEVEL)
  .refine((value) => parsePercent(value) >= 0.5 && parsePercent(value) <= 0.9999, LEVEL);

const PRECISION = {
  error: 'expected half the width of an interval and its metric, such as 5% of ttft_p99 or 20ms of tpot_mean',
};
const precision = z.string(PRECISION).regex(/^\s*\S+\s+of\s+[\w.-]+\s*$/, PRECISION);

const rule = section(
  {
    ci_halfwidth: z
      .union([precision, list(precision, 'precisions')], PRECISION)
      .describe('Half the width of the interval of every variant, at most: 5% of ttft_p99; or a list, all to be met.'),
    max_seeds: count(2)
      .max(10_000, { error: 'expected a whole number from 2 to 10000' })
      .optional()
      .describe('Replications after which the study ends in any case. Default: 40.'),
  },
  'a mapping such as { ci_halfwidth: 5% of ttft_p99, max_seeds: 40 }',
);

export const statisticsShape = {
  baseline: z
    .union([z.string(BASELINE), z.record(z.string(), z.unknown(), BASELINE)], BASELINE)
    .nullable()
    .optional()
    .describe(
      'What variants are compared with: the name of a variant, or settings; what it leaves open is matched. Default: the first under the same load.',
    ),
  warm_up: z
    .union([z.number(WARM_UP).nonnegative(WARM_UP), z.string(WARM_UP).regex(WARM_UP_TEXT, WARM_UP)], WARM_UP)
    .nullable()
    .optional()
    .describe(
      'Requests that the statistics leave out: those that arrive before this time, or as mser-5 finds. Default: none.',
    ),
  confidence: level.optional().describe('Level of all confidence intervals. Default: 95%.'),
  until: rule
    .nullable()
    .optional()
    .describe('Adds replications until intervals are narrow enough; seeds is the number to begin with. Default: no.'),
};

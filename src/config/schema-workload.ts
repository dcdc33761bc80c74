/** The `workload:` section of a study file: a bundled workload by name, a specification of one in place, or a trace. */
import { z } from 'zod';
import { choice, count, duration, flag, positive, section, text } from './schema-parts.ts';
import { budget, runaway } from './schema-workload-budget.ts';
import { classes } from './schema-workload-classes.ts';
import { arrivals, followUp, lengths, sharedPrefix, thinkingShare } from './schema-workload-laws.ts';
import { prefixPool, sessions } from './schema-workload-sessions.ts';

const specShape = {
  name: text().optional().describe('Name in results. Default: inline.'),
  description: text().optional().describe('What the workload stands for.'),
  source: text().optional().describe('Where its numbers come from.'),
  base_rate: positive().optional().describe('Requests per second where request_rate is not given.'),
  arrivals: arrivals.optional(),
  lengths,
  thinking_share: thinkingShare.nullable().optional(),
  shared_prefix: sharedPrefix.nullable().optional(),
  prefix_pool: prefixPool.nullable().optional(),
  follow_up: followUp.nullable().optional(),
  sessions: sessions.nullable().optional(),
};

/** A workload's specification, as in the bundled files and in place. */
export const syntheticSpecSchema = section(specShape, 'the specification of a workload');
export type SyntheticSpecInput = z.infer<typeof syntheticSpecSchema>;

/** A bundled file may also be made of classes that all have lengths. */
export const bundledWorkloadSchema = section(
  { ...specShape, lengths: lengths.optional(), classes: classes.optional() },
  'the specification of a workload',
);
export type BundledWorkloadInput = z.infer<typeof bundledWorkloadSchema>;

const BLOCK_SIZE = { error: 'expected a whole number of tokens from 1 to 512' };
const RATE = { error: 'expected requests per second above 0, or inf' };

export const workloadSchema = section(
  {
    synthetic: z
      .union([z.string(), syntheticSpecSchema], {
        error: 'expected the name of a bundled workload (chat, code, reasoning) or a specification with lengths',
      })
      .optional()
      .describe(
        'A bundled workload by its name in workloads/ (chat, code and reasoning for short), or a specification.',
      ),
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
    max_sessions: count(1)
      .nullable()
      .optional()
      .describe('Sessions at once: where one ends, the next begins. Default: they begin as requests arrive.'),
    ignore_eos: flag()
      .optional()
      .describe('Outputs end by their length alone, as with ignore_eos. Default: true for a measured run, else false.'),
    max_tokens: count(1).nullable().optional().describe("Every request's max_tokens. Default: up to max_model_len."),
    thinking_share: thinkingShare
      .nullable()
      .optional()
      .describe("How much of the outputs is thinking. Default: the workload's own; a trace has none."),
    budget: budget.optional(),
    runaway: runaway.optional(),
    classes: classes.optional(),
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

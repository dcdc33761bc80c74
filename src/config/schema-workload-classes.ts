/** `classes:` of a workload in the study file: kinds of requests with a priority, bounds and laws of their own. */
import { z } from 'zod';
import { count, notNegative, positive, section } from './schema-parts.ts';
import { slo } from './schema-slo.ts';
import { budget, runaway } from './schema-workload-budget.ts';
import { arrivals, followUp, lengths, sharedPrefix, thinkingShare } from './schema-workload-laws.ts';
import { prefixPool, sessions } from './schema-workload-sessions.ts';

const PRIORITY = { error: 'expected a whole number; smaller is more urgent' };
const NAME = { error: 'expected the name of a class: letters, digits, - and _, a letter first' };

const requestClass = section(
  {
    share: notNegative()
      .optional()
      .describe(
        'Of the requests, relative to the shares of all classes. A trace may name the class of each row instead.',
      ),
    request_rate: positive()
      .optional()
      .describe("Instead of share: requests per second of this class's own arrivals; then all classes have one."),
    arrivals: arrivals.optional().describe("With request_rate: the law of its arrivals. Default: the workload's."),
    priority: z.int(PRIORITY).optional().describe('Smaller is more urgent, as in vLLM. Default: 0.'),
    slo: slo.optional().describe("Its service-level objective. Default: the study's."),
    lengths: lengths.optional().describe("Tokens of prompts and outputs. Default: the workload's."),
    thinking_share: thinkingShare.nullable().optional().describe("Default: the workload's."),
    shared_prefix: sharedPrefix
      .nullable()
      .optional()
      .describe("A prefix of this class's own. Default: the workload's."),
    prefix_pool: prefixPool.nullable().optional().describe("A pool of this class's own. Default: the workload's."),
    follow_up: followUp.nullable().optional().describe("Default: the workload's."),
    sessions: sessions.nullable().optional().describe("Default: the workload's."),
    max_tokens: count(1).nullable().optional().describe("Default: the workload's."),
    budget: budget.optional().describe("Default: the workload's."),
    runaway: runaway.optional().describe("Default: the workload's."),
  },
  'a class: a mapping such as { share: 0.3, priority: 1 }',
);

export const classes = z
  .record(z.string().regex(/^[a-z][\w-]*$/i, NAME), requestClass, {
    error: 'expected a mapping such as { interactive: { share: 0.7 }, batch: { share: 0.3, priority: 1 } }',
  })
  .nullable()
  .describe('Kinds of requests, by name; each has what the workload has unless it says otherwise. Default: none.');

export type ClassesInput = z.infer<typeof classes>;
export type ClassInput = z.infer<typeof requestClass>;

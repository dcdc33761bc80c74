/**
 * The study file: one question, one deployment, one workload, and what is varied. `schema/study.json` is generated from
 * here for editors. Nothing is defaulted here: `resolve.ts` is the only place that applies defaults.
 */
import { z } from 'zod';
import { clusterSchema } from './schema-cluster.ts';
import { deploymentSchema } from './schema-deployment.ts';
import { choice, section, text } from './schema-parts.ts';
import { pricesSchema } from './schema-prices.ts';
import { slo } from './schema-slo.ts';
import { statisticsShape } from './schema-statistics.ts';
import { sweepSchema } from './schema-sweep.ts';
import { tuneSchema } from './schema-tune.ts';
import { workloadSchema } from './schema-workload.ts';

const studySlo = slo
  .nullable()
  .optional()
  .describe(
    'Service-level objective, e.g. { ttft_p99: 2s }. Goodput judges each request by the same bounds. Default: none.',
  );

const POOL_NAME = 'expected a name of letters, digits, _ and -, beginning with a letter';

const deployments = z.record(z.string().regex(/^[A-Za-z][\w-]*$/, { error: POOL_NAME }), deploymentSchema, {
  error: 'expected a mapping from names to deployments, such as { small: { gpu: l40s, model: … }, large: { … } }',
});

const SEEDS = { error: 'expected a whole number from 1 to 10000 (seeds 1 to n), or a list of whole numbers' };

export const studySchema = section(
  {
    extends: text('the path of another study')
      .optional()
      .describe(
        'Another study file, relative to this one, that this one changes: mappings are merged, lists and values replaced, null removes.',
      ),
    name: text().optional().describe("Name of the study. Default: the file's name."),
    question: text().optional().describe("What the study asks. Default: the file's leading comment."),
    seeds: z
      .union(
        [z.int(SEEDS).min(1, SEEDS).max(10_000, SEEDS), z.array(z.int(SEEDS).min(0, SEEDS), SEEDS).min(1, SEEDS)],
        SEEDS,
      )
      .optional()
      .describe('Repetitions: n for the seeds 1 to n, or a list. Default: 1; with until 10, which it begins with.'),
    deployment: deploymentSchema.optional().describe('The server: model, GPUs and engine settings.'),
    deployments: deployments.optional().describe('Instead of deployment: several pools of servers, by name.'),
    cluster: clusterSchema,
    workload: workloadSchema.describe('The requests.'),
    slo: studySlo,
    prices: pricesSchema,
    sweep: sweepSchema,
    ...statisticsShape,
    tune: tuneSchema,
    outputs: section(
      {
        requests: choice(['parquet', 'csv', 'none'])
          .optional()
          .describe('File with one row a request, beside each summary. Default: parquet.'),
      },
      'a mapping with requests',
    )
      .optional()
      .describe('Files to write.'),
  },
  'a study: a mapping with deployment and workload',
);

export type StudyFile = z.infer<typeof studySchema>;

/** The JSON Schema of the study file, from which editors complete and check. Parts that occur several times are written once. */
import { z } from 'zod';
import { studySchema } from './schema.ts';
import { deploymentSchema } from './schema-deployment.ts';
import { slo } from './schema-slo.ts';
import { budget, runaway } from './schema-workload-budget.ts';
import { arrivals, followUp, lengths, sharedPrefix, thinkingShare } from './schema-workload-laws.ts';
import { prefixPool, sessions } from './schema-workload-sessions.ts';

/** By their names under `$defs`. */
const SHARED: Readonly<Record<string, z.ZodType>> = {
  deployment: deploymentSchema,
  slo,
  budget,
  runaway,
  arrivals,
  lengths,
  thinking_share: thinkingShare,
  shared_prefix: sharedPrefix,
  prefix_pool: prefixPool,
  follow_up: followUp,
  sessions,
};

/** Draft 2020-12. */
export function studyJsonSchema(): Record<string, unknown> {
  for (const [id, schema] of Object.entries(SHARED)) {
    const known = z.globalRegistry.get(schema);
    if (known?.id === undefined) z.globalRegistry.add(schema, { ...known, id });
  }
  const { $schema, $defs, required, ...rest } = z.toJSONSchema(studySchema);
  const { deployment, ...defs } = $defs ?? {};
  const { required: ofDeployment, ...anyDeployment } = deployment as Schema;
  return {
    $schema,
    title: 'servesim study',
    ...rest,
    // What a study must have, the one that it extends may have.
    if: { not: { required: ['extends'] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      required,
      properties: {
        deployment: { required: ofDeployment },
        deployments: { additionalProperties: { required: ofDeployment } },
      },
    },
    $defs: { deployment: anyDeployment, ...defs },
  };
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * `sweep:` in the study file: a mapping from settings to the values to try, or that under `grid:`, beside values that are
 * taken together under `zip:` and named lists of settings under `variants:`. What depends on the names of settings is
 * checked in `sweep-axes.ts`.
 */
import { z } from 'zod';
import { list, text } from './schema-parts.ts';

const EXAMPLE = '{ deployment.max_model_len: [8192, 16384] }';

const values = (what: string) =>
  z
    .record(z.string(), z.unknown().meta({ type: 'array', minItems: 1 }), {
      error: `expected a mapping from settings to lists, such as ${EXAMPLE}`,
    })
    .optional()
    .describe(what);

const variant = z.looseObject(
  { name: text('a name').describe('The name that tables and figures show.') },
  { error: 'expected a mapping with a name and settings, such as { name: fp8 kv, deployment.kv_cache_dtype: fp8 }' },
);

/** All forms of a sweep; `error` says what was expected of something else. */
export function sweepShape(error: string) {
  return z
    .object(
      {
        grid: values('Settings with the values to try, in all combinations.'),
        zip: values('Settings with lists of equal length, taken together: the first values, then the second, …'),
        variants: list(variant, 'variants, such as { name: fp8 kv, deployment.kv_cache_dtype: fp8 }')
          .optional()
          .describe(
            'Named variants, each with its settings by their path; one without settings is the study as it is.',
          ),
      },
      { error },
    )
    .catchall(z.unknown().meta({ type: 'array', minItems: 1 }));
}

export const sweepSchema = sweepShape(
  `expected a mapping from settings to lists, such as ${EXAMPLE}, or one with grid, zip and variants`,
)
  .nullable()
  .optional()
  .describe(
    'Settings to vary, by their path, with the values to try in all combinations; or grid, zip and variants, whose product is run. Default: none.',
  );

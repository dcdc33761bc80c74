/** The `prices:` section of a study file: the price book, and prices of the user's own that win over it. US dollars. */
import { z } from 'zod';
import { choice, count, list, notNegative, oneOf, positive, section, text } from './schema-parts.ts';

const perHour = (what: string) => positive().nullable().optional().describe(`$ an hour ${what}. Default: not known.`);

const gpuPrice = section(
  {
    on_demand: perHour('for one GPU on demand'),
    spot: perHour('for one GPU on the spot market'),
    nodes: list(
      section(
        {
          gpus: count(2).describe('GPUs of the node.'),
          on_demand: perHour('for the node on demand'),
          spot: perHour('for the node on the spot market'),
        },
        'gpus, on_demand and spot',
      ),
      'nodes',
    )
      .optional()
      .describe('Nodes that are rented whole: each price counts for servers of exactly so many GPUs. Default: none.'),
  },
  'a mapping with on_demand, spot and nodes, in $ an hour',
);

export const pricesSchema = section(
  {
    book: choice(['default', 'none'])
      .optional()
      .describe('The price book that comes with servesim, or none. Default: default.'),
    gpu: z
      .record(z.string(), gpuPrice, {
        error: 'expected a mapping from GPUs to prices, such as { h100-sxm: { on_demand: 2.4 } }',
      })
      .optional()
      .describe(
        "Prices of your own by the GPU's name; they replace those of the book for this GPU. Default: the book's.",
      ),
    api: oneOf(
      [
        text('the name of an API'),
        section(
          {
            name: text().optional().describe('What to call it. Default: API.'),
            input: notNegative().describe('$ per million tokens of prompts.'),
            output: notNegative().describe('$ per million tokens of outputs, thinking included.'),
          },
          'input and output, in $ per million tokens',
        ),
      ],
      'the name of an API of the price book, or { input, output } in $ per million tokens',
      ['name', 'input', 'output'],
    )
      .nullable()
      .optional()
      .describe('The API to compare with. Default: none.'),
  },
  'a mapping with gpu and api',
)
  .optional()
  .describe('What GPUs cost by the hour, and an API by the token. Default: the price book, no API.');

export type PricesInput = z.infer<typeof pricesSchema>;

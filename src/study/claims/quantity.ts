/**
 * The quantities of a claim's `expect:` block: a small declarative language over what the simulator knows. Leaves are
 * numbers, fields of a run's summary, answers of the start-up check, bytes that follow from a model's geometry, and
 * prices; the rest is arithmetic, and a search along one swept setting. Bytes are bytes, latencies milliseconds (as in
 * the summary), money US dollars, truth 1 and falsehood 0; the unit of an expectation converts.
 */
import { z } from 'zod';
import { MARKETS } from '../../catalog/prices.ts';
import { QUANTIZATIONS } from '../../catalog/quantization.ts';
import { anyNumber, choice, count, list, oneOf, section, text } from '../../config/schema-parts.ts';

/** What the start-up check answers, by the names that `servesim check --json` prints. */
export const CHECK_FIELDS = [
  'accepted',
  'starts',
  'gpus',
  'weight_bytes',
  'usable_bytes',
  'kv_bytes',
  'num_gpu_blocks',
  'kv_cache_tokens',
  'max_concurrency',
  'max_model_len_that_fits',
] as const;
export type CheckField = (typeof CHECK_FIELDS)[number];

/** Swept settings by their dotted path. */
export type Place = Readonly<Record<string, unknown>>;

interface Situated {
  /** A case of the claim; may be left out where there is one. */
  of?: string | undefined;
  at?: Place | undefined;
}

export interface Search {
  /** The swept setting along which to look, in the order of its values. */
  over: string;
  where: Quantity;
  above?: number | undefined;
  below?: number | undefined;
  at_least?: number | undefined;
  at_most?: number | undefined;
  /** What to read there; left out: the value of the setting. */
  take?: Quantity | undefined;
}

export type Quantity =
  | number
  | ({ value: string } & Situated)
  | ({ check: CheckField } & Situated)
  | { kv_bytes: KvBytes }
  | { weight_bytes: { model: string; quantization?: (typeof QUANTIZATIONS)[number] | undefined } }
  | { parameters: string }
  | { bandwidth: string }
  | { price: { gpu: string; gpus?: number | undefined; market: (typeof MARKETS)[number] } }
  | { api_usd: { api: string; input_tokens: Quantity; output_tokens: Quantity } }
  | { ratio: [Quantity, Quantity] }
  | { difference: [Quantity, Quantity] }
  | { sum: Quantity[] }
  | { product: Quantity[] }
  /** Of those that there are. */
  | { smallest: Quantity[] }
  | { ceil: Quantity }
  | { first: Search }
  | { last: Search };

/** Bytes of one request's keys and values: of a model, or of a geometry written out. */
export type KvBytes = { tokens: number; kv_cache_dtype?: string | undefined } & (
  | { model: string }
  | { layers: number; kv_heads: number; head_dim: number; value_head_dim?: number | undefined }
);

const inner: z.ZodType<Quantity> = z.lazy(() => quantitySchema);
const pair = () => z.tuple([inner, inner], { error: 'expected two quantities' });
const situated = {
  of: text('the name of a case').optional(),
  at: z.record(z.string(), z.unknown(), { error: 'expected swept settings with their values' }).optional(),
};
const search = () =>
  section(
    {
      over: text('the path of a swept setting'),
      where: inner,
      above: anyNumber().optional(),
      below: anyNumber().optional(),
      at_least: anyNumber().optional(),
      at_most: anyNumber().optional(),
      take: inner.optional(),
    },
    'over, where, and one of above, below, at_least, at_most',
  );

const KEYS = [
  ...['value', 'check', 'kv_bytes', 'weight_bytes', 'parameters', 'bandwidth', 'price', 'api_usd'],
  ...['ratio', 'difference', 'sum', 'product', 'smallest', 'ceil', 'first', 'last'],
];

export const quantitySchema: z.ZodType<Quantity> = oneOf(
  [
    anyNumber(),
    section({ value: text('a field of summary.json, such as sim.p99_ttfat_ms'), ...situated }, 'value, of and at'),
    section({ check: choice(CHECK_FIELDS), ...situated }, 'check, of and at'),
    section(
      {
        kv_bytes: oneOf(
          [
            section({ model: text(), tokens: count(1), kv_cache_dtype: text().optional() }, 'model and tokens'),
            section(
              {
                layers: count(1),
                kv_heads: count(1),
                head_dim: count(1),
                value_head_dim: count(1).optional(),
                tokens: count(1),
                kv_cache_dtype: text().optional(),
              },
              'layers, kv_heads, head_dim and tokens',
            ),
          ],
          'tokens and a model, or tokens and layers, kv_heads, head_dim',
          ['model', 'layers', 'kv_heads', 'head_dim', 'tokens', 'kv_cache_dtype'],
        ),
      },
      'kv_bytes',
    ),
    section(
      { weight_bytes: section({ model: text(), quantization: choice(QUANTIZATIONS).optional() }, 'model') },
      'weight_bytes',
    ),
    section({ parameters: text('the name of a model') }, 'parameters'),
    section({ bandwidth: text('the name of a GPU') }, 'bandwidth'),
    section(
      { price: section({ gpu: text(), gpus: count(1).optional(), market: choice(MARKETS) }, 'gpu and market') },
      'price',
    ),
    section(
      {
        api_usd: section(
          { api: text('the name of an API of the price book'), input_tokens: inner, output_tokens: inner },
          'api, input_tokens and output_tokens',
        ),
      },
      'api_usd',
    ),
    section({ ratio: pair() }, 'ratio'),
    section({ difference: pair() }, 'difference'),
    section({ sum: list(inner, 'quantities') }, 'sum'),
    section({ product: list(inner, 'quantities') }, 'product'),
    section({ smallest: list(inner, 'quantities') }, 'smallest'),
    section({ ceil: inner }, 'ceil'),
    section({ first: search() }, 'first'),
    section({ last: search() }, 'last'),
  ],
  `a number or one of ${KEYS.join(', ')}`,
  KEYS,
) as unknown as z.ZodType<Quantity>;

/** The quantities that a quantity is made of, one level down. */
export function partsOf(quantity: Quantity): readonly Quantity[] {
  if (typeof quantity === 'number') return [];
  if ('ratio' in quantity) return quantity.ratio;
  if ('difference' in quantity) return quantity.difference;
  if ('sum' in quantity) return quantity.sum;
  if ('product' in quantity) return quantity.product;
  if ('smallest' in quantity) return quantity.smallest;
  if ('ceil' in quantity) return [quantity.ceil];
  if ('api_usd' in quantity) return [quantity.api_usd.input_tokens, quantity.api_usd.output_tokens];
  const found = 'first' in quantity ? quantity.first : 'last' in quantity ? quantity.last : null;
  if (found === null) return [];
  return found.take === undefined ? [found.where] : [found.where, found.take];
}

/** The quantity and everything in it. */
export function* everyPart(quantity: Quantity): Generator<Quantity> {
  yield quantity;
  for (const part of partsOf(quantity)) yield* everyPart(part);
}

/** Whether a run has to be simulated for it. */
export function isSimulated(quantity: Quantity): boolean {
  return [...everyPart(quantity)].some((part) => typeof part === 'object' && 'value' in part);
}

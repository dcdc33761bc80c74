/** What the GPUs of a run cost: the price book, with the study's own prices in place of its entries. */
import type { Catalog } from '../catalog/catalog.ts';
import type { ApiPrice, PriceBook, ServerOffer } from '../catalog/prices.ts';
import { type Problem, raise, type StudySource } from './problems.ts';
import type { Prices } from './resolved.ts';
import { unknownName } from './schema-parts.ts';
import type { PricesInput } from './schema-prices.ts';

export const EMPTY_BOOK: PriceBook = { gpus: {}, apis: [] };

const GIVEN = { date: '', source: 'the study' } as const;

/** Prices of these GPUs, and of the API to compare with; those of other GPUs do not matter to a run. */
export function resolvePrices(
  source: StudySource,
  input: PricesInput,
  usedGpus: readonly string[],
  { catalog, priceBook = EMPTY_BOOK }: { readonly catalog: Catalog; readonly priceBook?: PriceBook },
): Prices {
  const book = input?.book === 'none' ? EMPTY_BOOK : priceBook;
  raise(source, problems(input, book, [...catalog.gpuNames(), ...usedGpus], catalog));
  const given = new Map(
    Object.entries(input?.gpu ?? {}).map(([name, price]) => [catalog.gpu(name)?.id ?? name, offersOf(price)] as const),
  );
  const gpus = [...new Set(usedGpus)].sort().flatMap((gpu) => {
    const offers = given.get(gpu) ?? book.gpus[gpu] ?? [];
    return offers.length === 0 ? [] : [[gpu, offers] as const];
  });
  return { gpus: Object.fromEntries(gpus), api: apiOf(input, book) };
}

type GpuPriceInput = NonNullable<NonNullable<PricesInput>['gpu']>[string];

function offersOf({ on_demand, spot, nodes = [] }: GpuPriceInput): ServerOffer[] {
  return [{ gpus: 1, on_demand, spot }, ...nodes].map((offer) => ({
    gpus: offer.gpus,
    on_demand: offer.on_demand ?? null,
    spot: offer.spot ?? null,
    ...GIVEN,
  }));
}

function apiOf(input: PricesInput, book: PriceBook): ApiPrice | null {
  const api = input?.api ?? null;
  if (api === null) return null;
  if (typeof api === 'string') return book.apis.find(({ id }) => id === api)!;
  return { id: 'given', name: api.name ?? 'API', input: api.input, output: api.output, ...GIVEN };
}

function problems(input: PricesInput, book: PriceBook, gpus: readonly string[], catalog: Catalog): Problem[] {
  const unknownGpus = Object.keys(input?.gpu ?? {})
    .filter((name) => catalog.gpu(name) === undefined && !gpus.includes(name))
    .map((name): Problem => ({ path: ['prices', 'gpu', name], at: 'key', message: unknownName('GPU', name, gpus) }));
  const api = input?.api;
  const apis = book.apis.map(({ id }) => id);
  if (typeof api !== 'string' || apis.includes(api)) return unknownGpus;
  const message = `${unknownName('API', api, apis)}; or give { input, output } in $ per million tokens`;
  return [...unknownGpus, { path: ['prices', 'api'], at: 'value', message }];
}

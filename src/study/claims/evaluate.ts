/** A quantity of a claim → a number, from what its cases came to. Pure: nothing is simulated here. */
import { type Catalog, gpuNamed, modelNamed } from '../../catalog/catalog.ts';
import { kvLayout } from '../../catalog/kv-layout.ts';
import { parameterCounts } from '../../catalog/model.ts';
import { type PriceBook, serverUsdPerHour } from '../../catalog/prices.ts';
import { bytesPerKvElement, parseKvCacheDtype } from '../../catalog/quantization.ts';
import { weightBytesPerGpu } from '../../catalog/weights.ts';
import { unknownName } from '../../config/schema-parts.ts';
import { InputError } from '../../core/input-error.ts';
import { apiUsd } from '../../metrics/money.ts';
import { type CaseResult, checkField, numberOutcome, type Outcome, summaryField, sweptValues } from './case-results.ts';
import type { KvBytes, Place, Quantity, Search } from './quantity.ts';

/** What quantities are read from. */
export interface Known {
  readonly cases: readonly CaseResult[];
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
}

/** Where a quantity is read: one seed, and values of swept settings. */
export interface Here {
  readonly seed: number;
  readonly place: Place;
}

/** Throws InputError where a name in the quantity is not known. */
export function evaluate(quantity: Quantity, here: Here, known: Known): Outcome {
  if (typeof quantity === 'number') return numberOutcome(quantity);
  if ('value' in quantity)
    return summaryField(caseNamed(quantity.of, known), quantity.value, { ...here.place, ...quantity.at }, here.seed);
  if ('check' in quantity)
    return checkField(caseNamed(quantity.of, known), quantity.check, { ...here.place, ...quantity.at });
  if ('first' in quantity) return search(quantity.first, 'first', here, known);
  if ('last' in quantity) return search(quantity.last, 'last', here, known);
  return arithmetic(quantity, here, known) ?? numberOutcome(fact(quantity as Fact, known));
}

type Fact = Extract<
  Quantity,
  | { kv_bytes: unknown }
  | { weight_bytes: unknown }
  | { parameters: unknown }
  | { bandwidth: unknown }
  | { price: unknown }
>;

/** Null for what is not made of other quantities. */
function arithmetic(quantity: Exclude<Quantity, number>, here: Here, known: Known): Outcome | null {
  const of = (parts: readonly Quantity[], combine: (values: readonly number[]) => number) =>
    combined(
      parts.map((part) => evaluate(part, here, known)),
      combine,
    );
  if ('ratio' in quantity) return of(quantity.ratio, ([a, b]) => a! / b!);
  if ('difference' in quantity) return of(quantity.difference, ([a, b]) => a! - b!);
  if ('sum' in quantity) return of(quantity.sum, (values) => values.reduce((sum, value) => sum + value, 0));
  if ('product' in quantity) return of(quantity.product, (values) => values.reduce((all, value) => all * value, 1));
  if ('smallest' in quantity) return smallest(quantity.smallest.map((part) => evaluate(part, here, known)));
  if ('ceil' in quantity) return of([quantity.ceil], ([value]) => Math.ceil(value!));
  if ('api_usd' in quantity) {
    const { api, input_tokens, output_tokens } = quantity.api_usd;
    const prices = apiNamed(api, known);
    return of([input_tokens, output_tokens], ([input, output]) => apiUsd(input!, output!, prices));
  }
  return null;
}

/** The alternatives that exist are compared; where there is none, the first says why. */
function smallest(parts: readonly Outcome[]): Outcome {
  const values = parts.flatMap((part) => (part.kind === 'number' ? [part.value] : []));
  return values.length === 0 ? parts[0]! : numberOutcome(Math.min(...values));
}

/** What is impossible weighs more than what is missing. */
function combined(parts: readonly Outcome[], combine: (values: readonly number[]) => number): Outcome {
  const none = parts.find(({ kind }) => kind === 'impossible') ?? parts.find(({ kind }) => kind === 'missing');
  if (none !== undefined) return none;
  const value = combine(parts.map((part) => (part.kind === 'number' ? part.value : Number.NaN)));
  return Number.isFinite(value) ? numberOutcome(value) : { kind: 'missing', because: 'a quotient by 0' };
}

function fact(quantity: Fact, { catalog, priceBook }: Known): number {
  if ('kv_bytes' in quantity) return kvBytesOf(quantity.kv_bytes, catalog);
  if ('weight_bytes' in quantity) {
    const model = modelNamed(catalog, quantity.weight_bytes.model, 'weight_bytes');
    return weightBytesPerGpu(model, quantity.weight_bytes.quantization ?? model.quantization, 1);
  }
  if ('parameters' in quantity) return parameterCounts(modelNamed(catalog, quantity.parameters, 'parameters')).total;
  if ('bandwidth' in quantity) return gpuNamed(catalog, quantity.bandwidth, 'bandwidth').bandwidthTbs * 1e12;
  const { gpu, gpus = 1, market } = quantity.price;
  const price = serverUsdPerHour(priceBook.gpus[gpuNamed(catalog, gpu, 'price').id] ?? [], gpus, market);
  if (price === null) throw new InputError(`price: the price book has no ${market} price for ${gpus} × ${gpu}`);
  return price;
}

/** Keys and values of one request on one GPU that holds the whole model. */
function kvBytesOf(given: KvBytes, catalog: Catalog): number {
  const dtype = parseKvCacheDtype(given.kv_cache_dtype ?? 'auto', 'kv_bytes');
  if ('model' in given) {
    const layout = kvLayout(modelNamed(catalog, given.model, 'kv_bytes'), dtype, 1, 1);
    return layout.groups.reduce((sum, { layers }) => sum + layers, 0) * layout.pageBytes * given.tokens;
  }
  const elements = given.layers * given.kv_heads * (given.head_dim + (given.value_head_dim ?? given.head_dim));
  return elements * bytesPerKvElement(dtype) * given.tokens;
}

/** The first or last value of a swept setting at which a quantity is on the wanted side; one that is impossible is not. */
function search({ over, where, take, ...bounds }: Search, which: 'first' | 'last', here: Here, known: Known): Outcome {
  const values = sweptValues(known.cases, over);
  if (values.length === 0) throw new InputError(`nothing sweeps ${over}`);
  const inOrder = which === 'first' ? values : [...values].reverse();
  for (const value of inOrder) {
    const there = { ...here, place: { ...here.place, [over]: value } };
    const found = evaluate(where, there, known);
    if (found.kind === 'missing') return found;
    if (found.kind !== 'number' || !isWithin(found.value, bounds)) continue;
    if (take !== undefined) return evaluate(take, there, known);
    if (typeof value !== 'number') throw new InputError(`${over}: ${JSON.stringify(value)} is no number; use take`);
    return numberOutcome(value);
  }
  return { kind: 'missing', because: `at no ${over} of ${values.map((value) => JSON.stringify(value)).join(', ')}` };
}

function isWithin(
  value: number,
  { above, below, at_least, at_most }: Omit<Search, 'over' | 'where' | 'take'>,
): boolean {
  return (
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (at_least === undefined || value >= at_least) &&
    (at_most === undefined || value <= at_most)
  );
}

/** The case of that name; without one the first. */
export function caseNamed(name: string | undefined, { cases }: Known): CaseResult {
  const found = name === undefined ? cases[0] : cases.find((each) => each.name === name);
  if (found === undefined) throw new InputError(`no case ${name}`);
  return found;
}

function apiNamed(name: string, { priceBook }: Known) {
  const api = priceBook.apis.find(({ id }) => id === name);
  if (api === undefined) {
    const known = priceBook.apis.map(({ id }) => id);
    throw new InputError(unknownName('API', name, known));
  }
  return api;
}

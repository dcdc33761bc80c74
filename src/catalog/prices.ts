/**
 * The price book: what servers cost by the hour and tokens cost from an API, each figure as one source quoted it at one
 * date (`prices.json`). A price that nobody quoted is not there; it is never worked out from another GPU's. US dollars.
 */
import { z } from 'zod';
import { parseWith } from './parse.ts';

/** How a GPU is rented. */
export const MARKETS = ['on_demand', 'spot'] as const;
export type Market = (typeof MARKETS)[number];

/** What a server with so many GPUs of one kind costs; one GPU, or a node that is rented whole. */
export interface ServerOffer {
  readonly gpus: number;
  /** $ an hour for all of them; null: not quoted. */
  readonly on_demand: number | null;
  readonly spot: number | null;
  readonly date: string;
  readonly source: string;
}

/** What an API asks for tokens. */
export interface ApiPrice {
  readonly id: string;
  readonly name: string;
  /** $ per million tokens of prompts, and of outputs, thinking included. */
  readonly input: number;
  readonly output: number;
  readonly date: string;
  readonly source: string;
}

export interface PriceBook {
  /** By the GPU's short name. */
  readonly gpus: Readonly<Record<string, readonly ServerOffer[]>>;
  readonly apis: readonly ApiPrice[];
}

const price = z.number().positive();
const quoted = { date: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/), source: z.string().min(1) };

const bookSchema = z.strictObject({
  gpus: z.array(
    z.strictObject({
      gpu: z.string().min(1),
      gpus: z.int().positive(),
      on_demand: price.nullable(),
      spot: price.nullable(),
      ...quoted,
    }),
  ),
  apis: z.array(
    z.strictObject({ id: z.string().min(1), name: z.string().min(1), input: price, output: price, ...quoted }),
  ),
});

/** Reads the price book. `where` names the file in messages. */
export function parsePrices(json: unknown, where: string): PriceBook {
  const { gpus, apis } = parseWith(bookSchema, json, where);
  const offers: Record<string, ServerOffer[]> = {};
  for (const { gpu, ...offer } of gpus) {
    offers[gpu] ??= [];
    offers[gpu].push(offer);
  }
  return { gpus: offers, apis };
}

/**
 * $ an hour for a server of `gpus` GPUs: a node of that size where one is offered, else so many single GPUs; null where
 * neither is quoted for this market.
 */
export function serverUsdPerHour(offers: readonly ServerOffer[], gpus: number, market: Market): number | null {
  const priceOf = (size: number) => offers.find((offer) => offer.gpus === size)?.[market] ?? null;
  const whole = priceOf(gpus);
  if (whole !== null) return whole;
  const single = priceOf(1);
  return single === null ? null : single * gpus;
}

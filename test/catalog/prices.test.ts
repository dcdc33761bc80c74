import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePrices, serverUsdPerHour } from '../../src/catalog/prices.ts';
import { repositoryCatalog } from './repository-catalog.ts';

const book = parsePrices(
  JSON.parse(readFileSync(new URL('../../src/catalog/prices.json', import.meta.url), 'utf8')),
  'prices.json',
);

describe('the price book', () => {
  it('prices GPUs of the catalog, each figure with source and date', () => {
    const names = repositoryCatalog().gpuNames();
    for (const [gpu, offers] of Object.entries(book.gpus)) {
      expect(names).toContain(gpu);
      for (const offer of offers) {
        expect(offer.source).not.toBe('');
        expect(offer.date).toMatch(/^\d{4}-\d{2}/);
      }
    }
  });

  it('names no API twice', () => {
    const ids = book.apis.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refuses a price without a source', () => {
    const offer = { gpu: 'h100-sxm', gpus: 1, on_demand: 2, spot: null, date: '2026-04' };
    expect(() => parsePrices({ gpus: [offer], apis: [] }, 'prices.json')).toThrow(/prices\.json: gpus\.0\.source/);
  });
});

describe('the price of a server', () => {
  const offer = (gpus: number, on_demand: number | null, spot: number | null) => ({
    ...{ gpus, on_demand, spot },
    date: '2026-04',
    source: 'made up',
  });
  const offers = [offer(1, 2, null), offer(8, 15, 6)];

  it('is that of a node of its size, else so many single GPUs', () => {
    expect(serverUsdPerHour(offers, 8, 'on_demand')).toBe(15);
    expect(serverUsdPerHour(offers, 4, 'on_demand')).toBe(8);
  });

  it('is not worked out from a node of another size', () => {
    expect(serverUsdPerHour(offers, 4, 'spot')).toBeNull();
    expect(serverUsdPerHour([], 1, 'on_demand')).toBeNull();
  });
});

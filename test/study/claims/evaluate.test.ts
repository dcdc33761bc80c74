import { describe, expect, it } from 'vitest';
import { parsePrices } from '../../../src/catalog/prices.ts';
import type { Summary } from '../../../src/metrics/summary.ts';
import type { CaseResult } from '../../../src/study/claims/case-results.ts';
import { evaluate, type Known } from '../../../src/study/claims/evaluate.ts';
import type { Place, Quantity } from '../../../src/study/claims/quantity.ts';
import { packagedCatalog } from '../../../src/study/package-files.ts';

const LOAD = 'workload.request_rate';

/** A case with one run a load and seed; its field `x` is load × factor, its field `nothing` null. */
function caseOf(name: string, factor: number, seeds = [1]): CaseResult {
  const runs = [1, 2, 4].flatMap((load) =>
    seeds.map((seed) => ({
      seed,
      variant: { [LOAD]: load } as Place,
      summary: { x: load * factor, sim: { met: load < 3, nothing: null, list: [{ y: load }] } } as unknown as Summary,
      failed: null,
    })),
  );
  return { name, refused: null, checks: [], runs };
}

const quoted = { date: '2026-04', source: 'made up' };
const known: Known = {
  cases: [caseOf('a', 10), caseOf('b', 5)],
  catalog: packagedCatalog(),
  priceBook: parsePrices(
    {
      gpus: [{ gpu: 'h100-sxm', gpus: 1, on_demand: 2, spot: 0.5, ...quoted }],
      apis: [{ id: 'api', name: 'API', input: 1, output: 4, ...quoted }],
    },
    'prices.json',
  ),
};

const at = (quantity: Quantity, place: Place = { [LOAD]: 2 }, cases = known.cases) =>
  evaluate(quantity, { seed: 1, place }, { ...known, cases });
const numberOf = (quantity: Quantity, place?: Place) => {
  const outcome = at(quantity, place);
  return outcome.kind === 'number' ? outcome.value : outcome;
};

describe('a quantity', () => {
  it('reads a field of the summary of a case at a place, truth as 1', () => {
    expect(numberOf({ value: 'x', of: 'a' })).toBe(20);
    expect(numberOf({ value: 'x', of: 'b', at: { [LOAD]: 4 } })).toBe(20);
    expect(numberOf({ value: 'sim.met', of: 'a' })).toBe(1);
    expect(numberOf({ value: 'sim.list.0.y', of: 'a' })).toBe(2);
  });

  it('is arithmetic over others', () => {
    const [a, b]: Quantity[] = [
      { value: 'x', of: 'a' },
      { value: 'x', of: 'b' },
    ];
    expect(numberOf({ ratio: [a!, b!] })).toBe(2);
    expect(numberOf({ difference: [a!, b!] })).toBe(10);
    expect(numberOf({ sum: [a!, b!, 1] })).toBe(31);
    expect(numberOf({ product: [a!, 3] })).toBe(60);
    expect(numberOf({ smallest: [a!, b!] })).toBe(10);
    expect(numberOf({ ceil: { ratio: [a!, 3] } })).toBe(7);
  });

  it('finds the first and the last value of a sweep on the wanted side', () => {
    const x: Quantity = { value: 'x', of: 'a' };
    expect(numberOf({ first: { over: LOAD, where: x, above: 10 } }, {})).toBe(2);
    expect(numberOf({ last: { over: LOAD, where: { value: 'sim.met', of: 'a' }, at_least: 1 } }, {})).toBe(2);
    expect(numberOf({ last: { over: LOAD, where: x, below: 40, take: { value: 'x', of: 'b' } } }, {})).toBe(10);
    expect(at({ first: { over: LOAD, where: x, above: 100 } }, {})).toEqual({
      kind: 'missing',
      because: `at no ${LOAD} of 1, 2, 4`,
    });
  });

  it('counts the KV cache of a model, or of a geometry', () => {
    // DeepSeek-R1: 61 layers × (512 + 64) × 2 bytes.
    expect(numberOf({ kv_bytes: { model: 'deepseek-r1', tokens: 1 } })).toBe(61 * 576 * 2);
    expect(numberOf({ kv_bytes: { model: 'r1-distill-llama-70b', tokens: 10, kv_cache_dtype: 'fp8' } })).toBe(
      1_638_400,
    );
    expect(numberOf({ kv_bytes: { layers: 2, kv_heads: 3, head_dim: 4, tokens: 5 } })).toBe(2 * 3 * 8 * 5 * 2);
    expect(numberOf({ kv_bytes: { layers: 1, kv_heads: 1, head_dim: 192, value_head_dim: 128, tokens: 1 } })).toBe(640);
  });

  it('knows prices and data sheets', () => {
    expect(numberOf({ price: { gpu: 'h100-sxm', gpus: 4, market: 'spot' } })).toBe(2);
    expect(numberOf({ api_usd: { api: 'api', input_tokens: 1e6, output_tokens: 2e6 } })).toBe(9);
    expect(numberOf({ bandwidth: 'h100-sxm' })).toBe(3.35e12);
  });

  it('is missing where something was not measured, and impossible where the server does not come up', () => {
    expect(at({ value: 'sim.nothing', of: 'a' })).toMatchObject({ kind: 'missing' });
    const refused: CaseResult = { name: 'a', refused: 'no such flag', checks: [], runs: [] };
    expect(at({ ratio: [1, { value: 'x', of: 'a' }] }, {}, [refused])).toEqual({
      kind: 'impossible',
      because: 'no such flag',
    });
    expect(at({ check: 'accepted', of: 'a' }, {}, [refused])).toEqual({ kind: 'number', value: 0 });
    expect(at({ ratio: [1, 0] })).toMatchObject({ kind: 'missing' });
  });

  it.each<[string, Quantity, Place, RegExp]>([
    ['a field', { value: 'sim.meet', of: 'a' }, { [LOAD]: 2 }, /unknown field of a "meet"\. Did you mean "met"\?/],
    [
      'one of several variants',
      { value: 'x', of: 'a' },
      {},
      /3 variants here; say which with at: workload\.request_rate/,
    ],
    ['a model', { parameters: 'deepseek-r3' }, {}, /Did you mean "deepseek-r1"/],
    ['an API', { api_usd: { api: 'apy', input_tokens: 1, output_tokens: 1 } }, {}, /Did you mean "api"/],
    ['a price that nobody quoted', { price: { gpu: 'l40s', market: 'spot' } }, {}, /no spot price for 1 × l40s/],
    ['a sweep', { first: { over: 'workload.x', where: 1, above: 0 } }, {}, /nothing sweeps workload\.x/],
  ])('is refused where it does not name %s', (_, quantity, place, message) => {
    expect(() => at(quantity, place)).toThrow(message);
  });
});

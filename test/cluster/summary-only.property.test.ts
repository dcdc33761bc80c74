import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runCurves } from '../../src/metrics/curves.ts';
import { Outcomes, outcomesOf } from '../../src/metrics/outcomes.ts';
import { summarize } from '../../src/metrics/summary.ts';
import { contextOf } from '../report/fixture.ts';
import { type Cluster, type KeptRecord, request, run } from './fixtures.ts';

/** Short and very long outputs together, so that requests overtake each other and rows are used again. */
const load = fc
  .array(
    fc.record({
      gapUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60_000 })),
      promptTokens: fc.integer({ min: 1, max: 900 }),
      outputTokens: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 400 })),
      maxTokens: fc.constantFrom(20, 100, 400),
      thinkingTokens: fc.constantFrom(0, 0, 5, 60),
      class: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 80, size: 'max' },
  )
  .map((rows) => {
    let timeUs = 0;
    return rows.map(({ gapUs, promptTokens, outputTokens, thinkingTokens, ...rest }, id) => {
      timeUs += gapUs;
      return request(id, timeUs, promptTokens, outputTokens, {
        ...rest,
        ignoreEos: false,
        thinkingTokens: Math.min(thinkingTokens, outputTokens),
      });
    });
  });

const cluster: fc.Arbitrary<Cluster> = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  router: fc.constantFrom<'round_robin' | 'least_outstanding'>('round_robin', 'least_outstanding'),
  limits: fc.constantFrom<NonNullable<Cluster['limits']>>(
    { requests: null, promptTokens: null },
    { requests: 4, promptTokens: 1500 },
  ),
  engine: fc.record({
    numGpuBlocks: fc.integer({ min: 90, max: 300 }),
    maxModelLen: fc.constantFrom(700, 1400),
    asyncScheduling: fc.boolean(),
  }),
  simulation: fc.record({
    maxConcurrency: fc.option(fc.integer({ min: 1, max: 10 }), { nil: null }),
    longPrompts: fc.constant<'reject'>('reject'),
  }),
});

const bound = (metric: 'ttft' | 'tpot' | 'itl' | 'ttfat', limitMs: number) =>
  ({ metric, statistic: 'p90', limit_us: limitMs * 1000 }) as const;

const options = fc.record({
  slo: fc.constantFrom([], [bound('ttft', 100), bound('tpot', 12)]),
  classes: fc.constantFrom(
    [],
    ['interactive', 'batch', 'rest'].map((name, i) => ({ name, slo: [bound('ttft', 50 * (i + 1)), bound('itl', 20)] })),
  ),
  maxModelLen: fc.constant(700),
});

const text = (record: KeptRecord, outcomes: Outcomes) =>
  JSON.stringify([summarize(record, outcomes, contextOf()), runCurves(record, outcomes)]);

it('a run without rows has the summary and the curves of one with them, to the last digit', async () => {
  await fc.assert(
    fc.asyncProperty(load, cluster, options, async (all, settings, of) => {
      const requests = of.classes.length > 0 ? all : all.map((each) => ({ ...each, class: 0 }));
      const [kept, dropped] = [new Outcomes(of), new Outcomes({ ...of, mostExact: 300 })];
      const withRows = await run(requests, { ...settings, sink: kept });
      const withoutRows = await run(requests, { ...settings, keepRequests: false, sink: dropped });
      expect(withoutRows.requests).toBeNull();
      expect(text(withoutRows, dropped)).toBe(text(withRows, kept));
      // And with rows it is what the table says, once the run is over.
      expect(text(withRows, outcomesOf(withRows.requests, of))).toBe(text(withRows, kept));
    }),
    { numRuns: 100 },
  );
});

it('rows are used again: more requests than rows, and one that outlives thousands', async () => {
  const requests = [
    request(0, 0, 10, 3000),
    ...Array.from({ length: 5000 }, (_, i) => request(i + 1, (i + 1) * 10_000, 10, 1 + (i % 5))),
  ];
  const [kept, dropped] = [new Outcomes(), new Outcomes()];
  const withRows = await run(requests, { sink: kept });
  const withoutRows = await run(requests, { keepRequests: false, sink: dropped });
  expect(text(withoutRows, dropped)).toBe(text(withRows, kept));
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { type AcceptanceLaw, RandomDraftModel } from '../../src/engine/acceptance.ts';
import type { SpeculationOptions } from '../../src/engine/options.ts';
import { engine, request, run, STEP_US } from './fixtures.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const laws: fc.Arbitrary<AcceptanceLaw> = fc.oneof(
  share.map((constant) => ({ constant })),
  fc.array(share, { minLength: 1, maxLength: 6 }).map((rates) => ({ rates: rates.sort((a, b) => b - a) })),
  fc
    .record({ mean: fc.double({ min: 0.05, max: 0.95, noNaN: true }), concentration: fc.constant(8) })
    .map((beta) => ({ beta })),
  fc
    .record({ start: share, stay: share })
    .map(({ start, stay }) => ({ markov: { start, stay, propose: (1 + start) / 2 } })),
);
const speculations: fc.Arbitrary<SpeculationOptions> = fc.record({
  method: fc.constantFrom('ngram', 'eagle', 'mtp', 'draft_model'),
  draftTokens: fc.integer({ min: 1, max: 6 }),
});

describe('speculative decoding', () => {
  it('completes every output to the token, and accounts for every draft, whatever is accepted', async () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 80 })), {
      minLength: 1,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(
        laws,
        speculations,
        lengths,
        fc.boolean(),
        async (law, speculation, requests, asyncScheduling) => {
          const {
            requests: rows,
            totals,
            interTokenUs,
          } = await run(
            requests.map(([prompt, output], i) => request(i, i * 3000, prompt, output)),
            {
              // Few blocks, so that some requests are preempted while drafts are under way.
              engine: { ...engine, speculation, asyncScheduling, numGpuBlocks: 61 },
              drafts: new RandomDraftModel(law, 1, randomStreams(1)),
            },
          );
          expect([...rows.outputTokens]).toEqual(requests.map(([, output]) => output));
          expect(totals.conservation).toMatchObject({
            finished: requests.length,
            waiting: 0,
            running: 0,
            blocksInUse: 0,
          });
          const { drafts, draftTokens, acceptedTokens, acceptedPerPosition } = totals.drafts!;
          expect(acceptedPerPosition).toHaveLength(speculation.draftTokens);
          expect(acceptedPerPosition.reduce((sum, count) => sum + count, 0)).toBe(acceptedTokens);
          expect(acceptedTokens).toBeLessThanOrEqual(draftTokens);
          expect(draftTokens).toBeLessThanOrEqual(drafts * speculation.draftTokens);
          const gaps = interTokenUs.counts.reduce((sum, count) => sum + count, 0);
          const tokens = requests.reduce((sum, [, output]) => sum + output - 1, 0);
          // Tokens that leave together have one gap before them.
          expect(gaps).toBeLessThanOrEqual(tokens);
          expect(gaps).toBeGreaterThanOrEqual(tokens - acceptedTokens);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes a step for every k + 1 tokens where all drafts are accepted, and for every token where none is', async () => {
    const seconds = async (constant: number) => {
      const { requests } = await run([request(0, 0, 10, 41)], {
        engine: { ...engine, speculation: { method: 'eagle', draftTokens: 3 } },
        drafts: new RandomDraftModel({ constant }, 1, randomStreams(1)),
      });
      return (requests.lastTokenUs[0]! - requests.firstTokenUs[0]!) / STEP_US;
    };
    expect(await seconds(1)).toBe(10);
    expect(await seconds(0)).toBe(40);
  });
});

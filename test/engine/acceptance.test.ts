import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../src/core/random.ts';
import { type AcceptanceLaw, RandomDraftModel } from '../../src/engine/acceptance.ts';
import type { EngineRequest } from '../../src/engine/request-state.ts';

const request = (id: number, outputTokens = 0) => ({ id: String(id), outputTokens }) as EngineRequest;
const modelOf = (law: AcceptanceLaw, drift = 1, seed = 1) => new RandomDraftModel(law, drift, randomStreams(seed));

/** Accepted drafts of `steps` verifications for each of `requests` requests. */
function verify(law: AcceptanceLaw, k: number, requests: number, steps: number, drift = 1): number[][] {
  const model = modelOf(law, drift);
  return Array.from({ length: requests }, (_, id) => {
    const one = request(id);
    return Array.from({ length: steps }, () => model.accepted(one, k));
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Half the width of four standard errors of a mean. */
function fourSigma(values: readonly number[]): number {
  const m = mean(values);
  return 4 * Math.sqrt(mean(values.map((value) => (value - m) ** 2)) / values.length);
}

/** Share of verifications that accepted the draft at each position and all before it. */
const byPosition = (accepted: readonly number[], k: number) =>
  Array.from({ length: k }, (_, i) => accepted.filter((count) => count > i).length / accepted.length);

describe('a constant chance', () => {
  it.each([
    [0.5, 3],
    [0.7, 3],
    [0.8, 5],
    [0.9, 1],
  ])('%d with %i drafts yields (1 - a^(k+1)) / (1 - a) tokens a verification', (a, k) => {
    const accepted = verify({ constant: a }, k, 20, 2000).flat();
    const expected = (1 - a ** (k + 1)) / (1 - a);
    expect(Math.abs(1 + mean(accepted) - expected)).toBeLessThan(fourSigma(accepted));
  });

  it('of 1 accepts every draft, of 0 none', () => {
    expect(new Set(verify({ constant: 1 }, 4, 3, 50).flat())).toEqual(new Set([4]));
    expect(new Set(verify({ constant: 0 }, 4, 3, 50).flat())).toEqual(new Set([0]));
  });
});

describe('rates by position', () => {
  const rates = [0.607, 0.362, 0.234, 0.163, 0.119];

  it('are unconditional, so that 1 + their sum is the tokens a verification yields', () => {
    const accepted = verify({ rates }, 5, 20, 3000).flat();
    byPosition(accepted, 5).forEach((share, i) => {
      const sigma = Math.sqrt((rates[i]! * (1 - rates[i]!)) / accepted.length);
      expect(Math.abs(share - rates[i]!)).toBeLessThan(4 * sigma);
    });
    expect(Math.abs(1 + mean(accepted) - (1 + 0.607 + 0.362 + 0.234 + 0.163 + 0.119))).toBeLessThan(
      fourSigma(accepted),
    );
  });

  it("of vLLM's schedule for a mean length accept 1 or 2 drafts of three where the length is 2.3", () => {
    const accepted = verify({ rates: [1, 0.3, 0] }, 3, 20, 2000).flat();
    expect(new Set(accepted)).toEqual(new Set([1, 2]));
    expect(Math.abs(1 + mean(accepted) - 2.3)).toBeLessThan(fourSigma(accepted));
  });
});

describe('a beta law', () => {
  it('gives each request a chance of its own, with the mean and variance of the law', () => {
    const runs = verify({ beta: { mean: 0.63, concentration: 19 } }, 1, 2000, 200);
    const chances = runs.map(mean);
    expect(Math.abs(mean(chances) - 0.63)).toBeLessThan(fourSigma(chances));
    // Between requests m (1 - m) / (c + 1); within one, binomial noise of 200 draws: E[x (1 - x)] / 200.
    const between = (0.63 * 0.37) / 20;
    const noise = (0.63 * 0.37 - between) / 200;
    const variance = mean(chances.map((chance) => (chance - mean(chances)) ** 2));
    expect(Math.abs(variance / (between + noise) - 1)).toBeLessThan(0.15);
  });
});

describe('runs', () => {
  const [start, stay, k] = [0.086, 0.83, 5];
  const law = { markov: { start, stay, propose: 1 } };

  it('accept the first draft with start / (1 - stay^k + start stay^(k-1)), and each further one with stay', () => {
    const accepted = verify(law, k, 100, 4000).flat();
    const first = start / (1 - stay ** k + start * stay ** (k - 1));
    // The published rates of n-grams on chat, from which the parameters were computed: .133 first, .063 last.
    expect(first).toBeCloseTo(0.133, 2);
    expect(first * stay ** (k - 1)).toBeCloseTo(0.063, 2);
    const shares = byPosition(accepted, k);
    for (const [i, share] of shares.entries()) expect(Math.abs(share / (first * stay ** i) - 1)).toBeLessThan(0.06);
  });

  it('last over several steps: a fully accepted step is followed by one that begins with stay', () => {
    const after = { full: [] as number[], broken: [] as number[] };
    for (const steps of verify(law, k, 100, 4000))
      for (let i = 1; i < steps.length; i++)
        (steps[i - 1] === k ? after.full : after.broken).push(steps[i]! > 0 ? 1 : 0);
    expect(Math.abs(mean(after.full) - stay)).toBeLessThan(fourSigma(after.full));
    expect(Math.abs(mean(after.broken) - start)).toBeLessThan(fourSigma(after.broken));
  });

  it('propose only where something matches if the engine asks, and are accepted as often overall', () => {
    const model = modelOf({ markov: { start, stay, propose: 0.146 } });
    const outside: number[] = [];
    const first: number[] = [];
    for (let id = 0; id < 100; id++) {
      const one = request(id);
      let full = false;
      for (let step = 0; step < 4000; step++) {
        const proposed = model.proposed(one, k);
        const accepted = proposed === 0 ? 0 : model.accepted(one, proposed);
        if (full) expect(proposed).toBe(k);
        else {
          outside.push(proposed === 0 ? 0 : 1);
          first.push(accepted > 0 ? 1 : 0);
        }
        full = proposed > 0 && accepted === proposed;
      }
    }
    expect(Math.abs(mean(outside) - 0.146)).toBeLessThan(fourSigma(outside));
    expect(Math.abs(mean(first) - start)).toBeLessThan(fourSigma(first));
  });
});

describe('every law', () => {
  it('is multiplied by the drift once for every 1,000 output tokens', () => {
    const model = modelOf({ constant: 0.8 }, 0.5);
    const late = Array.from({ length: 40_000 }, (_, id) => model.accepted(request(id, 2000), 1));
    expect(Math.abs(mean(late) - 0.8 * 0.25)).toBeLessThan(fourSigma(late));
  });

  it('accepts no fewer drafts of a request than a less generous one, verification by verification', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        (chances) => {
          const [low, high] = chances.sort((a, b) => a - b) as [number, number];
          const [few, many] = [verify({ constant: low }, 4, 3, 40), verify({ constant: high }, 4, 3, 40)];
          const pairs = few.flatMap((steps, r) => steps.map((count, i) => [count, many[r]![i]!]));
          for (const [less, more] of pairs) expect(more).toBeGreaterThanOrEqual(less!);
        },
      ),
    );
  });

  it("draws from the request's own stream, whoever else is verified in between", () => {
    const alone = modelOf({ constant: 0.6 });
    const crowded = modelOf({ constant: 0.6 });
    const [seven, sevenAgain] = [request(7), request(7)];
    for (let step = 0; step < 50; step++) {
      crowded.accepted(request(step + 100), 3);
      expect(crowded.accepted(sevenAgain, 3)).toBe(alone.accepted(seven, 3));
    }
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget, ClassifierBudget, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { bundled, collect, fitsChance, syntheticWorkload } from './support.ts';

const DRAWS = 20_000;
const NONE: Budget = { hint: null, classifier: null, thinking_tokens: null, max_tokens: null };

/** 1,000 tokens an output on average, 70 % of them thinking. */
const thinkers = {
  lengths: { input: { constant: 100 }, output: { lognormal: { mu: 6.5, sigma: 0.9 } } },
  thinking_share: { constant: 0.7 },
};

function draw(budget: Partial<Budget> | null, settings: Partial<Workload> = {}, num_requests = DRAWS) {
  const given = budget === null ? null : { ...NONE, ...budget };
  const workload = syntheticWorkload(thinkers, { num_requests, budget: given, ...settings });
  return collect(syntheticSource(workload, randomStreams(1)));
}

const natural = await draw(null);
const answerTokens = (request: Request) => request.outputTokens - request.thinkingTokens;
const share = (requests: readonly Request[], holds: (request: Request, i: number) => boolean) =>
  requests.filter(holds).length / requests.length;

/** Standard normal distribution function (Abramowitz and Stegun 7.1.26, error below 2e-7). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = (poly * Math.exp((-x * x) / 2)) / 2;
  return x > 0 ? 1 - half : half;
}

describe('every budget', () => {
  const limits = {
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    thinking_tokens: fc.option(fc.nat(2000), { nil: null }),
    max_tokens: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: null }),
  };
  const anyClassifier: fc.Arbitrary<ClassifierBudget> = fc
    .tuple(fc.nat(1e6), fc.double({ min: 0, max: 1, noNaN: true }), fc.record(limits), fc.record(limits))
    .map(([delay_us, wrong, short, long]) => ({
      delay_us,
      by: 'thinking' as const,
      groups: [
        { below: 500, ...short },
        { below: null, ...long },
      ],
      confusion: [
        [1 - wrong, wrong],
        [wrong, 1 - wrong],
      ],
    }));
  const anyBudget: fc.Arbitrary<Budget> = fc.record({
    hint: fc.option(fc.record({ cut: limits.cut, ignored_by: limits.cut }), { nil: null }),
    classifier: fc.option(anyClassifier, { nil: null }),
    thinking_tokens: limits.thinking_tokens,
    max_tokens: limits.max_tokens,
  });

  test('leaves arrivals, prompts and answers as they are, and never lengthens thinking', async () => {
    await fc.assert(
      fc.asyncProperty(anyBudget, async (budget) => {
        for (const [i, request] of (await draw(budget, {}, 300)).entries()) {
          const before = natural[i]!;
          expect(request.arrivalUs).toBe(before.arrivalUs);
          expect(request.prompt).toEqual(before.prompt);
          expect(answerTokens(request)).toBe(answerTokens(before));
          expect(request.thinkingTokens).toBeLessThanOrEqual(before.thinkingTokens);
          expect(request.thinkingTokens).toBeGreaterThan(0);
          expect(request.preprocessUs).toBe(budget.classifier?.delay_us ?? 0);
          if (budget.thinking_tokens !== null)
            expect(request.thinkingTokens).toBeLessThanOrEqual(budget.thinking_tokens + 1);
          if (budget.max_tokens !== null) expect(request.maxTokens).toBeLessThanOrEqual(budget.max_tokens);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a budget of thinking tokens', () => {
  test('forces the end of thinking after so many, one token more; the answer follows', async () => {
    for (const [i, request] of (await draw({ thinking_tokens: 400 })).entries()) {
      expect(request.thinkingTokens).toBe(Math.min(natural[i]!.thinkingTokens, 401));
      expect(request.maxTokens).toBe(null);
    }
  });

  test('of 0 leaves the token that ends it', async () => {
    expect(new Set((await draw({ thinking_tokens: 0 })).map(({ thinkingTokens }) => thinkingTokens))).toEqual(
      new Set([1]),
    );
  });
});

describe('max_tokens', () => {
  test('cuts the share of answers that the law of lengths says, and loses the answer where thinking fills it', async () => {
    const most = 800;
    const requests = await draw({ max_tokens: most });
    const above = (tokens: number) => 1 - normalCdf((Math.log(tokens) - 6.5) / 0.9);
    // Lengths are rounded, so an output is cut from 800.5 on; thinking fills it from 799.5 / 0.7 on.
    const cut = share(requests, ({ outputTokens, maxTokens }) => outputTokens > maxTokens!);
    expect(fitsChance(cut, above(most + 0.5), DRAWS)).toBe(true);
    const lost = share(requests, ({ thinkingTokens, maxTokens }) => thinkingTokens >= maxTokens!);
    expect(fitsChance(lost, above((most - 0.5) / 0.7), DRAWS)).toBe(true);
  });

  test('is the smallest of those that hold for a request', async () => {
    expect((await draw({ max_tokens: 900 }, { max_tokens: 700 }, 1))[0]!.maxTokens).toBe(700);
    expect((await draw({ max_tokens: 500 }, { max_tokens: 700 }, 1))[0]!.maxTokens).toBe(500);
    const [first] = await draw({ max_tokens: 5 }, { ignore_eos: true }, 1);
    expect(first).toMatchObject({ maxTokens: 5, ignoreEos: true, outputTokens: natural[0]!.outputTokens });
  });
});

describe('a hint in the prompt', () => {
  test('shortens the thinking of those that follow it by its cut, and of nobody else', async () => {
    const requests = await draw({ hint: { cut: 0.4, ignored_by: 0.3 } });
    const isWhole = (request: Request, i: number) => request.thinkingTokens === natural[i]!.thinkingTokens;
    for (const [i, request] of requests.entries()) {
      const full = natural[i]!.thinkingTokens;
      expect([full, Math.max(1, Math.round(0.6 * full))]).toContain(request.thinkingTokens);
    }
    // Chains of a token or two stay as they are when cut.
    expect(fitsChance(share(requests, isWhole), 0.3, DRAWS)).toBe(true);
  });

  test('is followed by the same requests whatever its cut, and by fewer of them the more ignore it', async () => {
    const followers = async (cut: number, ignored_by: number) =>
      (await draw({ hint: { cut, ignored_by } }, {}, 2000)).flatMap(({ id, thinkingTokens }) =>
        thinkingTokens < natural[id]!.thinkingTokens ? [id] : [],
      );
    const some = new Set(await followers(0.5, 0.5));
    expect(new Set(await followers(0.9, 0.5))).toEqual(some);
    expect((await followers(0.5, 0.8)).every((id) => some.has(id))).toBe(true);
  });
});

describe('a classifier', () => {
  const bounds = [300, 800, null];
  const classifier = (confusion: number[][]): ClassifierBudget => ({
    delay_us: 8000,
    by: 'thinking',
    // Each group has a max_tokens of its own, which shows what a request was taken for.
    groups: bounds.map((below, i) => ({ below, cut: 0, thinking_tokens: null, max_tokens: 1e6 + i })),
    confusion,
  });
  const exact = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const ownGroup = (tokens: number) => bounds.findIndex((below) => below === null || tokens < below);

  test('that makes no mistakes puts each request into the group of its own thinking', async () => {
    for (const request of await draw({ classifier: classifier(exact) }, {}, 2000))
      expect(request.maxTokens! - 1e6).toBe(ownGroup(request.thinkingTokens));
  });

  test('takes requests of one group for another with the chances of its row', async () => {
    const confusion = [
      [0.8, 0.15, 0.05],
      [0.3, 0.6, 0.1],
      [0, 0.25, 0.75],
    ];
    const requests = await draw({ classifier: classifier(confusion) });
    for (const [own, row] of confusion.entries()) {
      const group = requests.filter(({ thinkingTokens }) => ownGroup(thinkingTokens) === own);
      expect(group.length).toBeGreaterThan(DRAWS / 10);
      for (const [taken, chance] of row.entries()) {
        const seen = share(group, ({ maxTokens }) => maxTokens! - 1e6 === taken);
        expect(fitsChance(seen, chance, group.length), `${own} taken for ${taken}: ${seen}`).toBe(true);
      }
    }
  });

  test('mistakes, with a lower error rate, some of the same requests', async () => {
    const mistaken = async (wrong: number) => {
      const even = exact.map((row) => row.map((own) => (own === 1 ? 1 - wrong : wrong / 2)));
      return (await draw({ classifier: classifier(even) }, {}, 2000)).flatMap(({ id, maxTokens, thinkingTokens }) =>
        maxTokens! - 1e6 === ownGroup(thinkingTokens) ? [] : [id],
      );
    };
    const many = new Set(await mistaken(0.4));
    expect((await mistaken(0.1)).every((id) => many.has(id))).toBe(true);
  });

  test('and a hint cut thinking together, under one cap', async () => {
    const halves = {
      ...classifier(exact),
      groups: [{ below: null, cut: 0.5, thinking_tokens: 200, max_tokens: null }],
    };
    const budget = {
      hint: { cut: 0.5, ignored_by: 0 },
      classifier: { ...halves, confusion: [[1]] },
      thinking_tokens: 300,
    };
    for (const [i, { thinkingTokens }] of (await draw(budget, {}, 500)).entries())
      expect(thinkingTokens).toBe(Math.min(201, Math.max(1, Math.round(natural[i]!.thinkingTokens / 4))));
  });
});

describe('runaway chains', () => {
  const runaway = { share: 0.05, tokens: 100_000 };
  const runsAway = ({ thinkingTokens }: Request) => thinkingTokens >= 100_000;

  test('are that share of the requests, think that long, and would answer then', async () => {
    const requests = await draw(null, { runaway });
    expect(fitsChance(share(requests, runsAway), 0.05, DRAWS)).toBe(true);
    for (const [i, request] of requests.entries()) {
      expect(request.thinkingTokens).toBe(runsAway(request) ? 100_000 : natural[i]!.thinkingTokens);
      expect(answerTokens(request)).toBe(answerTokens(natural[i]!));
    }
  });

  test('follow no hint and no advice of a classifier, but a budget of thinking tokens stops them', async () => {
    const chains = (await draw(null, { runaway }, 2000)).filter(runsAway).map(({ id }) => id);
    expect(chains.length).toBeGreaterThan(50);
    const hinted = await draw({ hint: { cut: 0.9, ignored_by: 0 } }, { runaway }, 2000);
    expect(hinted.filter(runsAway).map(({ id }) => id)).toEqual(chains);
    const capped = await draw({ thinking_tokens: 4000 }, { runaway }, 2000);
    expect(chains.every((id) => capped[id]!.thinkingTokens === 4001)).toBe(true);
  });

  test('a classifier sees the thinking that a request would do if it ended', async () => {
    const groups = [
      { below: 20_000, cut: 0, thinking_tokens: 1000, max_tokens: null },
      { below: null, cut: 0, thinking_tokens: null, max_tokens: null },
    ];
    const classifier = {
      delay_us: 0,
      by: 'thinking' as const,
      groups,
      confusion: [
        [1, 0],
        [0, 1],
      ],
    };
    expect((await draw({ classifier }, { runaway }, 2000)).some(runsAway)).toBe(false);
  });

  test('are the same requests under every budget, and of the bundled workload too', async () => {
    const workload = (budget: Budget | null) =>
      syntheticWorkload(bundled('reasoning-r1'), { num_requests: 3000, runaway, budget });
    const lengths = async (budget: Budget | null) =>
      (await collect(syntheticSource(workload(budget), randomStreams(3)))).map(answerTokens);
    expect(await lengths({ ...NONE, thinking_tokens: 500 })).toEqual(await lengths(null));
  });
});

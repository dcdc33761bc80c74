import { describe, expect, test } from 'vitest';
import type { Budget, ClassOverrides, RequestClass, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { collect, fitsChance, gaps, mean, requestClass, syntheticWorkload, variation } from './support.ts';

const DRAWS = 20_000;
const laws = {
  lengths: { input: { lognormal: { mu: 5, sigma: 1 } }, output: { lognormal: { mu: 6, sigma: 0.5 } } },
  thinking_share: { constant: 0.5 },
};
const halfThinking: Budget = {
  hint: { cut: 0.5, ignored_by: 0 },
  classifier: null,
  thinking_tokens: null,
  max_tokens: null,
};

function draw(classes: RequestClass[], settings: Partial<Workload> = {}, spec = {}): Promise<Request[]> {
  const workload = syntheticWorkload({ ...laws, ...spec }, { num_requests: DRAWS, classes, ...settings });
  return collect(syntheticSource(workload, randomStreams(1)));
}

const shared = (overrides: ClassOverrides = {}) => [
  requestClass('interactive', { share: 3 }),
  requestClass('batch', { share: 1, priority: 5, overrides }),
];
const of = (requests: readonly Request[], index: number) => requests.filter((request) => request.class === index);

describe('classes that share one arrival process', () => {
  test('have their shares of the requests, relative to the sum, and their priorities', async () => {
    const requests = await draw(shared());
    expect(fitsChance(of(requests, 1).length / DRAWS, 0.25, DRAWS)).toBe(true);
    expect(new Set(requests.map(({ class: index, priority }) => `${index}: ${priority}`))).toEqual(
      new Set(['0: 0', '1: 5']),
    );
  });

  test('arrive together when a workload without classes would', async () => {
    const times = (requests: Request[]) => requests.map(({ arrivalUs }) => arrivalUs);
    expect(times(await draw(shared()))).toEqual(times(await draw([])));
  });

  test("follow their own laws where they have them, the workload's elsewhere", async () => {
    const overrides = {
      lengths: { input: { constant: 7 }, output: { constant: 40 } },
      thinking_share: null,
      max_tokens: 30,
    };
    const requests = await draw(shared(overrides), { max_tokens: 9000 });
    for (const { promptTokens, outputTokens, thinkingTokens, maxTokens } of of(requests, 1))
      expect([promptTokens, outputTokens, thinkingTokens, maxTokens]).toEqual([7, 40, 0, 30]);
    const others = of(requests, 0);
    expect(new Set(others.map(({ maxTokens }) => maxTokens))).toEqual(new Set([9000]));
    // Lognormal means: exp(mu + sigma² / 2), here with standard errors of 1 %.
    expect(mean(others.map(({ promptTokens }) => promptTokens)) / Math.exp(5.5)).toBeCloseTo(1, 1);
    expect(mean(others.map(({ outputTokens }) => outputTokens)) / Math.exp(6.125)).toBeCloseTo(1, 1);
  });

  test('keep their shares when one of them has second turns', async () => {
    const follow_up = { probability: 0.8, gap_s: { mu: 1, sigma: 1 }, strip_thinking: false };
    const requests = await draw(shared({ follow_up }), { request_rate: 10 });
    // A second turn goes with a first one, so the count varies by more than that of independent requests.
    expect(fitsChance(of(requests, 1).length / DRAWS, 0.25, DRAWS / 2)).toBe(true);
    expect((DRAWS / requests.at(-1)!.arrivalUs) * 1e6).toBeCloseTo(10, 0);
    expect(of(requests, 0).every(({ prompt }) => prompt.length === 1)).toBe(true);
    for (const { class: index, session, prompt } of requests.filter(({ prompt }) => prompt.length === 3)) {
      const turns = requests.filter((request) => request.session === session);
      expect(turns.map((turn) => turn.class)).toEqual([index, index]);
      expect(turns[0]!.prompt[0]).toEqual(prompt[0]);
      break;
    }
  });

  test("share the workload's prefix, and a prefix of their own with no other class", async () => {
    const prefix = { shared_prefix: { share: 1, tokens: 4 } };
    const firsts = async (classes: RequestClass[]) => {
      const requests = await draw(
        classes,
        { num_requests: 200 },
        { ...prefix, lengths: { input: { constant: 9 }, output: { constant: 9 } } },
      );
      return [0, 1].map((index) => [...new Set(of(requests, index).map(({ prompt }) => prompt[0]!.segment))]);
    };
    const [both, same] = await firsts(shared());
    expect(both).toEqual(same);
    expect(both).toHaveLength(1);
    const [workloads, own] = await firsts(shared(prefix));
    expect(own).toHaveLength(1);
    expect(own).not.toEqual(workloads);
  });
});

describe('classes with arrivals of their own', () => {
  const own = (rate = 2) => [
    requestClass('steady', { request_rate: 6 }),
    requestClass('bursty', { request_rate: rate, overrides: { arrivals: { process: 'gamma', burstiness: 0.25 } } }),
  ];

  test('have their rates and laws, merged in order of time', async () => {
    const requests = await draw(own());
    const seconds = requests.at(-1)!.arrivalUs / 1e6;
    expect(requests.every(({ id }, i) => id === i)).toBe(true);
    expect(gaps(requests.map(({ arrivalUs }) => arrivalUs)).every((gap) => gap >= 0)).toBe(true);
    const variationOf = (index: number) => variation(gaps(of(requests, index).map(({ arrivalUs }) => arrivalUs)));
    // Counts of a renewal process vary as (coefficient of variation)² × mean: 1 × 15,000 and 4 × 5,000.
    expect(Math.abs(of(requests, 0).length / seconds / 6 - 1)).toBeLessThan(4 * Math.sqrt(1 / 15_000));
    expect(Math.abs(of(requests, 1).length / seconds / 2 - 1)).toBeLessThan(4 * Math.sqrt(4 / 5000));
    expect(variationOf(0)).toBeCloseTo(1, 1);
    expect(variationOf(1)).toBeCloseTo(2, 0);
  });

  test('keep arrivals and lengths when another class gets another rate', async () => {
    const steady = async (rate: number) =>
      of(await draw(own(rate)), 0)
        .slice(0, 5000)
        .map(({ arrivalUs, promptTokens }) => [arrivalUs, promptTokens]);
    expect(await steady(4)).toEqual(await steady(2));
  });
});

describe('another policy of one class', () => {
  const outline = (requests: Request[]) =>
    requests.map(({ arrivalUs, promptTokens, outputTokens, thinkingTokens, class: index }) => [
      index,
      arrivalUs,
      promptTokens,
      outputTokens,
      thinkingTokens,
    ]);

  test('changes nothing of the others', async () => {
    const plain = outline(of(await draw(shared()), 0));
    const policies: ClassOverrides[] = [
      { budget: halfThinking },
      { runaway: { share: 0.5, tokens: 50_000 } },
      { max_tokens: 5 },
      { thinking_share: null },
      { lengths: { input: { constant: 3 }, output: { constant: 3 } } },
      { shared_prefix: { share: 1, tokens: 10 } },
    ];
    for (const policy of policies) expect(outline(of(await draw(shared(policy)), 0))).toEqual(plain);
  });

  test('changes of its own requests what it is about, no arrival and no prompt', async () => {
    const before = of(await draw(shared()), 1);
    const after = of(await draw(shared({ budget: halfThinking })), 1);
    expect(after.map(({ arrivalUs, promptTokens }) => [arrivalUs, promptTokens])).toEqual(
      before.map(({ arrivalUs, promptTokens }) => [arrivalUs, promptTokens]),
    );
    expect(after.map(({ thinkingTokens }) => thinkingTokens)).toEqual(
      before.map(({ thinkingTokens }) => Math.max(1, Math.round(thinkingTokens / 2))),
    );
  });

  test('of the workload holds for every class that has none', async () => {
    const requests = await draw(shared({ budget: null }), { budget: { ...halfThinking, max_tokens: 77 } });
    expect(new Set(of(requests, 0).map(({ maxTokens }) => maxTokens))).toEqual(new Set([77]));
    expect(new Set(of(requests, 1).map(({ maxTokens }) => maxTokens))).toEqual(new Set([null]));
  });
});

test('a classifier by class gives each class its limits, and by mistake those of another', async () => {
  const groups = [10, 20].map((max_tokens) => ({ below: null, cut: 0, thinking_tokens: null, max_tokens }));
  const confusion = [
    [0.9, 0.1],
    [0, 1],
  ];
  const classifier = { delay_us: 5000, by: 'class' as const, groups, confusion };
  const requests = await draw(shared(), { budget: { ...halfThinking, hint: null, classifier } });
  const [interactive, batch] = [of(requests, 0), of(requests, 1)];
  expect(new Set(batch.map(({ maxTokens }) => maxTokens))).toEqual(new Set([20]));
  const mistaken = interactive.filter(({ maxTokens }) => maxTokens === 20).length / interactive.length;
  expect(fitsChance(mistaken, 0.1, interactive.length)).toBe(true);
  expect(requests.every(({ preprocessUs }) => preprocessUs === 5000)).toBe(true);
});

describe('sessions', () => {
  const follow_up = { probability: 0.3, gap_s: { mu: 1, sigma: 1 }, strip_thinking: true };

  test('number the conversations of a workload that has second turns', async () => {
    const requests = await draw([], { num_requests: 3000 }, { follow_up });
    const turns = new Map<number | null, number>();
    for (const { session } of requests) turns.set(session, (turns.get(session) ?? 0) + 1);
    expect(turns.has(null)).toBe(false);
    expect(new Set(turns.values())).toEqual(new Set([1, 2]));
    expect([...turns.values()].filter((count) => count === 2).length).toBe(
      requests.filter(({ prompt }) => prompt.length > 1).length,
    );
  });

  test('are none of a workload without second turns', async () => {
    expect((await draw([], { num_requests: 5 })).every(({ session }) => session === null)).toBe(true);
  });
});

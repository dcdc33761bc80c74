import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LengthLaw, SyntheticSpec, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { bundled, collect, syntheticWorkload } from './support.ts';

function draw(spec: Partial<SyntheticSpec>, settings: Partial<Workload> = {}, seed = 1): Promise<Request[]> {
  return collect(syntheticSource(syntheticWorkload(spec, settings), randomStreams(seed)));
}

const lognormal: LengthLaw = { lognormal: { mu: 5, sigma: 1 } };
const chatty = { probability: 0.4, gap_s: { mu: 1, sigma: 1 }, strip_thinking: false };

const shares: SyntheticSpec['thinking_share'][] = [null, { constant: 0.7 }, bundled('reasoning-r1').thinking_share];

const anySpec: fc.Arbitrary<Partial<SyntheticSpec>> = fc.record({
  arrivals: fc.constantFrom(...['chat-azure', 'code-azure', 'reasoning-r1'].map((name) => bundled(name).arrivals)),
  lengths: fc.constant({ input: lognormal, output: lognormal }),
  thinking_share: fc.constantFrom(...shares),
  shared_prefix: fc.constantFrom(null, { share: 0.5, tokens: 64 }),
  follow_up: fc.option(
    fc.record({
      probability: fc.double({ min: 0, max: 1, noNaN: true }),
      gap_s: fc.constant({ mu: 1, sigma: 2 }),
      strip_thinking: fc.boolean(),
    }),
    { nil: null },
  ),
});

describe('every synthetic workload', () => {
  test('numbers its requests in order of arrival, with whole counts that add up', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, fc.nat(), fc.boolean(), async (spec, seed, ignore_eos) => {
        const requests = await draw(spec, { num_requests: 300, ignore_eos }, seed);
        expect(requests.length).toBe(300);
        let lastUs = 0;
        for (const [i, request] of requests.entries()) {
          expect(request.id).toBe(i);
          expect(request.arrivalUs).toBeGreaterThanOrEqual(lastUs);
          lastUs = request.arrivalUs;
          expect(request.promptTokens).toBe(request.prompt.reduce((sum, { tokens }) => sum + tokens, 0));
          expect(request.prompt.every(({ tokens, segment }) => tokens >= 1 && segment >= 1)).toBe(true);
          expect(request.prompt.every(({ segment }, k) => segment !== request.prompt[k - 1]?.segment)).toBe(true);
          expect(request.thinkingTokens).toBeLessThan(request.outputTokens);
          expect(request.maxTokens).toBe(ignore_eos ? request.outputTokens : null);
          expect(request.ignoreEos).toBe(ignore_eos);
        }
        expect(new Set(requests.map(({ outputSegment }) => outputSegment)).size).toBe(300);
      }),
      { numRuns: 30 },
    );
  });

  test('comes out the same for the same seed, read again or opened again, and differs for another', async () => {
    const workload = syntheticWorkload(bundled('reasoning-r1'));
    const source = syntheticSource(workload, randomStreams(1));
    const first = await collect(source);
    expect(await collect(source)).toEqual(first);
    expect(await collect(syntheticSource(workload, randomStreams(1)))).toEqual(first);
    expect(await collect(syntheticSource(workload, randomStreams(2)))).not.toEqual(first);
  });

  test('is made as it is asked for: one batch of an endless workload comes at once', async () => {
    const source = syntheticSource(syntheticWorkload({}, { num_requests: null, duration_s: 1e9 }), randomStreams(1));
    for await (const batch of source) {
      expect(batch.length).toBe(256);
      break;
    }
  });
});

describe('a workload ends', () => {
  test('after num_requests, second turns counted', async () => {
    expect((await draw({ follow_up: chatty }, { num_requests: 1001 })).length).toBe(1001);
  });

  test('before duration', async () => {
    const requests = await draw({}, { num_requests: null, duration_s: 100 });
    const longer = await draw({}, { num_requests: null, duration_s: 101 });
    expect(requests.every(({ arrivalUs }) => arrivalUs < 100e6)).toBe(true);
    expect(longer.filter(({ arrivalUs }) => arrivalUs < 100e6)).toEqual(requests);
  });

  test('whichever comes first', async () => {
    expect((await draw({}, { num_requests: 5, duration_s: 1000 })).length).toBe(5);
    expect((await draw({}, { num_requests: 1e6, duration_s: 10 })).length).toBeLessThan(100);
  });

  test('or is refused, if nothing would end it', () => {
    const open = (settings: Partial<Workload>) => () =>
      syntheticSource(syntheticWorkload({}, settings), randomStreams(1));
    expect(open({ num_requests: null })).toThrow(/has no end: give num_requests or duration/);
    expect(open({ num_requests: null, duration_s: 60, request_rate: 'inf' })).toThrow(
      /give num_requests \(with request_rate: inf/,
    );
  });
});

describe('streams are independent', () => {
  const all = { thinking_share: { constant: 0.5 }, shared_prefix: { share: 0.5, tokens: 16 } };

  test('another law of lengths changes no arrival', async () => {
    const arrivals = async (input: LengthLaw) =>
      (await draw({ ...all, lengths: { input, output: lognormal } })).map(({ arrivalUs }) => arrivalUs);
    expect(await arrivals(lognormal)).toEqual(await arrivals({ constant: 9 }));
  });

  test('another arrival law or rate changes no length', async () => {
    const lengths = async (spec: Partial<SyntheticSpec>, settings: Partial<Workload>) =>
      (await draw({ ...all, lengths: { input: lognormal, output: lognormal }, ...spec }, settings)).map(
        ({ promptTokens, outputTokens, thinkingTokens, prompt }) => [
          promptTokens,
          outputTokens,
          thinkingTokens,
          prompt,
        ],
      );
    const plain = await lengths({}, {});
    expect(await lengths({ arrivals: bundled('code-azure').arrivals }, {})).toEqual(plain);
    expect(await lengths({}, { request_rate: 77 })).toEqual(plain);
    expect(await lengths({}, { request_rate: 'inf' })).toEqual(plain);
  });

  test('thinking and a shared prefix change no length, and no arrival', async () => {
    const outline = (requests: Request[]) => requests.map((r) => [r.arrivalUs, r.promptTokens, r.outputTokens]);
    expect(outline(await draw(all))).toEqual(outline(await draw({})));
  });

  test('second turns change neither the lengths of first turns nor their order', async () => {
    const first = async (follow_up: SyntheticSpec['follow_up']) =>
      (await draw({ lengths: { input: lognormal, output: lognormal }, follow_up }))
        .filter(({ prompt }) => prompt.length === 1)
        .slice(0, 400)
        .map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]);
    expect(await first(chatty)).toEqual(await first(null));
  });
});

describe('a shared prefix', () => {
  test('stands at the start of that share of the prompts, and is part of their length', async () => {
    const requests = await draw({ shared_prefix: { share: 0.25, tokens: 64 } }, { num_requests: 20_000 });
    const sharing = requests.filter(({ prompt }) => prompt[0]!.segment === 1);
    expect(sharing.length / requests.length).toBeCloseTo(0.25, 2);
    expect(sharing[0]!.prompt[0]).toEqual({ segment: 1, tokens: 64 });
    expect(requests.every(({ promptTokens }) => promptTokens === 100)).toBe(true);
  });

  test('leaves every prompt at least one token of its own', async () => {
    const lengths = { input: { uniform: { min: 1, max: 3 } }, output: { constant: 1 } };
    for (const { prompt, promptTokens } of await draw({ lengths, shared_prefix: { share: 1, tokens: 64 } })) {
      expect(prompt.at(-1)!.tokens).toBe(1);
      expect(prompt.length).toBe(promptTokens === 1 ? 1 : 2);
    }
  });
});

describe('a second turn', () => {
  const always = { probability: 1, gap_s: { mu: Math.log(3), sigma: 0 } };
  const thinking_share = { constant: 0.6 };
  const byFirst = (requests: Request[]) => {
    const first = requests.find(({ prompt }) => prompt.length === 1)!;
    return {
      first,
      second: requests.find(({ prompt }) => prompt.length > 1 && prompt[0]!.segment === first.prompt[0]!.segment)!,
    };
  };

  test('holds the first prompt, the reply as it was written, and new text of a length from the input law', async () => {
    const { first, second } = byFirst(await draw({ follow_up: { ...always, strip_thinking: false }, thinking_share }));
    expect(second.prompt.slice(0, 2)).toEqual([first.prompt[0], { segment: first.outputSegment, tokens: 10 }]);
    expect(second.prompt[2]!.tokens).toBe(100);
    expect(second.arrivalUs - first.arrivalUs).toBe(3e6);
  });

  test('with the thinking stripped holds the answer alone, as text that no cached block can match', async () => {
    const requests = await draw({ follow_up: { ...always, strip_thinking: true }, thinking_share });
    const { first, second } = byFirst(requests);
    expect(second.prompt.map(({ tokens }) => tokens)).toEqual([100, 4, 100]);
    const outputs = new Set(requests.map(({ outputSegment }) => outputSegment));
    expect(second.prompt[0]).toEqual(first.prompt[0]);
    expect(outputs.has(second.prompt[1]!.segment)).toBe(false);
  });

  test('of a model that does not think keeps the reply, stripped or not', async () => {
    const { first, second } = byFirst(await draw({ follow_up: { ...always, strip_thinking: true } }));
    expect(second.prompt[1]).toEqual({ segment: first.outputSegment, tokens: 10 });
  });

  test('has no answer to repeat where max_tokens cut the thinking off', async () => {
    const spec = { follow_up: { ...always, strip_thinking: true }, thinking_share };
    const cut = byFirst(await draw(spec, { max_tokens: 6 })).second;
    expect(cut.prompt.map(({ tokens }) => tokens)).toEqual([100, 100]);
    const part = byFirst(await draw(spec, { max_tokens: 8 })).second;
    expect(part.prompt.map(({ tokens }) => tokens)).toEqual([100, 2, 100]);
  });

  test('counts in the request rate', async () => {
    const requests = await draw({ follow_up: chatty }, { request_rate: 4, num_requests: 40_000 });
    expect((requests.length / requests.at(-1)!.arrivalUs) * 1e6).toBeCloseTo(4, 0.5);
  });

  test('is never itself followed up', async () => {
    const requests = await draw({ follow_up: { ...always, strip_thinking: false } }, { num_requests: 1000 });
    expect(Math.max(...requests.map(({ prompt }) => prompt.length))).toBe(3);
  });
});

describe('what ends an output', () => {
  test('an end token, or max_tokens', async () => {
    expect((await draw({}, { max_tokens: 4 }))[0]).toMatchObject({ maxTokens: 4, ignoreEos: false, outputTokens: 10 });
  });

  test('its length alone with ignore_eos, unless max_tokens is smaller', async () => {
    expect((await draw({}, { ignore_eos: true }))[0]).toMatchObject({ maxTokens: 10, ignoreEos: true });
    expect((await draw({}, { ignore_eos: true, max_tokens: 4 }))[0]).toMatchObject({ maxTokens: 4, ignoreEos: true });
    expect((await draw({}, { ignore_eos: true, max_tokens: 40 }))[0]).toMatchObject({ maxTokens: 10, ignoreEos: true });
  });
});

import { describe, expect, test } from 'vitest';
import type { SessionLaw, SyntheticSpec, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import type { Request } from '../../src/workload/request.ts';
import { meanSessionLength, sessionLengthSampler } from '../../src/workload/session-length.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { play } from './play.ts';
import { mean, requestClass, syntheticWorkload } from './support.ts';

const sessions: SessionLaw = {
  requests: { constant: 4 },
  gap_s: { mu: Math.log(5), sigma: 0 },
  new_tokens: { constant: 20 },
  includes_reply: false,
  strip_thinking: false,
  compaction: null,
};

function draw(spec: Partial<SyntheticSpec>, settings: Partial<Workload> = {}, replyUs = 0): Promise<Request[]> {
  return play(syntheticSource(syntheticWorkload({ sessions, ...spec }, settings), randomStreams(1)), replyUs);
}

const ofSession = (requests: Request[], session: number) => requests.filter((request) => request.session === session);

describe('a session', () => {
  test('has as many requests as it should, each holding the prompt and the reply before it and new text', async () => {
    const [first, second, third, fourth, none] = ofSession(await draw({}, { num_requests: 400 }), 3);
    expect(none).toBeUndefined();
    expect(second!.prompt).toEqual([
      ...first!.prompt,
      { segment: first!.outputSegment, tokens: 10 },
      { segment: expect.any(Number), tokens: 20 },
    ]);
    expect([first, second, third, fourth].map((request) => request!.promptTokens)).toEqual([100, 130, 160, 190]);
    expect(third!.prompt.slice(0, 3)).toEqual(second!.prompt);
  });

  test('goes on some time after the end of each reply', async () => {
    const [first, second] = ofSession(await draw({}, {}, 7e6), 0);
    expect(second!.arrivalUs - first!.arrivalUs).toBe(12e6);
  });

  test('draws the same, however long replies take', async () => {
    const laws: SessionLaw = {
      ...sessions,
      requests: { weibull: { shape: 1, scale: 6 } },
      gap_s: { mixture: [{ weight: 1, mu: 1, sigma: 2 }] },
      new_tokens: { lognormal: { mu: 4, sigma: 1 } },
    };
    const outline = async (replyUs: number) => {
      const requests = await draw(
        { sessions: laws },
        { num_requests: null, duration_s: 1e9, request_rate: 1e-7 },
        replyUs,
      );
      return requests
        .map(({ session, promptTokens, outputTokens }) => `${session}: ${promptTokens} ${outputTokens}`)
        .sort();
    };
    expect(await outline(60e6)).toEqual(await outline(0));
  });

  test('whose growth includes the reply keeps no more of it than that', async () => {
    const [first, second] = ofSession(await draw({ sessions: { ...sessions, includes_reply: true } }), 0);
    expect(second!.prompt.map(({ tokens }) => tokens)).toEqual([100, 10, 10]);
    expect(second!.promptTokens - first!.promptTokens).toBe(20);
    const short = { ...sessions, includes_reply: true, new_tokens: { constant: 6 } };
    expect(ofSession(await draw({ sessions: short }), 0)[1]!.prompt.map(({ tokens }) => tokens)).toEqual([100, 5, 1]);
  });

  test('can leave the thinking out, and then the answer is text that no cached block can match', async () => {
    const spec = { sessions: { ...sessions, strip_thinking: true }, thinking_share: { constant: 0.6 } };
    const [first, second] = ofSession(await draw(spec), 0);
    expect(second!.prompt.map(({ tokens }) => tokens)).toEqual([100, 4, 20]);
    expect(second!.prompt[1]!.segment).not.toBe(first!.outputSegment);
  });

  test('sums up a prompt that has grown too long, but for what it shares with other sessions', async () => {
    const compaction = { above: { constant: 150 }, keep: 0.5 };
    const spec = { sessions: { ...sessions, compaction }, shared_prefix: { share: 1, tokens: 30 } };
    const [first, second, third, fourth] = ofSession(await draw(spec), 0);
    expect(second!.promptTokens).toBe(130);
    // 160 tokens are above 150: half of them remain.
    expect(third!.prompt).toEqual([first!.prompt[0], { segment: expect.any(Number), tokens: 50 }]);
    expect(fourth!.promptTokens).toBe(80 + 10 + 20);
  });
});

describe('a load of sessions', () => {
  test('ends after num_requests, later requests counted', async () => {
    expect((await draw({}, { num_requests: 10 })).length).toBe(10);
  });

  test('ends before duration, in the middle of sessions too', async () => {
    const requests = await draw({}, { num_requests: null, duration_s: 60 });
    expect(requests.every(({ arrivalUs }) => arrivalUs < 60e6)).toBe(true);
    expect(requests.length).toBeGreaterThan(20);
  });

  test('has the request rate with all requests counted', async () => {
    const requests = await draw({}, { request_rate: 4, num_requests: 40_000 });
    expect((requests.length / requests.at(-1)!.arrivalUs) * 1e6).toBeCloseTo(4, 0.5);
  });

  test('with max_sessions has no more than so many under way', async () => {
    const requests = await draw({}, { request_rate: 'inf', max_sessions: 2, num_requests: 40 });
    const ends = (session: number | null) => ofSession(requests, session!).at(-1)!.arrivalUs;
    for (const { arrivalUs } of requests) {
      const begun = new Set(requests.filter((other) => other.arrivalUs <= arrivalUs).map(({ session }) => session));
      expect([...begun].filter((session) => ends(session) > arrivalUs).length).toBeLessThanOrEqual(2);
    }
    // Four requests a session, two at a time, 5 s apart: 20 sessions take ten times 15 s.
    expect(requests.at(-1)!.arrivalUs).toBe(75e6);
  });

  test('of one class leaves the draws of another alone', async () => {
    const other = requestClass('other', {
      share: 1,
      overrides: { lengths: { input: { constant: 7 }, output: { uniform: { min: 1, max: 99 } } } },
    });
    const outputs = async (law: SessionLaw | null) => {
      const agents = requestClass('agents', { share: 1, overrides: { sessions: law } });
      const requests = await draw({ sessions: null }, { classes: [agents, other], num_requests: 2000 });
      return requests
        .filter((request) => request.class === 1)
        .map(({ outputTokens }) => outputTokens)
        .slice(0, 100);
    };
    expect(await outputs(sessions)).toEqual(await outputs(null));
  });
});

describe('the number of requests of a session', () => {
  test('by chances of going on has the mean of the geometric sum', () => {
    // 1 + 0.25 × (1 + 0.5 + 0.25 + …) = 1.5
    expect(meanSessionLength({ go_on: [0.25, 0.5] })).toBeCloseTo(1.5, 9);
    expect(meanSessionLength({ go_on: [0.75] })).toBeCloseTo(4, 9);
  });

  test.each([
    [{ go_on: [0.25, 0.5] }],
    [{ weibull: { shape: 0.993, scale: 68.3 } }],
    [{ weibull: { shape: 2, scale: 0.3 } }],
    [{ constant: 3 }],
  ])('%j is 1 or more, with the stated mean', (law) => {
    const draws = sessionLengthSampler(law, randomStreams(1)('x'));
    const values = Array.from({ length: 20_000 }, draws);
    expect(values.every((value) => Number.isInteger(value) && value >= 1)).toBe(true);
    expect(mean(values) / meanSessionLength(law)).toBeCloseTo(1, 1);
  });
});

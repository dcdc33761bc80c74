/** Sessions in a simulated cluster whose every step takes 10 ms: when later requests come, and what their prompts find. */
import { describe, expect, test } from 'vitest';
import type { SessionLaw, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { plainSpec, syntheticWorkload } from '../workload/support.ts';
import { type Cluster, run } from './fixtures.ts';

const sessions: SessionLaw = {
  requests: { constant: 3 },
  gap_s: { mu: 0, sigma: 0 },
  new_tokens: { constant: 16 },
  includes_reply: false,
  strip_thinking: false,
  compaction: null,
};

const lengths = { input: { constant: 64 }, output: { constant: 17 } };

function simulated(settings: Partial<Workload>, cluster: Cluster = {}, laws: Partial<SessionLaw> = {}) {
  const workload = syntheticWorkload(
    { ...plainSpec, lengths, sessions: { ...sessions, ...laws } },
    { request_rate: 'inf', num_requests: 3, max_sessions: 1, ignore_eos: true, ...settings },
  );
  const source = syntheticSource(workload, randomStreams(1));
  return run([], { ...cluster, simulation: { source, ...cluster.simulation } });
}

describe('a session', () => {
  test('goes on a second after the end of each reply', async () => {
    const { requests } = await simulated({});
    // 17 steps of 10 ms a request.
    expect([...requests.arrivalUs]).toEqual([0, 1_170_000, 2_340_000]);
    expect([...requests.lastTokenUs]).toEqual([170_000, 1_340_000, 2_510_000]);
  });

  test('finds its earlier prompts and replies in the prefix cache', async () => {
    const { requests } = await simulated({});
    expect([...requests.promptTokens]).toEqual([64, 64 + 17 + 16, 97 + 17 + 16]);
    // Full blocks of 16 tokens of what was computed: the last token of a reply was not.
    expect([...requests.cachedTokens]).toEqual([0, 80, 112]);
  });

  test('ends with a request that is refused', async () => {
    const { requests, totals } = await simulated(
      { num_requests: 6, long_prompts: 'reject' },
      { engine: { maxModelLen: 90 }, simulation: { longPrompts: 'reject' } },
    );
    expect([...requests.promptTokens]).toEqual([64, 97, 64, 97, 64, 97]);
    expect(totals.conservation).toMatchObject({ arrived: 6, rejected: 3 });
  });
});

describe('a load of sessions', () => {
  test('numbers requests as they are sent, and sends as many as it should', async () => {
    const settings = { max_sessions: null, request_rate: 3, num_requests: 200 };
    const { requests, totals } = await simulated(settings, { replicas: 2 });
    expect(totals.conservation).toMatchObject({ arrived: 200, finished: 200 });
    expect([...requests.arrivalUs]).toEqual([...requests.arrivalUs].sort((a, b) => a - b));
  });

  test('has the next session begin when one ends', async () => {
    const { requests } = await simulated({ num_requests: 7 });
    expect([...requests.arrivalUs].map((us) => us / 1000)).toEqual([0, 1170, 2340, 2510, 3680, 4850, 5020]);
  });

  test('is the same to the microsecond, whether steps are planned in stretches or one by one', async () => {
    const settings = { max_sessions: 12, num_requests: 300 };
    const laws = { requests: { weibull: { shape: 1, scale: 5 } }, new_tokens: { uniform: { min: 1, max: 90 } } };
    const outline = async (decodeCohort: boolean) => {
      const { requests } = await simulated(settings, { decodeCohort }, laws);
      return [requests.arrivalUs, requests.firstTokenUs, requests.lastTokenUs, requests.cachedTokens].map((each) => [
        ...each,
      ]);
    };
    expect(await outline(true)).toEqual(await outline(false));
  });
});

import { describe, expect, it } from 'vitest';
import { joinedSteps, type StepLimits, stepWindows } from '../../../src/study/calibrate/step-windows.ts';
import { type TimedRequest, tokenSteps } from '../../../src/study/calibrate/token-steps.ts';

const limits: StepLimits = { stepTokens: 1000, chunkTokens: 1000, asyncScheduling: false };

const request = (arrivalUs: number, promptTokens: number, ...tokenTimesUs: number[]): TimedRequest => ({
  arrivalUs,
  promptTokens,
  outputTokens: tokenTimesUs.length,
  tokenTimesUs,
});

function windowsOf(requests: readonly TimedRequest[], changed: Partial<StepLimits> = {}) {
  const all = { ...limits, ...changed };
  const steps = tokenSteps(requests);
  const joined = joinedSteps(requests, steps, all);
  return { joined, ...stepWindows(requests, steps, joined, all) };
}

/** Decodes from 100 ms on, every 20 ms; the steps that others stretch are given. */
const decoding = (...timesUs: number[]) => request(0, 100, ...timesUs);

describe('work and duration between clusters', () => {
  it('a step of decodes lasts from cluster to cluster', () => {
    const { windows } = windowsOf([decoding(100_000, 120_000, 141_000)]);
    expect(windows.slice(1)).toEqual([
      {
        endUs: 120_000,
        durationUs: 20_000,
        steps: 1,
        decodes: 1,
        promptTokens: 0,
        contextTokens: 101,
        fromIdle: false,
      },
      {
        endUs: 141_000,
        durationUs: 21_000,
        steps: 1,
        decodes: 1,
        promptTokens: 0,
        contextTokens: 102,
        fromIdle: false,
      },
    ]);
  });

  it('a prompt counts in the step that gives its first token, with its context', () => {
    const { windows } = windowsOf([decoding(100_000, 120_000, 180_000), request(110_000, 300, 180_500, 200_000)]);
    expect(windows[2]).toMatchObject({ durationUs: 60_000, decodes: 1, promptTokens: 300, contextTokens: 102 + 300 });
  });

  it('from an idle engine a step lasts from the arrival', () => {
    const { windows } = windowsOf([request(5000, 300, 70_000, 90_000)]);
    expect(windows[0]).toMatchObject({ durationUs: 65_000, steps: 1, promptTokens: 300, fromIdle: true });
  });

  it('a prompt longer than a step, on an idle engine, takes several', () => {
    const { windows } = windowsOf([request(0, 2500, 70_000, 90_000)]);
    // After the chunks of 1000, 1000 and 500 the cache holds 1000, 2000 and 2500 tokens.
    expect(windows[0]).toMatchObject({ steps: 3, promptTokens: 2500, contextTokens: 5500 });
  });

  it('a prompt that cannot have fitted into one step joins it with the step before', () => {
    const { joined, windows } = windowsOf([
      decoding(100_000, 120_000, 200_000, 260_000, 280_000),
      request(110_000, 1500, 260_500, 280_500),
    ]);
    expect(joined).toEqual([false, false, false, true, false]);
    expect(windows[2]).toMatchObject({ durationUs: 140_000, steps: 2, decodes: 2, promptTokens: 1500 });
  });

  it('a prompt that would have ended earlier, had it begun earlier, joins nothing', () => {
    // It waited for memory, not for room in the step.
    const { joined } = windowsOf([
      decoding(100_000, 120_000, 140_000, 160_000, 200_000),
      request(90_000, 300, 200_500, 220_000),
    ]);
    expect(joined).not.toContain(true);
  });

  it('a limit on the tokens of one prompt spreads it as a small step would', () => {
    const requests = [decoding(100_000, 120_000, 160_000, 200_000, 220_000), request(110_000, 300, 200_500, 220_500)];
    expect(windowsOf(requests).joined).not.toContain(true);
    expect(windowsOf(requests, { chunkTokens: 200 }).joined).toEqual([false, false, false, true, false]);
  });

  it('steps in which a request comes back after a preemption are left out and counted', () => {
    const { windows, unclearSteps } = windowsOf([
      decoding(100_000, 120_000, 140_000, 200_000, 220_000),
      request(0, 100, 100_500, 200_500, 220_500),
    ]);
    expect(unclearSteps).toBeGreaterThanOrEqual(1);
    expect(windows.map(({ endUs }) => endUs)).not.toContain(200_000);
    expect(windows.map(({ endUs }) => endUs)).toContain(220_000);
  });
});

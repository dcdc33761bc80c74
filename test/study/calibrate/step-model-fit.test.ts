import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepModelCalibration } from '../../../src/catalog/calibration.ts';
import { fitFrontEnd } from '../../../src/study/calibrate/front-end-fit.ts';
import { fitStepModel } from '../../../src/study/calibrate/step-model-fit.ts';
import {
  joinedSteps,
  type StepLimits,
  type StepWindow,
  stepWindows,
} from '../../../src/study/calibrate/step-windows.ts';
import { tokenSteps } from '../../../src/study/calibrate/token-steps.ts';
import { type Arrival, serve } from './made-up-server.ts';

const law: StepModelCalibration = {
  form: 'step_model',
  base_us: 17_000,
  per_decode_us: 700,
  per_prompt_token_us: 200,
  per_context_token_us: 1.5,
};
const limits: StepLimits = { stepTokens: 1024, chunkTokens: 1024, asyncScheduling: false };

/** Numbers between 0 and 1 that look like chance and are the same everywhere (Weyl's sequence). */
const spread = (i: number, step: number) => (i * step) % 1;

/** Requests of very different lengths, so that decodes and context can be told apart. */
const arrivals = (count: number, everyUs: number): Arrival[] =>
  Array.from({ length: count }, (_, i) => ({
    arrivalUs: Math.round((i + spread(i, 0.618_034)) * everyUs),
    promptTokens: 20 + Math.round(1600 * spread(i, 0.754_877) ** 3),
    outputTokens: 10 + Math.round(90 * spread(i, 0.569_84)),
  }));

function fitAll(requests: ReturnType<typeof serve>) {
  const steps = tokenSteps(requests);
  const joined = joinedSteps(requests, steps, limits);
  const frontEnd = fitFrontEnd(requests, steps, joined, limits);
  const { windows } = stepWindows(requests, steps, joined, limits);
  return { frontEnd, fit: fitStepModel(windows, frontEnd?.us ?? null, 'made up') };
}

describe('a step model from token times', () => {
  it('finds the law of a server whose steps follow one, and its front end', () => {
    const { fit: found, frontEnd } = fitAll(
      serve(arrivals(200, 300_000), { law, frontEndUs: 8000, stepTokens: 1024, spreadUs: 100 }),
    );
    expect(found.law.base_us / law.base_us).toBeCloseTo(1, 1);
    expect(found.law.per_decode_us / law.per_decode_us).toBeCloseTo(1, 1);
    expect(found.law.per_prompt_token_us / law.per_prompt_token_us).toBeCloseTo(1, 1);
    expect(found.law.per_context_token_us / law.per_context_token_us).toBeCloseTo(1, 0);
    expect(Math.abs(frontEnd!.us - 8000)).toBeLessThan(2000);
    expect(frontEnd!.requests / frontEnd!.of).toBeGreaterThan(0.9);
  });

  it('on an engine that is idle whenever a request comes, tells the front end from the prompt by the decodes', () => {
    const { fit: found, frontEnd } = fitAll(
      serve(arrivals(60, 5_000_000), { law, frontEndUs: 8000, stepTokens: 1024, spreadUs: 100 }),
    );
    expect(frontEnd).toBeNull();
    // What a decode costs is counted as base, which a prompt alone does not have: the front end comes out as much shorter.
    expect(found.frontEndUs!).toBeGreaterThan(8000 - law.per_decode_us - 100);
    expect(found.frontEndUs!).toBeLessThan(8100);
    expect(found.law.per_prompt_token_us / law.per_prompt_token_us).toBeCloseTo(1, 1);
  });

  it('leaves out a pause that is no step', () => {
    const requests = serve(arrivals(200, 300_000), { law, frontEndUs: 8000, stepTokens: 1024, spreadUs: 100 });
    const stallUs = 20_000_000;
    const stalled = requests.map((request) => ({
      ...request,
      arrivalUs: request.arrivalUs + (request.arrivalUs > stallUs ? 5_000_000 : 0),
      tokenTimesUs: request.tokenTimesUs.map((timeUs) => timeUs + (timeUs > stallUs ? 5_000_000 : 0)),
    }));
    expect(fitAll(stalled).fit.strangeSteps).toBeGreaterThan(0);
    expect(fitAll(stalled).fit.law.base_us / fitAll(requests).fit.law.base_us).toBeCloseTo(1, 2);
  });

  it('shares out evenly, and says so, what decodes and contexts of one length leave open', () => {
    const windows: StepWindow[] = Array.from({ length: 400 }, (_, i) => {
      const decodes = 1 + (i % 20);
      const work = { steps: 1, decodes, promptTokens: i % 7 === 0 ? 100 : 0, contextTokens: 300 * decodes + (i % 3) };
      const durationUs = 10_000 + 500 * decodes + 2 * work.promptTokens;
      return { endUs: i * 1e4, durationUs, ...work, fromIdle: false };
    });
    const { law: found, confounded } = fitStepModel(windows, 0, 'made up');
    expect(confounded.map(({ costs }) => costs)).toEqual([['per_decode_us', 'per_context_token_us']]);
    // 500 µs a decode is all that the data know: half of it a decode, half of it 300 tokens of context.
    expect(found.per_decode_us).toBeCloseTo(250, -2);
    expect(found.per_context_token_us * 300).toBeCloseTo(250, -2);
  });

  it('counts as base what a run with one request at a time cannot tell from the cost of a decode', () => {
    const requests = serve(
      Array.from({ length: 20 }, (_, i) => ({
        arrivalUs: 4_000_000 * i,
        promptTokens: 50 + 100 * (i % 9),
        outputTokens: 60,
      })),
      { law: { ...law, per_context_token_us: 0 }, frontEndUs: 8000, stepTokens: 1024, spreadUs: 0 },
    );
    const { fit: found } = fitAll(requests);
    expect(found.confounded.map(({ costs }) => costs)).toContainEqual(['base_us', 'per_decode_us']);
    expect(found.law.base_us).toBeGreaterThan(17_600);
    expect(found.law.per_decode_us).toBeLessThan(100);
  });

  it('is never below 0 in any number', () => {
    const window = fc.record({
      endUs: fc.nat(),
      durationUs: fc.integer({ min: 1, max: 1e6 }),
      steps: fc.integer({ min: 1, max: 3 }),
      decodes: fc.nat(64),
      promptTokens: fc.nat(4096),
      contextTokens: fc.nat(100_000),
      fromIdle: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(window, { minLength: 60, maxLength: 120 }), (windows) => {
        const { law: found } = fitStepModel(windows, 0, 'made up');
        const { form: _, ...costs } = found;
        expect(Math.min(...Object.values(costs))).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 30 },
    );
  });

  it('takes as many steps as a long run has', () => {
    const windows: StepWindow[] = Array.from({ length: 130_000 }, (_, i) => {
      const work = {
        steps: 1,
        decodes: 1 + (i % 20),
        promptTokens: (i % 7) * 30,
        contextTokens: 1000 + 37 * (i % 101),
      };
      const durationUs = 5000 + 100 * work.decodes + 20 * work.promptTokens + work.contextTokens;
      return { endUs: i * 1e4, durationUs, ...work, fromIdle: false };
    });
    const { law: found } = fitStepModel(windows, 0, 'made up');
    expect(found.base_us).toBeCloseTo(5000, 0);
    expect(found.per_context_token_us).toBeCloseTo(1, 3);
  });

  it('ends on durations of any size', () => {
    const window = fc.record({
      endUs: fc.nat(),
      durationUs: fc.double({ min: 1, max: 1e13, noNaN: true }),
      steps: fc.constantFrom(1, 2),
      decodes: fc.constantFrom(0, 1, 256),
      promptTokens: fc.constantFrom(0, 1, 1e6),
      contextTokens: fc.constantFrom(0, 1, 1e9),
      fromIdle: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 60, maxLength: 80 }),
        fc.constantFrom(null, 0),
        (windows, frontEndUs) => {
          const usable = windows.filter(({ fromIdle }) => !fromIdle).length;
          fc.pre(usable >= 50 || frontEndUs !== null);
          const { law: found } = fitStepModel(windows, frontEndUs, 'made up');
          const { form: _, ...costs } = found;
          for (const cost of Object.values(costs)) expect(cost).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses to fit four numbers to a handful of steps', () => {
    expect(() => fitStepModel([], null, 'bench.json')).toThrow(
      'bench.json: only 0 engine steps can be read off the token times; expected 50 or more.',
    );
  });
});

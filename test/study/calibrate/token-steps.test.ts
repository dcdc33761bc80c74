import { describe, expect, it } from 'vitest';
import { tokenSteps } from '../../../src/study/calibrate/token-steps.ts';

const request = (arrivalUs: number, promptTokens: number, ...tokenTimesUs: number[]) => ({
  arrivalUs,
  promptTokens,
  outputTokens: tokenTimesUs.length,
  tokenTimesUs,
});

describe('engine steps from token times', () => {
  it('tokens that come close together are one step', () => {
    const steps = tokenSteps([request(0, 100, 50_000, 70_000, 90_000), request(10_000, 200, 71_000, 91_500, 110_000)]);
    expect(steps.map(({ endUs }) => endUs)).toEqual([50_000, 70_000, 90_000, 110_000]);
    expect(steps.map(({ firsts }) => firsts)).toEqual([[0], [1], [], []]);
    expect(steps.map(({ decodes }) => decodes)).toEqual([[], [0], [0, 1], [1]]);
  });

  it('the context of a decode is the prompt and the tokens before it', () => {
    const [, second, third] = tokenSteps([request(0, 100, 50_000, 70_000, 90_000)]);
    // The step that writes token 2 puts token 1 into the cache.
    expect(second!.decodeContextTokens).toBe(101);
    expect(third!.decodeContextTokens).toBe(102);
  });

  it('a request without a token in the step before has come back', () => {
    const steps = tokenSteps([
      request(0, 100, 50_000, 70_000, 90_000, 110_000),
      request(0, 100, 50_500, 110_500, 130_000),
    ]);
    expect(steps.map(({ resumed }) => resumed)).toEqual([[], [], [], [1], []]);
    expect(steps[4]!.decodes).toEqual([1]);
  });

  it('two tokens of a request in one cluster blur the step', () => {
    const regular = request(0, 100, ...Array.from({ length: 200 }, (_, i) => 50_000 + 20_000 * i));
    const held = request(0, 100, 50_500, 90_200, 90_300, 110_500);
    const steps = tokenSteps([regular, held]);
    expect(steps.filter(({ blurred }) => blurred).map(({ endUs }) => endUs)).toEqual([90_000]);
  });

  it('after the last of all tokens the engine is drained', () => {
    const steps = tokenSteps([request(0, 100, 50_000, 70_000), request(80_000, 100, 130_000, 150_000)]);
    expect(steps.map(({ drained }) => drained)).toEqual([true, false, true, false]);
  });
});

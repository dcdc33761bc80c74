import { describe, expect, it } from 'vitest';
import type { StepModelCalibration } from '../../../src/catalog/calibration.ts';
import { stepErrorPercent } from '../../../src/study/calibrate/step-errors.ts';

const law: StepModelCalibration = {
  form: 'step_model',
  base_us: 1000,
  per_decode_us: 10,
  per_prompt_token_us: 2,
  per_context_token_us: 1,
};
const window = (durationUs: number, changed: object = {}) => ({
  ...{ endUs: 0, durationUs, steps: 1, decodes: 10, promptTokens: 50, contextTokens: 300, fromIdle: false },
  ...changed,
});

describe('errors of step durations', () => {
  it('are the median of |law / measured - 1|; a window of several steps has the base of each', () => {
    // 1000 + 10 * 10 + 50 * 2 + 300 = 1500; with a second step 2500.
    expect(stepErrorPercent(law, null, [window(1500), window(1200), window(2000, { steps: 2 })])).toBeCloseTo(25, 9);
  });

  it('from an idle engine count without the front end, and not at all where that is unknown', () => {
    const idle = [window(3500, { fromIdle: true })];
    expect(stepErrorPercent(law, 500, idle)).toBeCloseTo(50, 9);
    expect(stepErrorPercent(law, null, idle)).toBeNull();
    expect(stepErrorPercent(law, 4000, idle)).toBeNull();
  });
});

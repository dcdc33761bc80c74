import { describe, expect, it } from 'vitest';
import type { StepModelCalibration } from '../../src/catalog/calibration.ts';
import { createFittedTime } from '../../src/latency/fitted-time.ts';
import { batch, decodes } from './fixtures.ts';

const law: StepModelCalibration = {
  form: 'step_model',
  base_us: 10_000,
  per_decode_us: 100,
  per_prompt_token_us: 20,
  per_context_token_us: 1,
};

describe('a fitted step model', () => {
  const time = createFittedTime(law);

  it('adds base, decodes, prompt tokens and the context of all scheduled requests', () => {
    const shape = batch(
      [200, 300, 400],
      [
        [50, 0],
        [200, 700],
      ],
    );
    // Context: 900 of the decodes, 50 and 700 + 200 of the prompts.
    expect(time.us(shape)).toBe(10_000 + 3 * 100 + 250 * 20 + 1850);
    expect(time.stagesUs(shape)).toEqual([time.us(shape)]);
  });

  it('ranks in lock step are as slow as the slowest; one without work takes the base', () => {
    expect(time.lockStepUs([decodes(5, 200), null])).toBe(11_500);
    expect(time.lockStepUs([null, null])).toBe(10_000);
  });
});

import { describe, expect, it } from 'vitest';
import { parseCalibration } from '../../src/catalog/calibration.ts';

const file = {
  servesim_calibration: 1,
  law: { form: 'scale', scale: 1.05, step_overhead_us: -300, prompt_step_overhead_us: 0 },
  front_end_us: null,
  deployment: {
    model: 'example/Tiny-1B',
    parameters: 1e9,
    gpu: 'h100-sxm',
    tensor_parallel_size: 1,
    quantization: 'bf16',
    kv_cache_dtype: 'auto',
    enforce_eager: false,
    kernel_times: 'published',
  },
  fitted_to: [{ file: 'bench.json', sha256: 'abc', requests: 100 }],
  error_percent: 1.2,
  cross_validation: [],
  notes: [],
};

describe('a calibration file', () => {
  it('is read as it was written', () => {
    expect(parseCalibration(file, 'calibration.json')).toEqual(file);
  });

  it('an overhead may be below 0, a scale and the costs of a step model may not', () => {
    const withLaw = (law: object) => () => parseCalibration({ ...file, law }, 'calibration.json');
    expect(withLaw({ ...file.law, scale: -1 })).toThrow('calibration.json: law.scale: ');
    const costs = { form: 'step_model', base_us: 1, per_decode_us: 1, per_prompt_token_us: 1, per_context_token_us: 0 };
    expect(withLaw(costs)).not.toThrow();
    expect(withLaw({ ...costs, per_decode_us: -1 })).toThrow('calibration.json: law.per_decode_us: ');
  });

  it('no number may be beyond what a step can take, and a step model may not be free', () => {
    const withLaw = (law: object) => () => parseCalibration({ ...file, law }, 'c.json');
    const costs = { form: 'step_model', base_us: 0, per_decode_us: 0, per_prompt_token_us: 0, per_context_token_us: 0 };
    expect(withLaw(costs)).toThrow('c.json: law: every cost is 0; expected at least one above');
    expect(withLaw({ ...costs, base_us: 1e9 })).not.toThrow();
    expect(withLaw({ ...costs, base_us: 2e9 })).toThrow('c.json: law.base_us: ');
    expect(withLaw({ ...file.law, scale: 1e4 })).toThrow('c.json: law.scale: ');
    expect(withLaw({ ...file.law, step_overhead_us: -2e9 })).toThrow('c.json: law.step_overhead_us: ');
    expect(() => parseCalibration({ ...file, front_end_us: 2e9 }, 'c.json')).toThrow('c.json: front_end_us: ');
  });

  it('anything else is refused by name', () => {
    const expected = 'bench.json: not a calibration; expected a file written by servesim calibrate.';
    expect(() => parseCalibration({ input_lens: [] }, 'bench.json')).toThrow(expected);
    expect(() => parseCalibration([], 'bench.json')).toThrow(expected);
    expect(() => parseCalibration({ ...file, servesim_calibration: 2 }, 'c.json')).toThrow('expected 1, the format');
  });
});

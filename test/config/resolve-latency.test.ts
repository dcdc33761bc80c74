import { describe, expect, it } from 'vitest';
import type { Calibration, CalibrationLaw } from '../../src/catalog/calibration.ts';
import { parameterCounts } from '../../src/catalog/model.ts';
import { resolvedStudyYaml } from '../../src/config/resolved-yaml.ts';
import { catalog, errorLines, resolveText, studyText } from './fixtures.ts';

const scale: CalibrationLaw = { form: 'scale', scale: 1.1, step_overhead_us: -200, prompt_step_overhead_us: 50 };
const stepModel: CalibrationLaw = {
  form: 'step_model',
  base_us: 9000,
  per_decode_us: 10,
  per_prompt_token_us: 3,
  per_context_token_us: 0.01,
};

const calibration = (law: CalibrationLaw, changed: Partial<Calibration['deployment']> = {}): Calibration => ({
  servesim_calibration: 1,
  law,
  front_end_us: 7000,
  deployment: {
    model: 'example/Tiny-1B',
    parameters: parameterCounts(catalog.model('tiny-1b')!).total,
    gpu: 'h100-sxm',
    tensor_parallel_size: 1,
    quantization: 'bf16',
    kv_cache_dtype: 'auto',
    enforce_eager: false,
    kernel_times: law.form === 'scale' ? 'published' : null,
    ...changed,
  },
  fitted_to: [{ file: 'bench.json', sha256: 'abc', requests: 100 }],
  error_percent: 1.25,
  cross_validation: [{ fitted_on: 'even', scored_on: 'odd', percent: 2.5, step_percent: null }],
  notes: ['what is not identified'],
});

const resolve = (file: Calibration, ...lines: string[]) =>
  resolveText(
    studyText(['model: tiny-1b', ...(lines.some((line) => line.startsWith('gpu')) ? [] : ['gpu: h100-sxm']), ...lines]),
    {
      calibrations: { 'c.json': file },
    },
  ).runs[0]!;
const latencyOf = (...given: Parameters<typeof resolve>) => resolve(...given).deployment.latency;

describe('latency settings with a calibration', () => {
  it('a scale brings its overhead, a step model holds all of it; both bring the front end', () => {
    const scaled = latencyOf(calibration(scale), 'latency: { calibration: c.json }');
    expect(scaled).toMatchObject({ step_overhead_us: -200, front_end_us: 7000 });
    const modelled = latencyOf(calibration(stepModel), 'async_scheduling: false', 'latency: { calibration: c.json }');
    expect(modelled).toMatchObject({ step_overhead_us: 0, front_end_us: 7000 });
  });

  it('what the study says itself wins', () => {
    const latency = latencyOf(
      calibration(scale),
      'latency: { calibration: c.json, step_overhead: 1ms, front_end: 3ms }',
    );
    expect(latency).toMatchObject({ step_overhead_us: 1000, front_end_us: 3000 });
  });

  it('a front end that was not identified leaves the default', () => {
    const file = { ...calibration(scale), front_end_us: null };
    expect(latencyOf(file, 'latency: { calibration: c.json }').front_end_us).toBe(5000);
  });

  it('null stands for no calibration', () => {
    expect(latencyOf(calibration(scale), 'latency: { calibration: null }')).toMatchObject({
      calibration: null,
      step_overhead_us: 300,
    });
  });

  it('results name what it was fitted to and how far off it is, instead of the default overhead', () => {
    const { estimates } = resolve(calibration(scale), 'latency: { calibration: c.json }').deployment.notes;
    expect(estimates).toContain(
      'step times from c.json: kernel times × 1.1000 − 200 µs + 50.0 µs with a prompt, fitted to bench.json (100 ' +
        'requests); mean |error| of its replay 1.25 %, up to 2.50 % on what was held out',
    );
    expect(estimates).toContain('c.json: what is not identified');
    expect(estimates.filter((note) => note.includes('beyond its kernels'))).toEqual([]);
  });

  it('another GPU than the calibrated one is refused', () => {
    expect(
      errorLines(() => resolve(calibration(scale, { gpu: 'a100-sxm' }), 'latency: { calibration: c.json }')),
    ).toEqual([
      'study.yaml:4:12 deployment.latency.calibration c.json: fitted to a run with gpu a100-sxm, but the study has ' +
        'h100-sxm. Calibrate on a run of that deployment.',
    ]);
  });

  it('a scale of a profile is refused without it, and one of published kernel times with a profile', () => {
    const published = 'latency: { calibration: c.json }';
    expect(() => resolve(calibration(scale, { kernel_times: 'profile digest of di' }), published)).toThrow(
      'fitted to a run with kernel_times profile digest of di, but the study has published.',
    );
    const profiled = 'latency: { calibration: c.json, profile: dir }';
    expect(() => resolve(calibration(scale, { kernel_times: 'profile digest of di' }), profiled)).not.toThrow();
    expect(() => resolve(calibration(scale), profiled)).toThrow('but the study has profile digest of di');
    expect(() => resolve(calibration(stepModel), profiled)).toThrow('remove it or latency.profile.');
  });

  it('another model or parallel size is refused with a step model, and noted with a scale', () => {
    const line = 'latency: { calibration: c.json }';
    expect(() => resolve(calibration(stepModel, { tensor_parallel_size: 2 }), line)).toThrow(
      'fitted to a run with tensor_parallel_size 2, but the study has 1',
    );
    expect(() => resolve(calibration(stepModel, { model: 'Other', parameters: 5 }), line)).toThrow('with model Other');
    const { estimates } = resolve(calibration(scale, { tensor_parallel_size: 2 }), line).deployment.notes;
    expect(estimates).toContain(
      'the calibration c.json was fitted with tensor_parallel_size 2 and is used with 1, which no run has confirmed',
    );
  });

  it('a model of another name with as many parameters is the same', () => {
    expect(() => resolve(calibration(stepModel, { model: 'copy' }), 'latency: { calibration: c.json }')).not.toThrow();
  });

  it('another KV cache type, or graphs where it had none, is refused with a step model, and noted with a scale', () => {
    const line = 'latency: { calibration: c.json }';
    expect(() => resolve(calibration(stepModel), 'kv_cache_dtype: fp8', line)).toThrow('with kv_cache_dtype auto');
    expect(() => resolve(calibration(stepModel, { enforce_eager: true }), line)).toThrow(
      'fitted to a run with enforce_eager true, but the study has false.',
    );
    const { estimates } = resolve(calibration(scale), 'kv_cache_dtype: fp8_e4m3', line).deployment.notes;
    expect(estimates).toContain(
      'the calibration c.json was fitted with kv_cache_dtype auto and is used with fp8, which no run has confirmed',
    );
    // All 16-bit types cost the same.
    expect(() => resolve(calibration(stepModel), 'kv_cache_dtype: bfloat16', line)).not.toThrow();
  });

  it('says how well held-out steps were predicted beside how well their replay was', () => {
    const held = [{ fitted_on: 'first', scored_on: 'second', percent: 90, step_percent: 4 }];
    const { estimates } = resolve(
      { ...calibration(stepModel), cross_validation: held },
      'latency: { calibration: c.json }',
    ).deployment.notes;
    expect(estimates.join('\n')).toContain('up to 90.0 % on what was held out (half of its steps within 4.00 %)');
  });

  it('settings that a step model holds already are named as without effect', () => {
    const line = 'latency: { calibration: c.json, moe_routing: balanced }';
    const noEffect = (file: Calibration) => resolve(file, 'interconnect: pcie_host', line).deployment.notes.no_effect;
    expect(noEffect(calibration(stepModel)).map((note) => note.split(':')[0])).toEqual([
      'interconnect',
      'latency.moe_routing',
    ]);
    expect(noEffect(calibration(scale))).toEqual([]);
  });

  it('a step model knows neither stages nor drafts, nor ranks in lock step', () => {
    const line = 'latency: { calibration: c.json }';
    expect(() => resolve(calibration(stepModel), 'pipeline_parallel_size: 2', line)).toThrow('knows no stages');
    const drafts = 'speculative_config: { method: ngram, num_speculative_tokens: 3, prompt_lookup_max: 4 }';
    expect(() => resolve(calibration(stepModel), drafts, line)).toThrow('knows no drafts');
    const study = (ranks: number) =>
      studyText(['model: experts', 'gpu: h100-sxm', `data_parallel_size: ${ranks}`, line]);
    const parameters = parameterCounts(catalog.model('experts')!).total;
    const calibrations = { 'c.json': calibration(stepModel, { parameters }) };
    expect(() => resolveText(study(1), { calibrations })).not.toThrow();
    expect(() => resolveText(study(2), { calibrations })).toThrow('knows no ranks that wait for each other');
  });

  it('the id of a run depends on the law, not on the file’s name and notes', () => {
    const line = 'latency: { calibration: c.json }';
    const id = resolve(calibration(scale), line).run_id;
    expect(
      resolve(
        { ...calibration(scale), notes: [], error_percent: 9, fitted_to: [{ file: 'x', sha256: 'y', requests: 1 }] },
        line,
      ).run_id,
    ).toBe(id);
    expect(resolve(calibration({ ...scale, scale: 1.2 }), line).run_id).not.toBe(id);
  });

  it('a resolved configuration names it, and a fitted overhead below 0 stays in the file', () => {
    const run = resolve(calibration(scale), 'latency: { calibration: c.json }');
    const again = resolveText(resolvedStudyYaml(run), { calibrations: { 'c.json': calibration(scale) } }).runs[0]!;
    expect(again.run_id).toBe(run.run_id);
    expect(again.deployment.latency).toEqual(run.deployment.latency);
  });
});

describe('hardware that is not in the catalog', () => {
  const gpu = 'gpu: { name: xeon-amx, memory_gib: 8 }';

  it('is known by its memory', () => {
    const { deployment } = resolve(calibration(scale), gpu);
    expect(deployment.gpu).toMatchObject({ id: 'xeon-amx', architecture: 'other', usableBytes: 8 * 2 ** 30 });
    expect(deployment.memory.usableBytes).toBe(8 * 2 ** 30);
  });

  it('survives in a resolved configuration', () => {
    const run = resolve(calibration(scale), gpu);
    expect(resolveText(resolvedStudyYaml(run)).runs[0]!.run_id).toBe(run.run_id);
  });

  it('needs both fields, and a name of its own', () => {
    expect(() => resolve(calibration(scale), 'gpu: { name: xeon }')).toThrow(
      'expected the name of a GPU, or a mapping with name and memory_gib',
    );
    expect(() => resolve(calibration(scale), 'gpu: { name: xeon, memory: 8 }')).toThrow(
      'mapping with name and memory_gib',
    );
    expect(() => resolve(calibration(scale), 'gpu: { name: H100-SXM, memory_gib: 80 }')).toThrow(
      'deployment.gpu: H100-SXM is a GPU of the catalog; write gpu: h100-sxm, or choose another name.',
    );
    expect(() => resolve(calibration(scale), 'gpu: [h100-sxm]')).toThrow(
      'expected the name of a GPU, or a mapping with name and memory_gib',
    );
  });
});

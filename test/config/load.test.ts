import { describe, expect, test } from 'vitest';
import { applyOverrides, loadStudy } from '../../src/config/load.ts';
import { errorLines, resolveText, studyText } from './fixtures.ts';

const errors = (text: string) => errorLines(() => loadStudy(text, 'study.yaml'));
const gpu = (...lines: string[]) => studyText(['model: tiny-1b', 'gpu: h100-sxm', ...lines]);

describe('a study file', () => {
  test('is loaded as it was written, without defaults', () => {
    const { study } = loadStudy(studyText(), 'study.yaml');
    expect(study).toEqual({
      deployment: { model: 'tiny-1b', gpu: 'h100-sxm' },
      workload: { synthetic: 'chat', num_requests: 10 },
    });
  });

  test.each([
    ['', '# What length\n# fits?\n', 'What length fits?'],
    ['', '# yaml-language-server: $schema=x\n# What fits?\n\n', 'What fits?'],
    ['question: Asked here?\n', '# A licence\n\n', 'Asked here?'],
    ['', '', null],
  ])('%# asks its question by name or in its leading comment', (field, comment, question) => {
    expect(resolveText(comment + field + studyText()).question).toBe(question);
  });
});

describe('what is wrong is said with its place', () => {
  test('a syntax error of YAML', () => {
    expect(errors('name: a\n b: c\n')[0]).toMatch(/^study\.yaml:1:7: .+\.$/);
    expect(errors('name: a\nseeds: [1, 2\n')[0]).toMatch(/^study\.yaml:3:1: .+\.$/);
  });

  test('a key twice', () => {
    expect(errors('name: a\nname: b\n')).toEqual(['study.yaml:2:1: Map keys must be unique.']);
  });

  test('an empty file, or one that is no mapping', () => {
    const expected = 'expected a study: a mapping with deployment and workload.';
    expect(errors('')).toEqual([`study.yaml:1:1: read nothing, ${expected}`]);
    expect(errors('- a\n')).toEqual([`study.yaml:1:1: read ["a"], ${expected}`]);
  });

  test('an unknown key, with the nearest name', () => {
    expect(errors(gpu('max_model_length: 8192'))).toEqual([
      'study.yaml:4:3 deployment: unknown key "max_model_length". Did you mean "max_model_len"?',
    ]);
  });

  test('an unknown key like no other, with the names there are', () => {
    expect(errors(studyText(undefined, ['outputs:', '  hologram: true']))).toEqual([
      'study.yaml:8:3 outputs: unknown key "hologram". Expected one of requests.',
    ]);
  });

  test('a missing part', () => {
    expect(errors('deployment:\n  model: tiny-1b\nworkload:\n  synthetic: chat\n  num_requests: 1\n')).toEqual([
      'study.yaml:2:3 deployment.gpu: missing; expected the name of a GPU, or a mapping with name and memory_gib for hardware that is not in the catalog.',
    ]);
  });

  test.each([
    ['replicas: 0', '13 deployment.replicas: read 0, expected a whole number of 1 or more.'],
    ['replicas: two', '13 deployment.replicas: read "two", expected a whole number of 1 or more.'],
    ['max_num_seqs: 1.5', '17 deployment.max_num_seqs: read 1.5, expected a whole number of 1 or more.'],
    [
      'gpu_memory_utilization: 92',
      '27 deployment.gpu_memory_utilization: read 92, expected a share above 0 and up to 1.',
    ],
    ['watermark: 1', '14 deployment.watermark: read 1, expected a share from 0 to below 1.'],
    [
      'max_model_len: 8q',
      '18 deployment.max_model_len: read "8q", expected a whole number of 1 or more, such as 8192, 8k (8,000) or 8K (8,192), or auto.',
    ],
    ['enforce_eager: yes', '18 deployment.enforce_eager: read "yes", expected true or false.'],
    [
      'dtype: bfloat',
      '10 deployment.dtype: read "bfloat", expected one of auto, bfloat16, float16, half. Did you mean "bfloat16"?',
    ],
    [
      'router: prefix_awre',
      '11 deployment.router: read "prefix_awre", expected one of round_robin, random, least_outstanding, least_kv_usage, power_of_two, prefix_aware, session, expected_length. Did you mean "prefix_aware"?',
    ],
    [
      'latency: { step_overhead: quick }',
      '29 deployment.latency.step_overhead: read "quick", expected a duration such as 60ms, 2s, 10m or 1h, or a number of seconds.',
    ],
    [
      'vllm_version: 0.9.1',
      '17 deployment.vllm_version: read "0.9.1", expected 0.33.0, the version that is simulated.',
    ],
    [
      'decode_context_parallel_size: 2',
      '3 deployment: decode_context_parallel_size of vLLM is not a setting here: context parallelism is not modelled.',
    ],
    [
      'swap_space: 4',
      '3 deployment: vLLM 0.33 no longer has swap_space. Preempted requests are always recomputed; remove it.',
    ],
  ])('a setting: %s', (line, message) => {
    expect(errors(gpu(line))).toEqual([`study.yaml:4:${message}`]);
  });

  test('all of it at once', () => {
    const text = studyText(['model: tiny-1b', 'gpu: 7', 'replcas: 2'], ['slo: { ttft_p99: soon }', 'seeds: 0']);
    expect(errors(text)).toEqual([
      'study.yaml:3:8 deployment.gpu: read 7, expected the name of a GPU, or a mapping with name and memory_gib for hardware that is not in the catalog.',
      'study.yaml:4:3 deployment: unknown key "replcas". Did you mean "replicas"?',
      'study.yaml:8:18 slo.ttft_p99: read "soon", expected a duration such as 60ms, 2s, 10m or 1h, or a number of seconds.',
      'study.yaml:9:8 seeds: read 0, expected a whole number from 1 to 10000 (seeds 1 to n), or a list of whole numbers.',
    ]);
  });

  test('a bound of the objective that is no metric', () => {
    expect(errors(studyText(undefined, ['slo: { ttf_p99: 2s }']))).toEqual([
      'study.yaml:7:8 slo: unknown bound "ttf_p99". Expected ttft, tpot, itl, e2el or ttfat, with _mean, _median or a percentile, such as ttft_p99.',
    ]);
  });

  test('every wrong flag of a serve line', () => {
    expect(errors(studyText(['serve: vllm serve tiny-1b --hots x --max-num-seqs 0', 'gpu: h100-sxm']))).toEqual([
      'study.yaml:2:10 deployment.serve: vllm serve 0.33 has no flag "--hots". Did you mean "--host"?',
    ]);
    expect(errors(studyText(['serve: vllm serve tiny-1b --max-num-seqs 0 --watermark high', 'gpu: h100-sxm']))).toEqual(
      [
        'study.yaml:2:10 deployment.serve: --max-num-seqs: read 0, expected a whole number of 1 or more.',
        'study.yaml:2:10 deployment.serve: --watermark: read "high", expected a share from 0 to below 1.',
      ],
    );
  });
});

describe('--set', () => {
  const set = (...assignments: string[]) => applyOverrides(loadStudy(studyText(), 'study.yaml'), assignments);

  test('changes a setting, adds one, and reads values as YAML; the last wins', () => {
    const { study } = set(
      'deployment.gpu=l40s',
      'deployment.max_model_len=8192',
      'slo={ttft_p99: 2s}',
      'deployment.gpu=b200-sxm',
    );
    expect(study.deployment).toEqual({ model: 'tiny-1b', gpu: 'b200-sxm', max_model_len: 8192 });
    expect(study.slo).toEqual({ ttft_p99: '2s' });
  });

  test('of a swept setting ends its sweep', () => {
    const text = studyText(undefined, ['sweep: { deployment.max_num_seqs: [4, 8], workload.request_rate: [1, 2] }']);
    const { study } = applyOverrides(loadStudy(text, 'study.yaml'), ['deployment.max_num_seqs=16']);
    expect(study.sweep).toEqual({ 'workload.request_rate': [1, 2] });
    expect(study.deployment!.max_num_seqs).toBe(16);
  });

  test('leaves the loaded study as it was', () => {
    const loaded = loadStudy(studyText(), 'study.yaml');
    applyOverrides(loaded, ['deployment.gpu=l40s']);
    expect(loaded.study.deployment!.gpu).toBe('h100-sxm');
  });

  test.each([
    ['deployment.max_model_length=1', 'deployment: unknown key "max_model_length". Did you mean "max_model_len"?'],
    ['deploymant.gpu=l40s', 'unknown key "deploymant". Did you mean "deployment"?'],
    ['deployment.replicas=0', 'deployment.replicas: read 0, expected a whole number of 1 or more.'],
  ])('%s is located at itself', (assignment, message) => {
    const lines = errorLines(() => set(assignment));
    expect(lines[0]!.replace(': unknown key "deploymant"', ' unknown key "deploymant"')).toBe(
      `--set ${assignment} ${message}`,
    );
  });

  test.each([
    ['deployment.gpu', '--set deployment.gpu: expected path=value, such as deployment.max_model_len=8192.'],
    [
      'deployment..gpu=1',
      '--set deployment..gpu=1: "deployment..gpu" is not a path; expected names joined by dots, such as deployment.max_model_len.',
    ],
    ['slo={', '--set slo={: the value is not YAML: '],
  ])('%s is refused', (assignment, message) => {
    expect(errorLines(() => set(assignment))[0]).toContain(message);
  });

  test('a problem elsewhere keeps its place in the file', () => {
    const loaded = loadStudy(studyText(), 'study.yaml');
    expect(errorLines(() => applyOverrides(loaded, ['workload.synthetic=7']))).toEqual([
      '--set workload.synthetic=7 workload.synthetic: read 7, expected the name of a bundled workload (chat, code, reasoning) or a specification with lengths.',
    ]);
  });
});

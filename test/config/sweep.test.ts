import { describe, expect, test } from 'vitest';
import { applyOverrides, loadStudy } from '../../src/config/load.ts';
import { expandSweep, variantName } from '../../src/config/sweep.ts';
import { errorLines, resolveText, studyText } from './fixtures.ts';

const swept = (...lines: string[]) => studyText(undefined, ['sweep:', ...lines.map((line) => `  ${line}`)]);
const errors = (...lines: string[]) => errorLines(() => resolveText(swept(...lines)));

describe('a sweep', () => {
  test('is every combination, the last setting varying fastest', () => {
    const loaded = loadStudy(
      swept('deployment.max_num_seqs: [4, 8]', 'workload.request_rate: [1, 2, inf]'),
      'study.yaml',
    );
    expect(
      expandSweep(loaded).map(({ study }) => [study.deployment!.max_num_seqs, study.workload.request_rate]),
    ).toEqual([
      [4, 1],
      [4, 2],
      [4, 'inf'],
      [8, 1],
      [8, 2],
      [8, 'inf'],
    ]);
  });

  test('becomes runs by variant, then seed', () => {
    expect(errorLines(() => resolveText(`seeds: [7, 3, 7]\n${studyText()}`))).toEqual([
      'study.yaml:1:15 seeds[2]: read 7 twice, expected different seeds.',
    ]);
    const { runs } = resolveText(`seeds: [7, 3]\n${swept('deployment.max_num_seqs: [4, 8]')}`);
    expect(runs.map(({ variant, seed }) => [variant['deployment.max_num_seqs'], seed])).toEqual([
      [4, 7],
      [4, 3],
      [8, 7],
      [8, 3],
    ]);
    expect(runs.map(({ deployment }) => deployment.engine.max_num_seqs)).toEqual([4, 4, 8, 8]);
    expect(new Set(runs.map(({ run_id }) => run_id)).size).toBe(4);
  });

  test('reaches into specifications and bounds', () => {
    const text = [
      'deployment: { model: tiny-1b, gpu: h100-sxm }',
      'workload:',
      '  synthetic: { lengths: { input: { constant: 9 }, output: { constant: 5 } } }',
      '  request_rate: 1',
      '  num_requests: 1',
      'sweep:',
      '  workload.synthetic.lengths.input.constant: [10, 20]',
      '  slo.ttft_p99: [1s, 2s]',
    ].join('\n');
    const { runs } = resolveText(text);
    expect(runs.map(({ slo }) => slo[0]!.limit_us)).toEqual([1e6, 2e6, 1e6, 2e6]);
    expect(runs[2]!.workload.spec!.lengths).toMatchObject({ input: { constant: 20 } });
  });

  test('wins over a setting of a serve line', () => {
    const text = studyText(
      ['serve: vllm serve tiny-1b --max-model-len 4096', 'gpu: h100-sxm'],
      ['sweep:', '  deployment.max_model_len: [8192, 16K]'],
    );
    expect(resolveText(text).runs.map(({ deployment }) => deployment.engine.max_model_len)).toEqual([8192, 16_384]);
  });

  test.each([
    [
      'deployment.max_model_length: [1, 2]',
      'study.yaml:8:3 deployment: unknown key "max_model_length". Did you mean "max_model_len"?',
    ],
    [
      'deployment.replicas: [1, 0]',
      'study.yaml:8:28 deployment.replicas: read 0, expected a whole number of 1 or more.',
    ],
    [
      'deployment.replicas: []',
      'study.yaml:8:24 sweep.deployment.replicas: read [], expected a list of values to try, with at least one.',
    ],
    [
      'deployment.replicas: 2',
      'study.yaml:8:24 sweep.deployment.replicas: read 2, expected a list of values to try, with at least one.',
    ],
    [
      'deployment.replicas: [2, 2]',
      'study.yaml:8:28 sweep.deployment.replicas[1]: read 2 twice, expected different values.',
    ],
    [
      'seeds: [1, 2]',
      'study.yaml:8:3 sweep: cannot vary "seeds", expected the path of a setting under deployment, deployments, cluster, workload or slo, such as deployment.max_model_len.',
    ],
    [
      'deployment.gpu: [h100-sxm, h10-sxm]',
      'study.yaml:8:30 deployment.gpu: no GPU "h10-sxm" in the catalog. Did you mean "h100-sxm"? Known: h100-sxm, a100-sxm, b200-sxm, l40s.',
    ],
  ])('of %s is refused at its place', (line, message) => {
    expect(errors(line)).toEqual([message]);
  });

  test('that is too large is refused before it is expanded', () => {
    const values = Array.from({ length: 400 }, (_, i) => i + 1).join(', ');
    expect(errors(`deployment.max_num_seqs: [${values}]`, `workload.request_rate: [${values}]`)).toEqual([
      'study.yaml:7:1: the study has 160000 runs, expected 100000 at most; split it.',
    ]);
  });
});

describe('a pool that the study has not', () => {
  const pools = (names: string[], rest = '') =>
    `deployments:\n${names.map((name) => `  ${name}: { model: tiny-1b, gpu: h100-sxm }\n`).join('')}workload: { synthetic: chat, num_requests: 10 }\n${rest}`;
  const sweepOf = (path: string) => `sweep:\n  ${path}: [2, 4]\n`;
  const set = (text: string, ...assignments: string[]) =>
    applyOverrides(loadStudy(text, 'study.yaml'), assignments).study;

  test('is refused at the key of the sweep', () => {
    const found = (names: string[], path: string) => errorLines(() => resolveText(pools(names, sweepOf(path))));
    expect(found(['a'], 'deployments.b.replicas')).toEqual(['study.yaml:5:3 sweep: unknown pool "b"; expected a.']);
    expect(found(['a', 'c'], 'deployments.b.replicas')).toEqual([
      'study.yaml:6:3 sweep: unknown pool "b"; expected one of a, c.',
    ]);
    expect(found(['a'], 'deployment.replicas')).toEqual([
      'study.yaml:5:3 sweep: the study has pools by name and no deployment; expected deployments.a.replicas.',
    ]);
    expect(errors('deployments.b.replicas: [2, 4]')).toEqual([
      'study.yaml:8:3 sweep: unknown pool "b"; the study has one deployment, expected deployment.replicas.',
    ]);
  });

  test('is refused by the assignment that names it', () => {
    expect(errorLines(() => set(pools(['a']), 'deployments.b.replicas=2'))).toEqual([
      '--set deployments.b.replicas=2: unknown pool "b"; expected a.',
    ]);
    expect(errorLines(() => set(pools(['a']), 'deployment.replicas=2'))).toEqual([
      '--set deployment.replicas=2: the study has pools by name and no deployment; expected deployments.a.replicas.',
    ]);
    expect(errorLines(() => set(studyText(), 'deployments.b.replicas=2'))).toEqual([
      '--set deployments.b.replicas=2: unknown pool "b"; the study has one deployment, expected deployment.replicas.',
    ]);
  });

  test('may be added whole', () => {
    const study = set(pools(['a']), 'deployments.b={ model: tiny-1b, gpu: l40s }', 'deployments.b.replicas=2');
    expect(study.deployments!.b).toEqual({ model: 'tiny-1b', gpu: 'l40s', replicas: 2 });
  });
});

test('a variant is named by the last parts of its paths, or the whole where they are alike', () => {
  expect(
    variantName({ 'deployment.max_model_len': 8192, 'workload.request_rate': 1.5, 'deployment.gpu': 'l40s' }),
  ).toBe('max_model_len=8192 request_rate=1.5 gpu=l40s');
  expect(variantName({ 'workload.a.mu': 1, 'workload.b.mu': 2 })).toBe('workload.a.mu=1 workload.b.mu=2');
  expect(variantName({})).toBe('');
});

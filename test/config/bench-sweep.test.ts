import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withSweepFiles } from '../../src/config/bench-sweep.ts';
import { applyOverrides, checkStudy, loadStudy } from '../../src/config/load.ts';
import { resolveStudy } from '../../src/config/resolve.ts';
import { expandSweep } from '../../src/config/sweep.ts';
import { InputError } from '../../src/core/input-error.ts';
import { context, errorLines, studyText } from './fixtures.ts';

interface Files {
  readonly serve?: string;
  readonly bench?: string;
  readonly link?: string;
  readonly study?: string;
}

function sweptBy({ serve, bench, link, study = studyText() }: Files) {
  const file = (name: string, text: string | undefined) => (text === undefined ? null : { fileName: name, text });
  return withSweepFiles(loadStudy(study, 'study.yaml').source, {
    serve: file('serve.json', serve),
    bench: file('bench.json', bench),
    linkVars: link ?? null,
  });
}

const loadedBy = (files: Files) => checkStudy(sweptBy(files).source);
const variants = (files: Files) => expandSweep(loadedBy(files)).map(({ title, settings }) => [title, settings]);
const errors = (files: Files) => errorLines(() => resolveStudy(loadedBy(files), context));

describe('parameters of vllm serve', () => {
  test('are settings of the deployment, by names with - or _', () => {
    const serve = '[{"max_num_seqs": 32, "max-num-batched-tokens": 1024}, {"max_num_seqs": 64}]';
    expect(variants({ serve })).toEqual([
      [
        'max_num_seqs=32 max_num_batched_tokens=1024',
        { 'deployment.max_num_seqs': 32, 'deployment.max_num_batched_tokens': 1024 },
      ],
      ['max_num_seqs=64', { 'deployment.max_num_seqs': 64 }],
    ]);
  });

  test('may have names, as keys or as _benchmark_name', () => {
    const named = '{"small": {"max_num_seqs": 4}, "large": {"max_num_seqs": 8}}';
    expect(variants({ serve: named }).map(([title]) => title)).toEqual(['small', 'large']);
    const listed = '[{"_benchmark_name": "small", "max_num_seqs": 4}, {"_benchmark_name": "as it is"}]';
    expect(variants({ serve: listed })).toEqual([
      ['small', { 'deployment.max_num_seqs': 4 }],
      ['as it is', {}],
    ]);
  });

  test('by names that look like numbers keep the order of the file', () => {
    const serve = '{"256": {"max_num_seqs": 256}, "as it is": {}, "64": {"max_num_seqs": 64}}';
    expect(variants({ serve }).map(([title]) => title)).toEqual(['256', 'as it is', '64']);
  });

  test('win over the serve line and over fields', () => {
    const study = studyText(['serve: vllm serve tiny-1b --max-num-seqs 16', 'gpu: h100-sxm', 'max_model_len: 4096']);
    const serve = '[{"max_num_seqs": 4, "max_model_len": "8k"}]';
    const { engine } = resolveStudy(loadedBy({ serve, study }), context).runs[0]!.deployment;
    expect([engine.max_num_seqs, engine.max_model_len]).toEqual([4, 8000]);
  });

  test('are switches where they are true or false', () => {
    const serve = '[{"enable_prefix_caching": false, "enforce-eager": true, "no-async-scheduling": true}]';
    expect(variants({ serve })[0]![1]).toEqual({
      'deployment.enable_prefix_caching': false,
      'deployment.enforce_eager': true,
      'deployment.async_scheduling': false,
    });
  });

  test('reach into JSON flags by a dot, one key at a time', () => {
    const serve =
      '[{"speculative_config.num_speculative_tokens": 3, "compilation_config.cudagraph_capture_sizes": [1, 2]}, {"compilation-config": {"max_cudagraph_capture_size": 8}}]';
    expect(variants({ serve }).map(([, settings]) => settings)).toEqual([
      {
        'deployment.speculative_config.num_speculative_tokens': 3,
        'deployment.cudagraph_capture_sizes': [1, 2],
      },
      { 'deployment.max_cudagraph_capture_size': 8 },
    ]);
  });

  test('that change nothing are listed by their variant', () => {
    const serve = '[{"_benchmark_name": "a", "port": 8001, "max_num_seqs": 4}, {"max_num_seqs": 8}]';
    expect([...sweptBy({ serve }).noEffect]).toEqual([
      ['a', ['--port 8001']],
      ['max_num_seqs=8', []],
    ]);
  });

  test.each([
    [
      'that are unknown',
      '[{"max_num_sequences": 4}]',
      /^serve\.json:1:3: vllm serve 0\.33 has no flag "--max-num-sequences"/,
    ],
    ['that are not modelled', '[{"enable_lora": true}]', /^serve\.json:1:3: --enable-lora/],
    ['out of range', '[{"max_num_seqs": 0}]', /^serve\.json:1:3 deployment\.max_num_seqs: read 0, expected/],
    ['that are null', '[{"max_num_seqs": null}]', /^serve\.json:1:3 max_num_seqs: read null, expected a value/],
    ['that are no record', '[3]', /^serve\.json:1:2: read 3, expected a record such as/],
    ['in no list', '3', /^serve\.json: read 3, expected a list of records/],
    ['of no record at all', '[]', /^serve\.json: read \[\], expected a list of records/],
    [
      'by one name',
      '[{"_benchmark_name": "a", "max_num_seqs": 4}, {"_benchmark_name": "a"}]',
      /^serve\.json:1:47: read the name "a" twice, expected different ones\.$/,
    ],
    [
      'that come to the same',
      '[{"_benchmark_name": "a", "port": 1}, {"_benchmark_name": "b", "port": 2}]',
      /^serve\.json:1:39 sweep\.variants\[1\]: "b" has the settings of "a", expected different ones\.$/,
    ],
  ])('%s are refused at their place', (_, serve, message) => {
    expect(errors({ serve })).toEqual([expect.stringMatching(message)]);
  });
});

describe('parameters of vllm bench serve', () => {
  test('are settings of the workload', () => {
    const bench =
      '[{"request_rate": 2.5, "num_prompts": 50, "max_concurrency": 8, "burstiness": 0.5, "ignore-eos": true}]';
    expect(variants({ bench })[0]![1]).toEqual({
      'workload.request_rate': 2.5,
      'workload.num_requests': 50,
      'workload.max_concurrency': 8,
      'workload.burstiness': 0.5,
      'workload.ignore_eos': true,
    });
  });

  test('may have an infinite rate, as Python writes it', () => {
    for (const written of ['Infinity', '"inf"'])
      expect(variants({ bench: `[{"request_rate": ${written}}]` })[0]![1]).toEqual({ 'workload.request_rate': 'inf' });
  });

  test('of random prompts are lengths, with the defaults of vLLM for what is not given', () => {
    expect(variants({ bench: '[{"random_input_len": 512}, {"output_len": 64}]' }).map(([, each]) => each)).toEqual([
      { 'workload.synthetic': { lengths: { input: 512, output: 128 } } },
      { 'workload.synthetic': { lengths: { input: 1024, output: 64 } } },
    ]);
  });

  test('of random prompts are drawn evenly around their mean, behind a prefix that all have', () => {
    // 10 × 0.75 = 7.5 and 10 × 1.25 = 12.5, rounded outwards; 4 × 0.75 = 3 and 4 × 1.25 = 5.
    const bench =
      '[{"random_input_len": 10, "random_output_len": 4, "random_range_ratio": 0.25, "random_prefix_len": 100}]';
    expect(variants({ bench })[0]![1]).toEqual({
      'workload.synthetic': {
        lengths: { input: { uniform: { min: 107, max: 113 } }, output: { uniform: { min: 3, max: 5 } } },
        shared_prefix: { share: 1, tokens: 100 },
      },
    });
  });

  test('of random prompts keep what a workload of the study’s own says', () => {
    const study = studyText().replace(
      'synthetic: chat',
      'synthetic: { lengths: { input: 64, output: { constant: 32 } }, base_rate: 3 }',
    );
    expect(variants({ bench: '[{"random_input_len": 512, "random_prefix_len": 0}]', study })[0]![1]).toEqual({
      'workload.synthetic.lengths': { input: 512, output: 32 },
      'workload.synthetic.shared_prefix': null,
    });
    const laws = study.replace('input: 64', 'input: { lognormal: { mean: 9, sigma: 1 } }');
    expect(errors({ bench: '[{"random_output_len": 5}]', study: laws })).toEqual([
      "bench.json:1:3: the lengths of the study's workload are no plain numbers; expected random_input_len and random_output_len beside it.",
    ]);
  });

  test('about the client, its results and sampling change nothing', () => {
    const bench =
      '[{"_benchmark_name": "a", "temperature": 0, "save-result": true, "dataset_name": "random", "seed": 3}]';
    expect(sweptBy({ bench }).noEffect.get('a')).toEqual([
      '--temperature 0',
      '--save-result true',
      '--dataset-name random',
      '--seed 3',
    ]);
  });

  test.each([
    [
      'ramps',
      '[{"ramp_up_strategy": "linear"}]',
      'bench.json:1:3 ramp_up_strategy: read "linear": a rate that ramps up is not modelled.',
    ],
    [
      'other data sets',
      '[{"dataset_name": "sharegpt"}]',
      'bench.json:1:3 dataset_name: read "sharegpt": of the data sets only random is made here; give others as a trace: of the study.',
    ],
    [
      'parameters of other data sets',
      '[{"sonnet_input_len": 5}]',
      'bench.json:1:3 sonnet_input_len: read 5: of the data sets only random is made here; give others as a trace: of the study.',
    ],
    [
      'misspelt ones',
      '[{"request_rat": 5}]',
      'bench.json:1:3: unknown parameter of vllm bench serve "request_rat". Did you mean "request_rate"?',
    ],
    [
      'lengths that are none',
      '[{"random_output_len": 0}]',
      'bench.json:1:3 random_output_len: read 0, expected a whole number of 1 or more.',
    ],
    [
      'a ratio that would reach 0 tokens',
      '[{"random_range_ratio": 1}]',
      'bench.json:1:3 random_range_ratio: read 1, expected a number from 0 to below 1.',
    ],
    [
      'rates that are none',
      '[{"request_rate": -1}]',
      'bench.json:1:3 workload.request_rate: read -1, expected requests per second above 0, or inf.',
    ],
  ])('refuse %s at their place', (_, bench, message) => {
    expect(errors({ bench })).toEqual([message]);
  });
});

describe('both files', () => {
  const serve = '[{"max_num_seqs": 8}, {"max_num_seqs": 16}]';
  const bench = '{"few": {"max_concurrency": 8}, "many": {"max_concurrency": 16}}';

  test('are combined, every record with every other', () => {
    expect(variants({ serve, bench }).map(([title]) => title)).toEqual([
      'max_num_seqs=8, few',
      'max_num_seqs=8, many',
      'max_num_seqs=16, few',
      'max_num_seqs=16, many',
    ]);
  });

  test('are combined where linked parameters agree', () => {
    for (const link of ['max_num_seqs=max_concurrency', ' max-num-seqs = max-concurrency '])
      expect(variants({ serve, bench, link }).map(([title]) => title)).toEqual([
        'max_num_seqs=8, few',
        'max_num_seqs=16, many',
      ]);
    expect(errors({ serve, bench, link: 'max_num_seq=max_concurrency' })).toEqual([
      '--link-vars max_num_seq=max_concurrency: no record of --serve-params has max_num_seq. Did you mean "max_num_seqs"?',
    ]);
    expect(errors({ serve, bench, link: 'max_num_seqs' })).toEqual([
      '--link-vars max_num_seqs: expected pairs such as max_num_seqs=max_concurrency, with commas between.',
    ]);
    expect(errors({ serve: '[{"max_num_seqs": 4}]', bench, link: 'max_num_seqs=max_concurrency' })).toEqual([
      '--link-vars max_num_seqs=max_concurrency: no record of the one file agrees with one of the other.',
    ]);
  });

  test('stand beside what the study sweeps, but not beside its own names', () => {
    const study = (sweep: string) => studyText(undefined, [`sweep: { ${sweep} }`]);
    expect(variants({ serve, study: study('workload.request_rate: [1, 2]') })).toHaveLength(4);
    expect(variants({ serve, study: study('grid: { workload.request_rate: [1, 2] }') })).toHaveLength(4);
    expect(errors({ serve, study: study('variants: [{ name: a }]') })).toEqual([
      'study.yaml:7:10: the parameter files name variants too; expected them in one place.',
    ]);
    expect(errors({ serve, study: study('workload.request_rate: [1, 0]') })[0]).toMatch(/^study\.yaml:7:37 workload/);
  });

  test('are for a study with one deployment', () => {
    const study = 'deployments: { a: { model: tiny-1b, gpu: l40s } }\nworkload: { synthetic: chat, num_requests: 1 }\n';
    expect(errors({ serve, study })).toEqual(['study.yaml:1:1: parameter files are for a study with one deployment.']);
  });

  test('leave a setting that is given by hand, unless they set it', () => {
    const set = (assignment: string) => applyOverrides(loadedBy({ serve }), [assignment]);
    expect(expandSweep(set('deployment.watermark=0.1'))).toHaveLength(2);
    expect(errorLines(() => set('deployment.max_num_seqs=4'))[0]).toMatch(/the variant "max_num_seqs=8" sets/);
  });
});

test('whatever the files hold, the study is swept, or refused in words', () => {
  const name = fc.constantFrom(
    'max_num_seqs',
    'port',
    'tp',
    'random_input_len',
    'request_rate',
    '_benchmark_name',
    'a.b',
    '',
  );
  const record = fc.dictionary(name, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
  const file = fc.oneof(fc.array(record, { maxLength: 3 }), fc.dictionary(fc.string(), record), fc.jsonValue());
  fc.assert(
    fc.property(file, file, (serve, bench) => {
      try {
        expect(loadedBy({ serve: JSON.stringify(serve), bench: JSON.stringify(bench) })).toHaveProperty('study');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});

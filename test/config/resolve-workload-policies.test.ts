import { describe, expect, test } from 'vitest';
import { errorLines, resolveText } from './fixtures.ts';

const study = (lines: readonly string[], rest: readonly string[] = []) =>
  ['deployment: { model: tiny-1b, gpu: h100-sxm }', 'workload:', ...lines.map((line) => `  ${line}`), ...rest, ''].join(
    '\n',
  );
const REASONING = ['synthetic: reasoning', 'num_requests: 5'];
const reasoning = (...lines: string[]) => resolveText(study([...REASONING, ...lines])).runs[0]!.workload;
const errors = (...lines: string[]) => errorLines(() => resolveText(study([...REASONING, ...lines])));
const CLASSES = 'classes: { chat: { share: 0.7 }, batch: { share: 0.3, priority: 2 } }';

describe('a budget', () => {
  test.each(['null', 'none'])('of %s is none', (text) => {
    expect(reasoning(`budget: ${text}`).budget).toBe(null);
  });

  test('has the defaults of a hint, a classifier and a runaway chain', () => {
    expect(reasoning('budget: { hint: {} }').budget).toEqual({
      hint: { cut: 0.5, ignored_by: 0.2 },
      classifier: null,
      thinking_tokens: null,
      max_tokens: null,
    });
    expect(reasoning('budget: { classifier: { budgets: [{ max_tokens: 9 }] } }').budget!.classifier).toEqual({
      delay_us: 8000,
      by: 'thinking',
      groups: [{ below: null, cut: 0, thinking_tokens: null, max_tokens: 9 }],
      confusion: [[1]],
    });
    expect(reasoning('runaway: { share: 0.01 }').runaway).toEqual({ share: 0.01, tokens: 100_000 });
  });

  test('combines kinds, and spreads an error rate over the other groups', () => {
    const groups = '[{ below: 1000, cut: 0.75 }, { below: 4000, thinking_tokens: 4000 }, {}]';
    const { budget } = reasoning(
      `budget: { hint: { cut: 0.4 }, classifier: { delay: 5ms, error_rate: 0.2, budgets: ${groups} }, max_tokens: 8000 }`,
    );
    expect(budget).toMatchObject({ hint: { cut: 0.4, ignored_by: 0.2 }, max_tokens: 8000 });
    expect(budget!.classifier).toEqual({
      delay_us: 5000,
      by: 'thinking',
      groups: [
        { below: 1000, cut: 0.75, thinking_tokens: null, max_tokens: null },
        { below: 4000, cut: 0, thinking_tokens: 4000, max_tokens: null },
        { below: null, cut: 0, thinking_tokens: null, max_tokens: null },
      ],
      confusion: [
        [0.8, 0.1, 0.1],
        [0.1, 0.8, 0.1],
        [0.1, 0.1, 0.8],
      ],
    });
  });

  test('by class has a group for each class, without limits where none are given', () => {
    const { budget } = reasoning(CLASSES, 'budget: { classifier: { budgets: { batch: { thinking_tokens: 500 } } } }');
    expect(budget!.classifier).toMatchObject({
      by: 'class',
      groups: [{ thinking_tokens: null }, { thinking_tokens: 500 }],
    });
  });

  test('can be swept as a whole, by a setting, and for one class', () => {
    const sweep = (path: string, values: string) => {
      const lines = [...REASONING, CLASSES, 'budget: { thinking_tokens: 100 }'];
      return resolveText(study(lines, [`sweep: { ${path}: ${values} }`])).runs;
    };
    const whole = sweep('workload.budget', '[none, { hint: { cut: 0.5 } }, { max_tokens: 4096 }]');
    expect(whole.map(({ workload }) => workload.budget)).toMatchObject([
      null,
      { hint: { cut: 0.5 } },
      { max_tokens: 4096 },
    ]);
    expect(new Set(whole.map(({ run_id }) => run_id)).size).toBe(3);
    const tokens = sweep('workload.budget.thinking_tokens', '[1000, 2000]');
    expect(tokens.map(({ workload }) => workload.budget!.thinking_tokens)).toEqual([1000, 2000]);
    const one = sweep('workload.classes.batch.budget', '[none, { max_tokens: 64 }]');
    expect(one.map(({ workload }) => workload.classes[1]!.overrides.budget)).toMatchObject([null, { max_tokens: 64 }]);
    expect(one[0]!.workload.budget).toMatchObject({ thinking_tokens: 100 });
  });
});

describe('thinking', () => {
  test('of the workload replaces that of its specification, and gives a trace one', () => {
    expect(reasoning('thinking_share: { constant: 0.3 }').spec!.thinking_share).toEqual({ constant: 0.3 });
    expect(reasoning('thinking_share: null').spec!.thinking_share).toBe(null);
    const traced = resolveText(study(['trace: a.csv', 'thinking_share: { constant: 0.3 }'])).runs[0]!.workload;
    expect(traced.trace!.thinking_share).toEqual({ constant: 0.3 });
  });
});

describe('classes', () => {
  test("have shares, priorities, bounds of their own or the study's, and only what they override", () => {
    const lines = [
      ...REASONING,
      'classes:',
      '  chat: { share: 0.7, slo: { ttft_p99: 2s }, lengths: { input: 64, output: 32 }, thinking_share: null }',
      '  batch: { share: 0.3, priority: 2, budget: { max_tokens: 900 }, runaway: { share: 0.1 } }',
    ];
    const [run] = resolveText(study(lines, ['slo: { e2el_p50: 1m }'])).runs;
    expect(run!.workload.classes).toEqual([
      {
        name: 'chat',
        share: 0.7,
        request_rate: null,
        priority: 0,
        slo: [{ metric: 'ttft', statistic: 'p99', limit_us: 2e6 }],
        overrides: { lengths: { input: { constant: 64 }, output: { constant: 32 } }, thinking_share: null },
      },
      {
        name: 'batch',
        share: 0.3,
        request_rate: null,
        priority: 2,
        slo: [{ metric: 'e2el', statistic: 'p50', limit_us: 60e6 }],
        overrides: {
          budget: { hint: null, classifier: null, thinking_tokens: null, max_tokens: 900 },
          runaway: { share: 0.1, tokens: 100_000 },
        },
      },
    ]);
  });

  test('may have rates of their own instead, and then the workload has none', () => {
    const spec = 'synthetic: { lengths: { input: 100, output: 10 } }';
    const classes =
      'classes: { a: { request_rate: 3 }, b: { request_rate: 1, arrivals: { process: gamma, burstiness: 0.5 } } }';
    const { workload } = resolveText(study([spec, classes, 'duration: 1m', 'max_concurrency: 8'])).runs[0]!;
    expect(workload).toMatchObject({
      request_rate: null,
      classes: [{ request_rate: 3, share: null }, { request_rate: 1 }],
    });
  });

  test('of another name are another run, because random streams go by it', () => {
    const id = (name: string) =>
      resolveText(study([...REASONING, `classes: { ${name}: { share: 1 } }`])).runs[0]!.run_id;
    expect(id('a')).not.toBe(id('b'));
  });

  test('of a trace need no shares where its rows name them', () => {
    const { workload } = resolveText(study(['trace: a.csv', 'classes: { a: {}, b: { priority: 1 } }'])).runs[0]!;
    expect(workload.classes.map(({ share }) => share)).toEqual([null, null]);
  });
});

describe('policies that make no sense are refused', () => {
  test.each([
    [
      ['budget: {}'],
      'study.yaml:5:11 workload.budget: empty; expected hint, classifier, thinking_tokens or max_tokens, or none.',
    ],
    [['budget: { hnit: {} }'], 'study.yaml:5:13 workload.budget: unknown key "hnit". Did you mean "hint"?'],
    [
      ['budget: { thinking_tokens: -1 }'],
      'study.yaml:5:30 workload.budget.thinking_tokens: read -1, expected a whole number of 0 or more.',
    ],
    [
      ['budget: some'],
      'study.yaml:5:11 workload.budget: read "some", expected hint, classifier, thinking_tokens or max_tokens, or none.',
    ],
    [
      ['thinking_share: null', 'budget: { hint: {} }'],
      'study.yaml:6:11 workload.budget: it shortens thinking, but these requests do not think; give them a thinking_share.',
    ],
    [
      ['thinking_share: null', 'runaway: { share: 0.1 }'],
      'study.yaml:6:12 workload.runaway: runaway chains think, but these requests do not; give them a thinking_share.',
    ],
    [
      ['classes: { a: { share: 1 }, b: { share: 1, thinking_share: null, budget: { thinking_tokens: 9 } } }'],
      'study.yaml:5:76 workload.classes.b.budget: it shortens thinking, but these requests do not think; give them a thinking_share.',
    ],
    [
      ['budget: { classifier: { budgets: [{ cut: 0.5 }, { cut: 0.1 }] } }'],
      'study.yaml:5:37 workload.budget.classifier.budgets[0]: missing below, which only the last group goes without.',
    ],
    [
      ['budget: { classifier: { budgets: [{ below: 9 }, { below: 5 }, { cut: 0.1 }] } }'],
      'study.yaml:5:60 workload.budget.classifier.budgets[1].below: read 5 after 9, expected ascending bounds.',
    ],
    [
      ['budget: { classifier: { budgets: [{ below: 9, cut: 1 }] } }'],
      'study.yaml:5:46 workload.budget.classifier.budgets[0].below: the last group has no upper bound; remove below, or add a group.',
    ],
    [
      ['budget: { classifier: { error_rate: 0.1, budgets: [{ cut: 1 }] } }'],
      'study.yaml:5:39 workload.budget.classifier.error_rate: read 0.1, but with one group nothing can be mistaken.',
    ],
    [
      ['budget: { classifier: { confusion: [[1, 0]], budgets: [{ below: 5 }, { cut: 1 }] } }'],
      'study.yaml:5:38 workload.budget.classifier.confusion: expected 2 rows of 2 shares, one a group.',
    ],
    [
      ['budget: { classifier: { confusion: [[1, 0], [0.5, 0.4]], budgets: [{ below: 5 }, { cut: 1 }] } }'],
      'study.yaml:5:47 workload.budget.classifier.confusion[1]: expected shares that sum to 1.',
    ],
    [
      ['budget: { classifier: { budgets: { batch: { max_tokens: 3 } } } }'],
      'study.yaml:5:36 workload.budget.classifier.budgets: budgets by class, but the workload has no classes.',
    ],
    [
      [CLASSES, 'budget: { classifier: { budgets: { btach: { max_tokens: 3 } } } }'],
      'study.yaml:6:38 workload.budget.classifier.budgets: unknown class "btach". Did you mean "batch"?',
    ],
    [
      ['classes: { a: { share: 1 }, b: {} }'],
      'study.yaml:5:34 workload.classes.b: missing share; expected share, or request_rate in all classes.',
    ],
    [['classes: { a: { share: 0 } }'], 'study.yaml:5:12 workload.classes: the shares are all 0; expected one above 0.'],
    [
      ['classes: { a: { share: 1, arrivals: { process: poisson } } }'],
      'study.yaml:5:29 workload.classes.a: arrivals of its own need a request_rate in place of share.',
    ],
    [
      ['classes: { a: { request_rate: 1 }, b: { share: 1 } }'],
      'study.yaml:5:43 workload.classes.b: some classes have a request_rate, so all need one; replace share.',
    ],
    [
      ['request_rate: 2', 'classes: { a: { request_rate: 1 } }'],
      'study.yaml:5:3 workload: the classes have rates of their own; remove request_rate, or give them shares.',
    ],
    [
      ['classes: { 1st: { share: 1 } }'],
      'study.yaml:5:14 workload.classes: expected the name of a class: letters, digits, - and _, a letter first.',
    ],
    [
      ['classes: { a: { share: 1, priorty: 2 } }'],
      'study.yaml:5:29 workload.classes.a: unknown key "priorty". Did you mean "priority"?',
    ],
    [
      ['classes: { a: { share: 1, lengths: { input: { uniform: { min: 9, max: 3 } }, output: 5 } } }'],
      'study.yaml:5:58 workload.classes.a.lengths.input.uniform: min 9 is above max 3.',
    ],
  ])('%# %j', (lines, message) => {
    expect(errors(...lines)[0]).toBe(message);
  });

  test.each([
    [
      'classes: { a: { share: 1, lengths: { input: 3, output: 5 } } }',
      'study.yaml:4:29 workload.classes.a: a trace has its own; remove lengths.',
    ],
    [
      'classes: { a: { share: 1 }, b: {} }',
      'study.yaml:4:34 workload.classes.b: missing share, which other classes have; a trace that names its classes needs none at all.',
    ],
    [
      'budget: { thinking_tokens: 100 }',
      'study.yaml:4:11 workload.budget: it shortens thinking, but these requests do not think; give them a thinking_share.',
    ],
  ])('of a trace: %s', (line, message) => {
    expect(errorLines(() => resolveText(study(['trace: a.csv', line])))[0]).toBe(message);
  });
});

describe('classes that all have lengths', () => {
  const classes = (second: string) => [
    'num_requests: 5',
    'request_rate: 1',
    `classes: { short: { share: 1, lengths: { input: 5, output: 6 } }, long: { share: 1${second} } }`,
  ];

  test('are a workload without a specification beside them', () => {
    const { workload } = resolveText(study(classes(', lengths: { input: 50, output: 60 }'))).runs[0]!;
    expect(workload.classes.map(({ overrides }) => overrides.lengths)).toEqual([
      { input: { constant: 5 }, output: { constant: 6 } },
      { input: { constant: 50 }, output: { constant: 60 } },
    ]);
  });

  test('are none if one of them has no lengths', () => {
    expect(errorLines(() => resolveText(study(classes(''))))).toEqual([
      expect.stringContaining(
        'read neither synthetic nor trace, expected one of them (or classes that all have lengths)',
      ),
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { isOfLoad } from '../../src/config/load-settings.ts';
import { errorLines, resolveText, studyText } from './fixtures.ts';

const SEQS = 'deployment.max_num_seqs';
const TOKENS = 'deployment.max_num_batched_tokens';
const BLOCKS = 'deployment.num_gpu_blocks_override';
const RATE = 'workload.request_rate';
const NAMED = 'variants: [{ name: plain }, { name: fp8 kv, deployment.kv_cache_dtype: fp8 }]';

/** The lines come first, so that a message is at line 1. */
function resolved(sweep: readonly string[], ...lines: string[]) {
  const indented = sweep.map((line) => `  ${line}`);
  return resolveText(`${lines.join('\n')}\n${studyText(undefined, ['sweep:', ...indented])}`);
}

/** `a > b`: a is compared with b, by their titles; `a >> b`: under another load. */
function comparisons(sweep: readonly string[], ...lines: string[]): string[] {
  const study = resolved(sweep, ...lines);
  const title = (settings: Record<string, unknown>) =>
    study.runs.find(({ variant }) => JSON.stringify(variant) === JSON.stringify(settings))!.title;
  return study.comparisons.map(
    ({ variant, baseline, same_load }) => `${title(variant)} ${same_load ? '>' : '>>'} ${title(baseline)}`,
  );
}

describe('without a word on it', () => {
  test('named variants are compared with the first of them, each at the values of what is swept beside', () => {
    expect(comparisons([`grid: { ${RATE}: [1, 8], ${SEQS}: [4, 8] }`, NAMED])).toEqual([
      'fp8 kv, request_rate=1 max_num_seqs=4 > plain, request_rate=1 max_num_seqs=4',
      'fp8 kv, request_rate=1 max_num_seqs=8 > plain, request_rate=1 max_num_seqs=8',
      'fp8 kv, request_rate=8 max_num_seqs=4 > plain, request_rate=8 max_num_seqs=4',
      'fp8 kv, request_rate=8 max_num_seqs=8 > plain, request_rate=8 max_num_seqs=8',
    ]);
  });

  test('a grid is compared with its first values, but for those of the load', () => {
    expect(comparisons([`${SEQS}: [4, 8]`, `${RATE}: [1, 2]`])).toEqual([
      'max_num_seqs=8 request_rate=1 > max_num_seqs=4 request_rate=1',
      'max_num_seqs=8 request_rate=2 > max_num_seqs=4 request_rate=2',
    ]);
    const three = comparisons([`${SEQS}: [4, 8]`, `${RATE}: [1, 2]`, `${TOKENS}: [512, 1024]`]);
    expect(three).toHaveLength(6);
    expect(three.at(-1)).toBe(
      'max_num_seqs=8 request_rate=2 max_num_batched_tokens=1024 > max_num_seqs=4 request_rate=2 max_num_batched_tokens=512',
    );
  });

  test('loads are not compared with each other, whether in a grid or by name', () => {
    expect(comparisons([`${RATE}: [1, 2]`])).toEqual([]);
    expect(comparisons([`variants: [{ name: a }, { name: b, ${RATE}: 3 }]`])).toEqual([]);
    expect(comparisons([`grid: { ${SEQS}: [4, 8] }`, `variants: [{ name: a }, { name: b, ${RATE}: 3 }]`])).toEqual([
      'a, max_num_seqs=8 > a, max_num_seqs=4',
      'b, max_num_seqs=8 > b, max_num_seqs=4',
    ]);
  });

  test('variants that set a load too are compared with the first under the same one', () => {
    const variants = [4, 8].flatMap((seqs) =>
      [1, 2].map((rate) => `{ name: ${seqs} at ${rate}, ${SEQS}: ${seqs}, ${RATE}: ${rate} }`),
    );
    expect(comparisons([`variants: [${variants.join(', ')}]`])).toEqual(['8 at 1 > 4 at 1', '8 at 2 > 4 at 2']);
  });

  test('limits on answers act on the same requests, and are compared', () => {
    expect(comparisons(['workload.max_tokens: [null, 100]'])).toEqual(['max_tokens=100 > max_tokens=null']);
    expect(comparisons(['workload.budget: [{ max_tokens: 50 }, { max_tokens: 100 }]'])).toHaveLength(1);
  });

  test('where the first values do not start together, a grid is compared with its first variant that does, load by load', () => {
    // 100 blocks of 16 tokens hold a request of 1,024 tokens, and none of 2,048.
    const grid = `grid: { ${BLOCKS}: [100, 5000], deployment.max_model_len: [2k, 1k], ${RATE}: [1, 2] }`;
    const study = resolved([grid]);
    expect(study.not_started.map(({ title }) => title)).toEqual([
      'num_gpu_blocks_override=100 max_model_len=2k request_rate=1',
      'num_gpu_blocks_override=100 max_model_len=2k request_rate=2',
    ]);
    expect(study.not_compared).toEqual([]);
    expect(comparisons([grid])).toEqual(
      ['2k', '1k'].flatMap((length) =>
        [1, 2].map(
          (rate) =>
            `num_gpu_blocks_override=5000 max_model_len=${length} request_rate=${rate} > num_gpu_blocks_override=100 max_model_len=1k request_rate=${rate}`,
        ),
      ),
    );
  });

  test('the baseline is the first that starts; one that does not start under some setting leaves variants without', () => {
    expect(comparisons([`${BLOCKS}: [2, 5000, 6000]`])).toEqual([
      'num_gpu_blocks_override=6000 > num_gpu_blocks_override=5000',
    ]);
    const study = resolved([
      `grid: { ${BLOCKS}: [5000, 100] }`,
      `variants: [{ name: a }, { name: b, ${SEQS}: 4, deployment.max_model_len: 1k }]`,
    ]);
    expect(study.comparisons).toHaveLength(1);
    expect(study.not_compared).toEqual([
      {
        variant: { [BLOCKS]: 100, [SEQS]: 4, 'deployment.max_model_len': '1k' },
        title: 'b, num_gpu_blocks_override=100',
        reason: 'its baseline "a, num_gpu_blocks_override=100" does not start',
      },
    ]);
  });
});

describe('a baseline', () => {
  test('is picked by its name or settings, and what it leaves open is matched', () => {
    const sweep = [`grid: { ${RATE}: [1, 8] }`, NAMED];
    const matched = [
      'plain, request_rate=1 > fp8 kv, request_rate=1',
      'plain, request_rate=8 > fp8 kv, request_rate=8',
    ];
    expect(comparisons(sweep, 'baseline: fp8 kv')).toEqual(matched);
    expect(comparisons(sweep, 'baseline: { variant: fp8 kv }')).toEqual(matched);
    expect(comparisons(sweep, 'baseline: { deployment.kv_cache_dtype: fp8 }')).toEqual(matched);
  });

  test('that picks a load is compared with across loads', () => {
    expect(comparisons([`${RATE}: [1, 2]`], `baseline: { ${RATE}: 2 }`)).toEqual(['request_rate=1 >> request_rate=2']);
    expect(comparisons([`grid: { ${RATE}: [1, 8] }`, NAMED], `baseline: { variant: plain, ${RATE}: 1 }`)).toEqual([
      'fp8 kv, request_rate=1 > plain, request_rate=1',
      'plain, request_rate=8 >> plain, request_rate=1',
      'fp8 kv, request_rate=8 >> plain, request_rate=1',
    ]);
  });

  test('is the one under the same load where its settings fit several named variants', () => {
    const variants = [4, 8].flatMap((seqs) =>
      [1, 2].map((rate) => `{ name: ${seqs} at ${rate}, ${SEQS}: ${seqs}, ${RATE}: ${rate} }`),
    );
    const sweep = [`variants: [${variants.join(', ')}, { name: 4 at 3, ${SEQS}: 4, ${RATE}: 3 }]`];
    expect(comparisons(sweep, `baseline: { ${SEQS}: 8 }`)).toEqual(['4 at 1 > 8 at 1', '4 at 2 > 8 at 2']);
    expect(resolved(sweep, `baseline: { ${SEQS}: 8 }`).not_compared).toEqual([
      {
        variant: { [SEQS]: 4, [RATE]: 3 },
        title: '4 at 3',
        reason: 'no variant is as {"deployment.max_num_seqs":8} under its load',
      },
    ]);
  });

  test('changes no run', () => {
    const ids = (...lines: string[]) => resolved([NAMED], ...lines).runs.map(({ run_id }) => run_id);
    expect(ids('baseline: fp8 kv', 'confidence: 90%', 'warm_up: 5m')).toEqual(ids('name: a'));
  });

  test.each([
    ['baseline: fp8kv', 'study.yaml:1:11 baseline: unknown variant "fp8kv". Did you mean "fp8 kv"?'],
    [`baseline: { ${SEQS}: 5 }`, `study.yaml:1:38 baseline.${SEQS}: read 5, expected one of 4, 8.`],
    [
      'baseline: { deployment.kv_cache_dtype: fp }',
      'study.yaml:1:40 baseline.deployment.kv_cache_dtype: unknown value "fp". Did you mean "fp8"?',
    ],
    [
      'baseline: { variant: plain, deployment.kv_cache_dtype: fp8 }',
      'study.yaml:1:11 baseline: read {"variant":"plain","deployment.kv_cache_dtype":"fp8"}, no variant is so; expected one of "plain", "fp8 kv".',
    ],
    [
      'baseline: { deployment.max_num_seq: 4 }',
      'study.yaml:1:13 baseline: unknown swept setting "deployment.max_num_seq". Did you mean "deployment.max_num_seqs"?',
    ],
    ['baseline: {}', `study.yaml:1:11 baseline: read {}, expected settings that pick one, such as { ${SEQS}: 4 }.`],
  ])('is refused at its place: %s', (line, message) => {
    expect(errorLines(() => resolved([`grid: { ${SEQS}: [4, 8] }`, NAMED], line))).toEqual([message]);
  });

  test('that fits several points of an axis under one load is refused', () => {
    const zip = `zip: { ${SEQS}: [4, 4, 8], ${TOKENS}: [512, 1024, 512] }`;
    expect(errorLines(() => resolved([zip], `baseline: { ${SEQS}: 4 }`))).toEqual([
      `study.yaml:1:11 baseline: read {"${SEQS}":4}, which fits 2 variants: "max_num_seqs=4 max_num_batched_tokens=512", "max_num_seqs=4 max_num_batched_tokens=1024"; expected settings that pick one.`,
    ]);
  });

  test('that does not start is refused', () => {
    const variants = ['variants:', '- { name: a }', `- { name: b, ${BLOCKS}: 2 }`];
    expect(errorLines(() => resolved(variants, 'baseline: b'))[0]).toMatch(
      /^study\.yaml:1:11 baseline: the baseline "b" does not start: /,
    );
  });

  test('of a study that varies nothing has no name to be picked by', () => {
    expect(errorLines(() => resolveText(`baseline: a\n${studyText()}`))[0]).toMatch(
      /no variant has a name; expected settings that pick one/,
    );
  });
});

test.each([
  ['workload.request_rate', true],
  ['workload.max_concurrency', true],
  ['workload.synthetic.lengths.input', true],
  ['workload.thinking_share', true],
  ['workload.classes.batch.share', true],
  ['workload.classes', true],
  ['workload.classes.batch.priority', false],
  ['workload.budget.thinking_tokens', false],
  ['workload.max_tokens', false],
  ['deployment.max_num_seqs', false],
  ['slo.ttft_p99', false],
])('%s is of the load: %s', (setting, expected) => {
  expect(isOfLoad(setting)).toBe(expected);
});

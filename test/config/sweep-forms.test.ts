import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOverrides, type LoadedStudy, loadStudy, withSettings } from '../../src/config/load.ts';
import { expandSweep } from '../../src/config/sweep.ts';
import { InputError } from '../../src/core/input-error.ts';
import { errorLines, resolveText, studyText } from './fixtures.ts';

/** `sweep:` is at line 7. */
const swept = (...lines: string[]) => studyText(undefined, ['sweep:', ...lines.map((line) => `  ${line}`)]);
const errors = (...lines: string[]) => errorLines(() => resolveText(swept(...lines)));
const variants = (...lines: string[]) =>
  expandSweep(loadStudy(swept(...lines), 'study.yaml')).map(({ title, settings }) => [title, settings]);

const SEQS = 'deployment.max_num_seqs';
const RATE = 'workload.request_rate';

describe('a sweep', () => {
  test('by grid is what it is without the word', () => {
    const grid = variants('grid:', `  ${SEQS}: [4, 8]`, `  ${RATE}: [1, 2]`);
    expect(grid).toEqual(variants(`${SEQS}: [4, 8]`, `${RATE}: [1, 2]`));
    expect(grid).toHaveLength(4);
  });

  test('by zip takes values together', () => {
    expect(variants(`zip: { ${SEQS}: [4, 8, 16], ${RATE}: [1, 2, inf] }`)).toEqual([
      ['max_num_seqs=4 request_rate=1', { [SEQS]: 4, [RATE]: 1 }],
      ['max_num_seqs=8 request_rate=2', { [SEQS]: 8, [RATE]: 2 }],
      ['max_num_seqs=16 request_rate=inf', { [SEQS]: 16, [RATE]: 'inf' }],
    ]);
  });

  test('of named variants has one for each name, which may have no settings', () => {
    expect(variants('variants:', '  - { name: as it is }', `  - { name: small, ${SEQS}: 4, ${RATE}: 1 }`)).toEqual([
      ['as it is', {}],
      ['small', { [SEQS]: 4, [RATE]: 1 }],
    ]);
  });

  test('of several forms is their product, in the order in which they are written', () => {
    const lines = [
      'variants: [{ name: a }, { name: b, deployment.kv_cache_dtype: fp8 }]',
      `grid: { ${RATE}: [1, 2] }`,
      `zip: { ${SEQS}: [4, 8], deployment.max_num_batched_tokens: [512, 1024] }`,
    ];
    const titles = variants(...lines).map(([title]) => title);
    expect(titles.slice(0, 3)).toEqual([
      'a, request_rate=1 max_num_seqs=4 max_num_batched_tokens=512',
      'a, request_rate=1 max_num_seqs=8 max_num_batched_tokens=1024',
      'a, request_rate=2 max_num_seqs=4 max_num_batched_tokens=512',
    ]);
    expect(new Set(titles).size).toBe(8);
  });

  test('names its runs and what does not start', () => {
    const { runs, not_started } = resolveText(
      swept('variants:', '  - { name: fits }', '  - { name: too long, deployment.num_gpu_blocks_override: 2 }'),
    );
    expect(runs.map(({ variant_name, title }) => [variant_name, title])).toEqual([['fits', 'fits']]);
    expect(not_started.map(({ variant_name, title }) => [variant_name, title])).toEqual([['too long', 'too long']]);
  });

  test('changes no run that is the same without it', () => {
    const [plain] = resolveText(studyText(['model: tiny-1b', 'gpu: h100-sxm', 'max_num_seqs: 4'])).runs;
    const [, named] = resolveText(swept('variants:', '  - { name: a }', `  - { name: b, ${SEQS}: 4 }`)).runs;
    expect(named!.run_id).toBe(plain!.run_id);
  });
});

describe('of a sweep is refused at its place', () => {
  test.each([
    [
      'lists under zip of different lengths',
      [`zip: { ${SEQS}: [4, 8], ${RATE}: [1, 2, 3] }`],
      'study.yaml:8:66 sweep.zip.workload.request_rate: read 3 values, expected 2, as many as deployment.max_num_seqs has.',
    ],
    [
      'a pair that is there twice',
      [`zip: { ${SEQS}: [4, 4], ${RATE}: [1, 1] }`],
      'study.yaml:8:39 sweep.zip.deployment.max_num_seqs[1]: these values are taken together twice, expected different ones.',
    ],
    [
      'a setting beside the reserved keys',
      ['grid: {}', `${SEQS}: [1, 2]`],
      'study.yaml:9:3 sweep: expected under grid, since the sweep has grid too.',
    ],
    [
      'a key that is none',
      [`gird: { ${SEQS}: [1] }`],
      'study.yaml:8:3 sweep: unknown key "gird". Did you mean "grid"?',
    ],
    [
      'a value that is no list',
      [`grid: { ${SEQS}: 4 }`],
      'study.yaml:8:36 sweep.grid.deployment.max_num_seqs: read 4, expected a list of values to try, with at least one.',
    ],
    [
      'a variant without a name',
      [`variants: [{ ${SEQS}: 4 }]`],
      'study.yaml:8:14 sweep.variants[0].name: missing; expected a name.',
    ],
    [
      'a name given twice',
      ['variants:', '  - { name: a }', `  - { name: a, ${SEQS}: 4 }`],
      'study.yaml:10:15 sweep.variants[1].name: read "a" twice, expected different names.',
    ],
    [
      'the same settings by two names',
      ['variants:', `  - { name: a, ${SEQS}: 4 }`, `  - { name: b, ${SEQS}: 4 }`],
      'study.yaml:10:7 sweep.variants[1]: "b" has the settings of "a", expected different ones.',
    ],
    [
      'a value of a variant',
      ['variants:', `  - { name: a, ${SEQS}: 0 }`],
      'study.yaml:9:43 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ],
    [
      'a setting of a variant that there is not',
      ['variants:', '  - { name: a, deployment.max_num_sequences: 4 }'],
      'study.yaml:9:18 deployment: unknown key "max_num_sequences". Did you mean "max_num_seqs"?',
    ],
    [
      'a setting that two forms have',
      [`grid: { ${SEQS}: [4, 8] }`, 'variants:', '  - { name: a }', `  - { name: b, ${SEQS}: 2 }`],
      'study.yaml:11:18 sweep.variants[1]: deployment.max_num_seqs would overwrite deployment.max_num_seqs, which the sweep sets before it.',
    ],
  ])('%s', (_, lines, message) => {
    expect(errors(...lines)).toEqual([message]);
  });
});

test('whatever a sweep is, its study is read, or refused in words', () => {
  const value = fc.oneof(fc.integer(), fc.constant(null), fc.constant('8k'), fc.constant([]), fc.constant([4, 8]));
  const name = fc.constantFrom(SEQS, RATE, 'deployment', 'deployment.', 'x.y', 'name', 'seeds', 'grid');
  const mapping = fc.dictionary(name, value, { maxKeys: 3 });
  const form = fc.oneof(value, mapping, fc.array(fc.oneof(mapping, value), { maxLength: 3 }));
  const sweep = fc.dictionary(fc.constantFrom('grid', 'zip', 'variants', SEQS, 'deployment', 'gird'), form, {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(fc.oneof(sweep, value), (written) => {
      const text = studyText(undefined, [`sweep: ${JSON.stringify(written)}`]);
      try {
        expect(resolveText(text).runs.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});

describe('a setting given by hand', () => {
  const set = (text: string, assignment: string) => applyOverrides(loadStudy(text, 'study.yaml'), [assignment]);
  const titles = (text: string, assignment: string) => expandSweep(set(text, assignment)).map(({ title }) => title);

  test('is no longer swept, whatever the form', () => {
    expect(titles(swept(`${SEQS}: [4, 8]`, `${RATE}: [1, 2]`), `${SEQS}=2`)).toEqual([
      'request_rate=1',
      'request_rate=2',
    ]);
    expect(titles(swept(`grid: { ${SEQS}: [4, 8], ${RATE}: [1, 2] }`), `${SEQS}=2`)).toHaveLength(2);
    expect(titles(swept(`zip: { ${SEQS}: [4, 8], ${RATE}: [1, 2] }`), `${SEQS}=2`)).toHaveLength(2);
    expect(titles(swept(`zip: { ${SEQS}: [4, 8] }`), `${SEQS}=2`)).toEqual(['']);
  });

  test('leaves one of the points under zip that differed in nothing else', () => {
    const text = swept(`zip: { ${SEQS}: [4, 8, 16, 32], ${RATE}: [1, 2, 1, 3] }`);
    expect(titles(text, `${SEQS}=2`)).toEqual(['request_rate=1', 'request_rate=2', 'request_rate=3']);
    expect(titles(text, `${RATE}=2`)).toHaveLength(4);
    // The last of those that are left is where it was written.
    const placeOf = (study: LoadedStudy, point: number) => study.source.locate(['sweep', 'zip', RATE, point], 'value');
    expect(placeOf(set(text, `${SEQS}=2`), 2)).toBe(placeOf(loadStudy(text, 'study.yaml'), 3));
  });

  test('that a named variant sets is refused: the name would be wrong', () => {
    const text = swept('variants:', '  - { name: a }', `  - { name: b, ${SEQS}: 4 }`);
    expect(errorLines(() => set(text, `${SEQS}=2`))).toEqual([
      '--set deployment.max_num_seqs=2: the variant "b" sets deployment.max_num_seqs; expected a setting that no variant sets.',
    ]);
  });

  test('by a program takes the place of the whole sweep, with its baseline and stopping rule', () => {
    const text = `${swept(`${RATE}: [1, 2]`)}baseline: { ${RATE}: 1 }\nuntil: { ci_halfwidth: 5% of ttft_p99 }\n`;
    const changed = withSettings(loadStudy(text, 'study.yaml'), { [SEQS]: 2 });
    expect(expandSweep(changed).map(({ settings }) => settings)).toEqual([{}]);
    expect(changed.study.deployment!.max_num_seqs).toBe(2);
    expect(errorLines(() => withSettings(changed, { [SEQS]: 0 }))).toEqual([
      'deployment.max_num_seqs=0 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { serveSettings } from '../../src/config/schema-deployment.ts';
import { type FlagRule, findFlag, knownFlags } from '../../src/config/serve-flags.ts';
import { NO_EFFECT_LISTS, NO_EFFECT_SWITCHES, NO_EFFECT_VALUES } from '../../src/config/serve-flags-no-effect.ts';
import { REFUSED_FLAGS, REMOVED_FLAGS } from '../../src/config/serve-flags-refused.ts';

const found = (name: string): FlagRule & { negated: boolean; name: string } => {
  const lookup = findFlag(name);
  if (!lookup.found) throw new Error(lookup.message);
  return { ...lookup.rule, negated: lookup.negated, name: lookup.name };
};

describe('the table of flags', () => {
  test('has every flag once', () => {
    const lists = [...NO_EFFECT_SWITCHES, ...NO_EFFECT_VALUES, ...NO_EFFECT_LISTS];
    const refused = REFUSED_FLAGS.flatMap(({ flags }) => flags);
    const all = [...lists, ...refused, ...Object.keys(REMOVED_FLAGS)];
    expect(all.filter((flag, i) => all.indexOf(flag) !== i)).toEqual([]);
    const settings = Object.keys(serveSettings).map((name) => `--${name.replaceAll('_', '-')}`);
    expect(all.filter((flag) => settings.includes(flag))).toEqual([]);
  });

  test('has a flag for every setting of vLLM that a study file can give', () => {
    for (const name of Object.keys(serveSettings)) {
      const json = name === 'speculative_config';
      const rule = json ? { kind: 'json', config: name } : { kind: 'setting', setting: name };
      expect(found(`--${name.replaceAll('_', '-')}`)).toMatchObject(rule);
    }
  });

  test('knows the 300 or so flags of the server and the engine', () => {
    const present = knownFlags().filter((flag) => found(flag).kind !== 'removed');
    expect(present.length).toBeGreaterThanOrEqual(290);
  });
});

describe('findFlag', () => {
  test.each([
    ['--max_model_len', '--max-model-len'],
    ['-tp', '--tensor-parallel-size'],
    ['-q', '--quantization'],
    ['--device-memory-utilization', '--gpu-memory-utilization'],
    ['--tensor-parallel', '--tensor-parallel-size'],
    ['--gpu-memory-util', '--gpu-memory-utilization'],
  ])('takes %s for %s, as vLLM does', (written, name) => {
    expect(found(written)).toMatchObject({ name, negated: false });
  });

  test.each([
    ['--no-enable-prefix-caching', '--enable-prefix-caching'],
    ['--disable-prefix-caching', '--enable-prefix-caching'],
    ['--no-async-scheduling', '--async-scheduling'],
    ['--disable-log-requests', '--enable-log-requests'],
    ['--enable-cascade-attn', '--disable-cascade-attn'],
  ])('takes %s for the opposite of %s', (written, name) => {
    expect(found(written)).toMatchObject({ name, negated: true });
  });

  test('an abbreviation that fits several flags is refused with what it could be', () => {
    expect(findFlag('--max-num-queued')).toEqual({
      found: false,
      message: '--max-num-queued could be any of --max-num-queued-tokens, --max-num-queued-reqs. Write it in full',
    });
  });

  test('an unknown flag is refused with the nearest name', () => {
    expect(findFlag('--max-model-length')).toEqual({
      found: false,
      message: 'vllm serve 0.33 has no flag "--max-model-length". Did you mean "--max-model-len"?',
    });
    expect(findFlag('--frobnicate-everything')).toMatchObject({
      message: expect.stringContaining('Check its spelling'),
    });
  });
});

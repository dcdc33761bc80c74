import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/config/resolved.ts';
import { canonicalJson, fnv1a64, runId } from '../../src/config/run-id.ts';
import { resolveText, studyText } from './fixtures.ts';

const hex = ([high, low]: [number, number]) => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');

/** The definition, in integers of any size. */
function reference(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) % 2n ** 64n;
  return hash.toString(16).padStart(16, '0');
}

describe('the hash', () => {
  // Vectors of the authors' test suite (isthe.com/chongo/tech/comp/fnv).
  test.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('of %j is that of FNV-1a', (text, expected) => {
    expect(hex(fnv1a64(text))).toBe(expected);
  });

  test('of any text is that of the definition', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => hex(fnv1a64(text)) === reference(text)));
  });
});

describe('the id of a run', () => {
  const [run] = resolveText(studyText()).runs;
  const withDeployment = (changed: Partial<Deployment>) => {
    const [pool] = run!.pools;
    return { ...run!, pools: [{ ...pool!, deployment: { ...pool!.deployment, ...changed } }] };
  };

  test('is 12 hex digits', () => {
    expect(run!.run_id).toMatch(/^[0-9a-f]{12}$/);
  });

  test('does not depend on the order of keys, on notes, or on names', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 2, c: null }] })).toBe('{"a":[{"c":null,"d":2}],"b":1}');
    const notes = { no_effect: ['x'], not_modelled: [], estimates: [] };
    expect(runId(withDeployment({ notes }), '1.2.3')).toBe(run!.run_id);
    expect(runId({ ...run!, workload: { ...run!.workload, name: 'inline' }, variant: { a: 1 } }, '1.2.3')).toBe(
      run!.run_id,
    );
  });

  test.each([
    ['seed', { ...run!, seed: 2 }],
    ['engine setting', withDeployment({ engine: { ...run!.deployment.engine, watermark: 0.1 } })],
    ['pool', { ...run!, pools: [...run!.pools, ...run!.pools] }],
    ['pool name', { ...run!, pools: [{ ...run!.pools[0]!, name: 'small' }] }],
    ['cluster setting', { ...run!, cluster: { ...run!.cluster, retries: 0 } }],
    ['workload setting', { ...run!, workload: { ...run!.workload, max_tokens: 5 } }],
    ['bound', { ...run!, slo: [{ metric: 'ttft' as const, statistic: 'p99' as const, limit_us: 1 }] }],
  ])('depends on each %s', (_, changed) => {
    expect(runId(changed, '1.2.3')).not.toBe(run!.run_id);
  });
});

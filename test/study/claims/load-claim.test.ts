import { describe, expect, it } from 'vitest';
import { isClaim, loadClaim } from '../../../src/study/claims/load-claim.ts';
import { errorLines } from '../../config/fixtures.ts';

const HEAD = `claim: { id: B1, says: Something. }
deployment: { model: llama-3.1-8b, gpu: h100-sxm }
`;
const EXPECT = 'expect: [{ what: x, quantity: { value: completed, of: fast }, claimed: 1 }]\n';
const load = (text: string) => loadClaim(text, 'claim.yaml');

describe('a claim file', () => {
  it('is a study with claim and expect on top', () => {
    expect(isClaim(HEAD, 'claim.yaml')).toBe(true);
    expect(isClaim('deployment: {}', 'study.yaml')).toBe(false);
  });

  it('lays the changes of a case over the study, mapping by mapping', () => {
    const { cases } = load(
      `${HEAD}workload: { synthetic: chat, num_requests: 5 }
cases: { slow: {}, fast: { deployment: { max_num_seqs: 7 }, workload: { num_requests: 9 } } }
${EXPECT}`,
    );
    expect(cases.map(({ name, hasWorkload }) => [name, hasWorkload])).toEqual([
      ['slow', true],
      ['fast', true],
    ]);
    expect(cases[1]!.study!.study).toMatchObject({
      deployment: { model: 'llama-3.1-8b', max_num_seqs: 7 },
      workload: { synthetic: 'chat', num_requests: 9 },
    });
  });

  it('has its cases in the order of the file, whatever their names', () => {
    const { cases } = load(
      `${HEAD}workload: { synthetic: chat, num_requests: 5 }\ncases: { fast: {}, 16: { deployment: { max_num_seqs: 16 } }, 8: {} }\n${EXPECT}`,
    );
    expect(cases.map(({ name }) => name)).toEqual(['fast', '16', '8']);
  });

  it('needs no deployment for arithmetic, and no workload for a check', () => {
    const arithmetic = 'claim: { id: M1, says: x. }\nexpect: [{ what: x, quantity: 1, claimed: 1 }]\n';
    expect(load(arithmetic).cases).toEqual([]);
    const check = `${HEAD}expect: [{ what: x, quantity: { check: starts }, claimed: true }]\n`;
    expect(load(check).cases).toMatchObject([{ name: 'study', hasWorkload: false, refused: null }]);
  });

  it('locates what is wrong in a case where the case says it', () => {
    const text = `${HEAD}cases:\n  fast:\n    deployment: { max_num_seqs: 0 }\n${EXPECT}`;
    expect(errorLines(() => load(text))).toEqual([
      'claim.yaml:5:33 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ]);
  });

  it('keeps a refused deployment as an answer only where the claim asks for it', () => {
    const asked = `claim: { id: M5, says: x. }
deployment: { gpu: h100-sxm, serve: vllm serve llama-3.1-8b --dtype fp8 }
expect: [{ what: x, quantity: { check: accepted }, claimed: true }]
`;
    expect(load(asked).cases[0]!.refused).toContain('dtype');
    expect(() => load(asked.replace('accepted', 'starts'))).toThrow(/dtype/);
  });

  it.each([
    ['expect: []\n', 'claim.yaml:3:9 expect: '],
    ['expect: [{ what: x, quantity: { valu: x } }]\n', 'Did you mean "value"?'],
    ['expect: [{ what: x, quantity: { value: x, of: fats } }]\ncases: { fast: {} }\n', 'Did you mean "fast"?'],
    ['expect: [{ what: x, quantity: { value: x } }]\ncases: { a: {}, b: {} }\n', 'of which case? Expected of: a, b'],
    ['expect: [{ what: x, quantity: 1, unit: GBB }]\n', 'expected one of GB, GiB'],
    ['expect: [{ what: x, quantity: 1, tolerance: much }]\n', 'expected a share such as 5% or 0.05'],
  ])('names what is wrong with %j', (rest, message) => {
    const lines = errorLines(() => load(HEAD + rest));
    expect(lines[0]).toMatch(/^claim\.yaml:3:\d+ /);
    expect(lines.join('\n')).toContain(message);
  });

  it('refuses a range that ends before it begins, where the range begins', () => {
    const text = `${HEAD}expect: [{ what: x, quantity: 1, claimed: { from: 5, to: 0 } }]\n`;
    expect(errorLines(() => load(text))).toEqual([
      'claim.yaml:3:51 expect[0].claimed.from: read 5, expected at most 0, where the range ends.',
    ]);
    expect(() => load(text.replace('from: 5', 'from: 0'))).not.toThrow();
  });

  const TIME = '{ value: p99_ttft_ms }';
  const BYTES = '{ kv_bytes: { model: llama-3.1-8b, tokens: 1 } }';
  it.each([
    [`{ ratio: [${TIME}, ${TIME}] }`, 'ms', 'a ratio; expected one of %, x'],
    ['{ ratio: [1, 2] }', 'GB', 'a ratio; expected one of %, x'],
    ['{ ratio: [{ value: completed }, { value: completed }] }', 'requests', 'a ratio; expected one of %, x'],
    [BYTES, 's', 'bytes; expected one of GB, GiB, KiB'],
    ['{ weight_bytes: { model: llama-3.1-8b } }', 'tokens', 'bytes; expected one of'],
    ['{ check: usable_bytes }', 'x', 'bytes; expected one of'],
    ['{ price: { gpu: h100-sxm, market: spot } }', 'GB', 'an amount of money; expected one of $'],
    [TIME, 'GB', 'a time; expected one of ms, s, min'],
    [`{ difference: [${TIME}, 5] }`, '$', 'a time; expected one of ms, s, min'],
    [`{ last: { over: seed, where: 1, take: ${TIME} } }`, 'x', 'a time; expected one of ms, s, min'],
  ])('refuses for %s the unit %s', (quantity, unit, message) => {
    const lines = errorLines(() => load(`${HEAD}expect: [{ what: x, unit: ${unit}, quantity: ${quantity} }]\n`));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`claim.yaml:3:27 expect[0].unit: read "${unit}", but the quantity is ${message}`);
  });

  it.each([
    ['1', 'GB'],
    [`{ ratio: [${TIME}, ${TIME}] }`, '%'],
    [`{ ratio: [${BYTES}, { bandwidth: h100-sxm }] }`, 's'],
    [`{ product: [${BYTES}, 2] }`, 'GiB'],
    ['{ ratio: [{ value: completed }, { value: sim.preemptions }] }', 'requests'],
    ['{ value: sim.preemptions }', 'requests'],
    ['{ value: sim.money.usd_per_hour }', '$'],
    [TIME, 's'],
  ])('takes for %s the unit %s', (quantity, unit) => {
    expect(() => load(`${HEAD}expect: [{ what: x, unit: '${unit}', quantity: ${quantity} }]\n`)).not.toThrow();
  });

  it('that waits for something is read no further', () => {
    const text = `claim: { id: B9, says: x., waits_for: [time travel] }
past: {}
expect: [{ what: x, quantity: { value: x, of: nobody } }]
`;
    expect(load(text).cases).toEqual([]);
  });
});

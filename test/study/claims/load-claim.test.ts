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

  it('that waits for something is read no further', () => {
    const text = `claim: { id: B9, says: x., waits_for: [time travel] }
past: {}
expect: [{ what: x, quantity: { value: x, of: nobody } }]
`;
    expect(load(text).cases).toEqual([]);
  });
});

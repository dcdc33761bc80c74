import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { resolveText } from './fixtures.ts';

const BASE = `deployment: { model: tiny-1b, gpu: h100-sxm }
workload: { synthetic: { lengths: { input: 100, output: 50 } }, request_rate: 1, num_requests: 10 }
`;
const SLO = `${BASE}slo: { ttft_p99: 2s }\n`;

function tuneOf(text: string, base = SLO) {
  return resolveText(`${base}tune: ${text}\n`).tune!;
}

function problem(text: string, base = SLO): string {
  try {
    tuneOf(text, base);
    return '';
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}

describe('tune', () => {
  it('has candidates as a list, in steps, or by a precision, with token counts as vLLM reads them', () => {
    const candidates = (text: string) => tuneOf(`{ smallest: deployment.max_model_len, candidates: ${text} }`).goal;
    expect(candidates('[4k, 8K, 16384]')).toMatchObject({ candidates: { kind: 'list', values: [4000, 8192, 16_384] } });
    expect(candidates('{ from: 4k, to: 16k, step: 2k }')).toMatchObject({
      candidates: { kind: 'steps', from: 4000, to: 16_000, step: 2000 },
    });
    expect(candidates('{ from: 4k, to: 16k, precision: 2% }')).toMatchObject({
      candidates: { kind: 'geometric', from: 4000, to: 16_000, precision: 0.02 },
    });
  });

  it('has bounds in shares, durations and numbers', () => {
    const { constraints } = tuneOf(
      '{ highest: workload.request_rate, candidates: [1, 2], constraints: { goodput: ">= 99%", ttft_p99: "<= 1.5s", preemptions: "<= 4" } }',
    );
    expect(constraints).toMatchObject([
      { metric: 'goodput', bound: 'at_least', limit: { kind: 'share', share: 0.99 } },
      { metric: 'ttft_p99', bound: 'at_most', limit: { kind: 'time', us: 1_500_000 } },
      { metric: 'preemptions', bound: 'at_most', limit: { kind: 'number', value: 4 } },
    ]);
  });

  it('asks for 99 % goodput, begins with five seeds and has forty at most, unless it says otherwise', () => {
    const tune = tuneOf('{ highest: workload.request_rate, candidates: [1, 2] }');
    expect(tune.constraints).toMatchObject([{ metric: 'goodput', bound: 'at_least', limit: { share: 0.99 } }]);
    expect([tune.fewest, tune.seeds.length, tune.seeds[0], tune.seeds[39]]).toEqual([5, 40, 1, 40]);
  });

  it('begins with the seeds of the study, and goes on behind them', () => {
    const seeds = (base: string) =>
      tuneOf('{ highest: workload.request_rate, candidates: [1, 2], max_seeds: 5 }', base);
    expect(seeds(`${SLO}seeds: 3\n`)).toMatchObject({ fewest: 3, seeds: [1, 2, 3, 4, 5] });
    expect(seeds(`${SLO}seeds: [7, 2]\n`)).toMatchObject({ fewest: 2, seeds: [7, 2, 8, 9, 10] });
  });

  it('looks for the cheapest of all forms of a sweep', () => {
    const tune = tuneOf(
      '{ cheapest: { grid: { deployment.replicas: [1, 2] }, variants: [{ name: small, deployment.max_num_seqs: 8 }, { name: large }] } }',
    );
    expect(tune.goal).toMatchObject({
      objective: 'usd_per_hour',
      candidates: [
        { name: 'small', settings: { 'deployment.replicas': 1, 'deployment.max_num_seqs': 8 } },
        { name: 'large', settings: { 'deployment.replicas': 1 } },
        { name: 'small', settings: { 'deployment.replicas': 2, 'deployment.max_num_seqs': 8 } },
        { name: 'large', settings: { 'deployment.replicas': 2 } },
      ],
    });
  });

  it.each([
    ['{ candidates: [1, 2] }', 'expected one of smallest, highest and cheapest'],
    ['{ smallest: deployment.replicas, highest: workload.request_rate, candidates: [1] }', 'read smallest and highest'],
    ['{ smallest: deployment.replicas }', 'candidates are missing'],
    ['{ smallest: deployment.replicas, candidates: [1, 2], objective: goodput }', 'objective goes with cheapest'],
    ['{ cheapest: { deployment.replicas: [1] }, candidates: [1, 2] }', 'candidates goes with smallest and highest'],
    ['{ smallest: deployment.replicas, candidates: [2, 1] }', 'read 1 after 2, expected values in ascending order'],
    ['{ smallest: deployment.replicas, candidates: [1, 1] }', 'read 1 after 1, expected values in ascending order'],
    ['{ smallest: deployment.replicas, candidates: { from: 4, to: 2, step: 1 } }', 'expected more than from (4)'],
    ['{ smallest: deployment.replicas, candidates: { from: 1, to: 2 } }', 'neither of step and precision'],
    ['{ smallest: replicas, candidates: [1, 2] }', 'expected the path of a setting under deployment'],
    ['{ smallest: deployment.replicsa, candidates: [1, 2] }', 'Did you mean "replicas"?'],
    ['{ cheapest: { deployment.replicas: [0] } }', 'read 0, expected a whole number of 1 or more'],
    ['{ cheapest: { deployment.gpu: h100-sxm } }', 'expected a list of values'],
    ['{ cheapest: { deployment.replicas: [1, 1] } }', 'twice'],
    [
      '{ smallest: deployment.replicas, candidates: [1, 2], constraints: { goodput: 99% } }',
      'expected >= or <= and a value',
    ],
    [
      '{ smallest: deployment.replicas, candidates: [1, 2], constraints: { goodput: ">= many" } }',
      'expected a share such as 99%',
    ],
    ['{ smallest: deployment.replicas, candidates: [1, 2], seeds: 50 }', ''],
    ['{ smallest: deployment.replicas, candidates: [1, 2], seeds: 5, max_seeds: 4 }', 'expected 5 or more, as seeds'],
    ['{ smallest: deployment.replicas, candidates: [1, 2], seeds: 1 }', 'expected a whole number of 2 or more'],
    ['{ smalest: deployment.replicas, candidates: [1, 2] }', 'Did you mean "smallest"?'],
  ])('%s: %s', (text, message) => {
    expect(problem(text)).toContain(message);
    if (message === '') expect(problem(text)).toBe('');
  });

  it('needs something to hold', () => {
    expect(problem('{ smallest: deployment.replicas, candidates: [1, 2] }', BASE)).toContain('constraints are missing');
  });

  it('leaves no other way of choosing runs beside it', () => {
    const tune = '{ smallest: deployment.replicas, candidates: [1, 2] }';
    expect(problem(tune, `${SLO}sweep: { deployment.replicas: [1, 2] }\n`)).toContain('and has no sweep');
    expect(problem(tune, `${SLO}until: { ci_halfwidth: 5% of ttft_p99 }\n`)).toContain('and has no until');
  });

  it('says where a value is wrong', () => {
    const at = problem('{ smallest: deployment.max_num_seqs, candidates: [0.5, 1] }');
    expect(at).toMatch(/^[^ ]*:4:\d+ .*read 0\.5/);
  });

  it('is no part of a run: ids are those of the study without it', () => {
    const id = (text: string) => resolveText(text).runs[0]!.run_id;
    expect(id(`${SLO}tune: { smallest: deployment.replicas, candidates: [1, 2] }\n`)).toBe(id(SLO));
  });
});

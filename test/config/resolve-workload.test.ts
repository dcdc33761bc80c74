import { describe, expect, test } from 'vitest';
import { errorLines, resolveText } from './fixtures.ts';

const study = (...lines: string[]) =>
  ['deployment: { model: tiny-1b, gpu: h100-sxm }', 'workload:', ...lines.map((line) => `  ${line}`), ''].join('\n');
const workload = (...lines: string[]) => resolveText(study(...lines)).runs[0]!.workload;
const errors = (...lines: string[]) => errorLines(() => resolveText(study(...lines)));
const LAWS = 'lengths: { input: { constant: 9 }, output: { constant: 5 } }';

describe('a workload', () => {
  test('bundled, by its short or long name', () => {
    const short = workload('synthetic: reasoning', 'num_requests: 5');
    expect(short).toEqual({
      kind: 'synthetic',
      name: 'reasoning',
      spec: {
        description: '',
        source: '',
        base_rate: 2,
        arrivals: { process: 'poisson' },
        lengths: { input: { constant: 100 }, output: { lognormal: { mu: 5, sigma: 1 }, max: 4000 } },
        thinking_share: { constant: 0.9 },
        shared_prefix: null,
        prefix_pool: null,
        follow_up: null,
        sessions: null,
      },
      trace: null,
      request_rate: null,
      num_requests: 5,
      duration_s: null,
      max_concurrency: null,
      max_sessions: null,
      ignore_eos: false,
      max_tokens: null,
      budget: null,
      runaway: null,
      classes: [],
      long_prompts: 'reject',
    });
    expect(workload('synthetic: reasoning-r1', 'num_requests: 5').spec).toEqual(short.spec);
  });

  test('in place, with a rate', () => {
    const given = workload(`synthetic: { ${LAWS} }`, 'request_rate: 3', 'duration: 10m');
    expect(given).toMatchObject({ name: 'inline', request_rate: 3, duration_s: 600 });
  });

  test('with the burstiness of vllm bench in place of its own arrivals', () => {
    expect(workload('synthetic: chat', 'num_requests: 5', 'burstiness: 0.5').spec!.arrivals).toEqual({
      process: 'gamma',
      burstiness: 0.5,
    });
  });

  test('from a trace', () => {
    expect(workload('trace: traces/azure.csv', 'spread: 3s', 'format: azure')).toMatchObject({
      kind: 'trace',
      name: 'azure.csv',
      spec: null,
      trace: { path: 'traces/azure.csv', sha256: 'digest of traces/azure.csv', format: 'azure', spread_ms: 3000 },
      request_rate: null,
      num_requests: null,
      duration_s: null,
    });
  });

  test('from a measured run, whose outputs are as long as they were, unless the study says otherwise', () => {
    const measured = (...lines: string[]) => workload('trace: bench.json', ...lines).ignore_eos;
    expect(measured('format: vllm_bench')).toBe(true);
    expect(measured('format: requests_csv')).toBe(true);
    expect(measured('format: vllm_bench', 'ignore_eos: false')).toBe(false);
    expect(measured()).toBe(false);
    const traceFormat = (path: string) => (path === 'bench.json' ? ('vllm_bench' as const) : null);
    const told = (trace: string) => {
      const text = `deployment: { model: tiny-1b, gpu: h100-sxm }\nworkload: { trace: ${trace} }\n`;
      return resolveText(text, { traceFormat }).runs[0]!.workload;
    };
    expect(told('bench.json')).toMatchObject({ ignore_eos: true, trace: { format: 'auto', prefix_blocks: null } });
    expect(told('azure.csv').ignore_eos).toBe(false);
  });

  test('with the prefixes of a measured run, named by their content', () => {
    const prefixes = workload('trace: run.csv', 'prefix_blocks: p.jsonl').trace!.prefix_blocks;
    expect(prefixes).toEqual({ path: 'p.jsonl', sha256: 'digest of p.jsonl', block_size: 16 });
    const sized = workload('trace: run.csv', 'prefix_blocks: p.jsonl', 'prefix_block_size: 128');
    expect(sized.trace!.prefix_blocks!.block_size).toBe(128);
  });

  test.each([
    ['log_ar1', '{ process: log_ar1, step_s: 60, sigma: 0.2, phi: 0.9 }'],
    [
      'on_off',
      '{ process: on_off, burst_size: { mu: 2, sigma: 1 }, gap: { shape: 0.6, mean_s: 0.2 }, silence_s: { mu: 1, sigma: 1 } }',
    ],
    [
      'clients',
      '{ process: clients, clients: [{ share: 0.5, shape: 0.3 }], poisson_share: 0.5, poisson_clients: 100 }',
    ],
  ])('with arrivals %s', (process, text) => {
    const spec = workload(`synthetic: { arrivals: ${text}, ${LAWS} }`, 'request_rate: 1', 'num_requests: 1').spec!;
    expect(spec.arrivals.process).toBe(process);
  });
});

describe('a workload that makes no sense is refused', () => {
  test.each([
    [
      ['num_requests: 1'],
      'study.yaml:3:3 workload: read neither synthetic nor trace, expected one of them (or classes that all have lengths).',
    ],
    [
      ['synthetic: chat', 'trace: a.csv'],
      'study.yaml:3:3 workload: read both synthetic and trace, expected one of them.',
    ],
    [
      ['synthetic: caht', 'num_requests: 1'],
      'study.yaml:3:14 workload.synthetic: unknown workload "caht". Did you mean "chat"?',
    ],
    [
      ['synthetic: chat'],
      'study.yaml:3:3 workload: a synthetic workload has no end of its own; expected num_requests or duration.',
    ],
    [
      [`synthetic: { ${LAWS} }`, 'num_requests: 1'],
      'study.yaml:3:3 workload: missing; expected request_rate (requests per second, or inf), as the specification has no base_rate.',
    ],
    [
      ['synthetic: chat', 'request_rate: inf', 'duration: 1m'],
      'study.yaml:3:3 workload: with request_rate inf everything arrives at once; expected num_requests.',
    ],
    [
      ['synthetic: chat', 'num_requests: 1', 'spread: 3s'],
      'study.yaml:5:3 workload: spread belongs to a trace; remove it.',
    ],
    [
      ['synthetic: chat', 'num_requests: 1', 'prefix_blocks: p.jsonl'],
      'study.yaml:5:3 workload: prefix_blocks belongs to a trace; remove it.',
    ],
    [
      ['trace: a.csv', 'prefix_block_size: 16'],
      'study.yaml:4:3 workload: prefix_block_size belongs to prefix_blocks, which is missing.',
    ],
    [
      ['trace: a.csv', 'prefix_blocks: p.jsonl', 'prefix_block_size: 1024'],
      'study.yaml:5:22 workload.prefix_block_size: read 1024, expected a whole number of tokens from 1 to 512.',
    ],
    [['trace: a.csv', 'burstiness: 2'], 'study.yaml:4:3 workload: a trace has its own arrivals; remove burstiness.'],
    [
      ['synthetic: chat', 'num_requests: 1', 'request_rate: -1'],
      'study.yaml:5:17 workload.request_rate: read -1, expected requests per second above 0, or inf.',
    ],
    [
      [
        'synthetic: { lengths: { input: { lognoraml: { mean: 3, sigma: 1 } }, output: { constant: 5 } } }',
        'request_rate: 1',
        'num_requests: 1',
      ],
      'study.yaml:3:34 workload.synthetic.lengths.input: read {"lognoraml":{"mean":3,"sigma":1}}, expected a number of tokens, or one of constant, uniform, lognormal or mixture. Did you mean "lognormal"?',
    ],
    [
      [
        'synthetic: { lengths: { input: { constant: 3 }, output: { lognormal: { mean: -3, sigma: 1 } } } }',
        'request_rate: 1',
        'num_requests: 1',
      ],
      'study.yaml:3:80 workload.synthetic.lengths.output.lognormal.mean: read -3, expected a number above 0.',
    ],
    [
      [
        'synthetic: { lengths: { input: { uniform: { min: 9, max: 3 } }, output: { constant: 5 } } }',
        'request_rate: 1',
        'num_requests: 1',
      ],
      'study.yaml:3:45 workload.synthetic.lengths.input.uniform: min 9 is above max 3.',
    ],
    [
      [`synthetic: { arrivals: { process: posson }, ${LAWS} }`, 'request_rate: 1', 'num_requests: 1'],
      'study.yaml:3:37 workload.synthetic.arrivals.process: read "posson", expected a process: one of poisson, gamma, log_ar1, on_off, clients. Did you mean "poisson"?',
    ],
    [
      [`synthetic: { arrivals: { process: gamma, burst: 1 }, ${LAWS} }`, 'request_rate: 1', 'num_requests: 1'],
      'study.yaml:3:26 workload.synthetic.arrivals.burstiness: missing; expected a number above 0.',
    ],
  ])('%# %j', (lines, message) => {
    expect(errors(...lines)[0]).toBe(message);
  });

  test('a bundled file that is broken is named', () => {
    const broken = { bundledWorkloads: { 'chat-azure': { base_rate: 0 } } };
    expect(errorLines(() => resolveText(study('synthetic: chat', 'num_requests: 1'), broken))).toEqual([
      'workloads/chat-azure.yaml base_rate: read 0, expected a number above 0.',
      'workloads/chat-azure.yaml lengths: missing; expected a law for input and one for output, or joint with the bounds of both.',
    ]);
  });
});

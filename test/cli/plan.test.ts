import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planJson, planOf, planText } from '../../src/cli/plan.ts';
import { seedsText, sweepFileNames } from '../../src/cli/sweep-files.ts';
import { openStudy, type StudyOptions } from '../../src/study/open-study.ts';

const STUDY = [
  '# Which is it?',
  'deployment: { model: meta-llama/Llama-3.1-8B-Instruct, gpu: h100-sxm }',
  'workload: { synthetic: { lengths: { input: 100, output: 50 } }, request_rate: 5, num_requests: 200 }',
].join('\n');

function opened(lines: readonly string[], options: StudyOptions = {}, files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-plan-'));
  const all = { 'study.yaml': `${[STUDY, ...lines].join('\n')}\n`, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  const { sweepFiles: names } = options;
  const inFolder = (name: string | null) => (name === null ? null : join(folder, name));
  const sweepFiles = names && {
    ...names,
    serveParams: inFolder(names.serveParams),
    benchParams: inFolder(names.benchParams),
  };
  return openStudy(join(folder, 'study.yaml'), { ...options, ...(sweepFiles === undefined ? {} : { sweepFiles }) });
}

describe('a plan', () => {
  test('names variants and their settings, the baseline, and what is expected', async () => {
    const variants = 'sweep: { variants: [{ name: plain }, { name: fp8 kv, deployment.kv_cache_dtype: fp8 }] }';
    const text = planText(await planOf(opened([variants, 'seeds: 12', 'baseline: fp8 kv'])));
    expect(text).toMatch(/^study\nWhich is it\?\n\nplain\n {2}1 × h100-sxm, llama-3\.1-8b, /);
    expect(text).toContain('\nfp8 kv: deployment.kv_cache_dtype="fp8"\n');
    expect(text).toMatch(/ {2}runs [0-9a-f]{12} \(seed 1\), .* \(seed 8\), 4 more\n/);
    expect(text).toContain('\n24 runs; every deployment starts.\nBaseline: fp8 kv.\n');
    expect(text).toContain('About 4,800 requests with 240,000 output tokens: less than a second of CPU\n');
  });

  test('says once why several variants are compared with none', async () => {
    const sweep = [
      'sweep:',
      '  grid: { deployment.num_gpu_blocks_override: [5000, 100] }',
      '  variants:',
      '    - { name: a, deployment.max_model_len: 4k }',
      '    - { name: b, deployment.max_model_len: 1k }',
      '    - { name: c, deployment.max_model_len: 1k, deployment.max_num_seqs: 8 }',
    ];
    const text = planText(await planOf(opened(sweep)));
    expect(text.match(/compared with none/g)).toHaveLength(1);
    expect(text).toContain(
      '\nb, num_gpu_blocks_override=100; c, num_gpu_blocks_override=100 are compared with none: its baseline ',
    );
  });

  test('says how many runs a stopping rule allows', async () => {
    const lines = [
      'sweep: { deployment.max_num_seqs: [4, 8] }',
      'until: { ci_halfwidth: 5% of ttft_p99, max_seeds: 30 }',
    ];
    const text = planText(await planOf(opened(lines)));
    expect(text).toContain('20 runs; every deployment starts.');
    expect(text).toContain('Seeds are added until half the interval is within 5% of ttft_p99: at most 60 runs.');
  });

  test('begins a stopping rule with the first seeds, and with no more than it allows', () => {
    const until = ['until: { ci_halfwidth: 5% of ttft_p99 }'];
    expect(opened(until, { seeds: [1, 2, 3] }).resolved.runs).toHaveLength(3);
    expect(() => opened(until, { seeds: [1, 7] })).toThrow('--seeds 1,7: the study has until, which adds the seeds');
    const many = Array.from({ length: 41 }, (_, i) => i + 1);
    expect(() => opened(until, { seeds: many })).toThrow('until has 40 seeds at most');
    expect(() => opened(['until: { ci_halfwidth: 5% of ttft_p9 }'])).toThrow(
      'until.ci_halfwidth: no metric ttft_p9. Did you mean "ttft_p90"?',
    );
  });

  test('of a shard is about its runs', async () => {
    const open = opened(['seeds: 4']);
    const plan = await planOf(open, { runs: open.resolved.runs.slice(0, 1), workers: 3 });
    expect(planText(plan)).toContain('1 of 4 runs; every deployment starts.');
    expect(planJson(plan)).toMatchObject({
      name: 'study',
      comparisons: [],
      not_compared: [],
      confidence: 0.95,
      estimate: { runs: 1, requests: 200, output_tokens: 10_000, workers: 3 },
      runs: [{ seed: 1, variant_name: null }],
    });
  });

  test('of a long study is in minutes', async () => {
    const open = opened(['seeds: 40'], { set: ['workload.num_requests=2000000'] });
    // 80 million requests at 8 µs are 10.7 minutes, and their steps come on top.
    const [, cpu, wall] = /: ([\d.]+) min of CPU, ([\d.]+) min with 4 workers\n/.exec(
      planText(await planOf(open, { workers: 4 })),
    )!;
    expect(Number(cpu)).toBeGreaterThan(10.6);
    expect(Number(cpu) / Number(wall)).toBeCloseTo(4, 0);
  });

  test('has the variants of vLLM’s parameter files, and lists what changes nothing', async () => {
    const open = opened(
      ['seeds: 2'],
      {
        sweepFiles: { serveParams: 'serve.json', benchParams: 'bench.json', linkVars: 'max_num_seqs=max_concurrency' },
      },
      {
        'serve.json': '[{"max_num_seqs": 8, "port": 8001}, {"max_num_seqs": 16}]',
        'bench.json': '{"few": {"max_concurrency": 8}, "many": {"max_concurrency": 16}}',
      },
    );
    expect(open.resolved.runs.map(({ title, seed }) => [title, seed])).toEqual([
      ['max_num_seqs=8 port=8001, few', 1],
      ['max_num_seqs=8 port=8001, few', 2],
      ['max_num_seqs=16, many', 1],
      ['max_num_seqs=16, many', 2],
    ]);
    const notes = open.resolved.runs.map(({ deployment }) => deployment.notes.no_effect);
    expect(notes.map((each) => each.includes('--port 8001'))).toEqual([true, true, false, false]);
    expect(planText(await planOf(open))).toContain('4 runs; every deployment starts.');
  });
});

describe('the options of vLLM’s sweeps', () => {
  test('are given once each', () => {
    expect(sweepFileNames({ 'serve-params': 'a.json' })).toEqual({
      serveParams: 'a.json',
      benchParams: null,
      linkVars: null,
    });
    expect(() => sweepFileNames({ 'bench-params': ['a', 'b'] })).toThrow(
      '--bench-params is given 2 times (a, b); expected once.',
    );
  });

  test('count replications by --num-runs, or by --seeds', () => {
    expect(seedsText(null, { 'num-runs': '3' })).toBe('3');
    expect(seedsText('1,2', {})).toBe('1,2');
    expect(() => seedsText('5', { 'num-runs': '3' })).toThrow('--num-runs 3: expected this or --seeds 5, not both.');
    expect(() => seedsText(null, { 'num-runs': '1,2' })).toThrow('expected a whole number of 1 or more');
  });

  test('link nothing without files', () => {
    const sweepFiles = { serveParams: null, benchParams: null, linkVars: 'a=b' };
    expect(() => opened([], { sweepFiles })).toThrow(
      '--link-vars a=b: expected with --serve-params and --bench-params.',
    );
  });
});

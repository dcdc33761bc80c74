import { describe, expect, test } from 'vitest';
import { resolvedStudyYaml } from '../../src/config/resolved-yaml.ts';
import { resolveText, studyText } from './fixtures.ts';

const STUDIES: Record<string, string> = {
  'of defaults': studyText(),
  'with a serve line, bounds and a sweep': studyText(
    [
      'serve: vllm serve tiny-1b -tp 2 --max-num-seqs 64 --host 0.0.0.0 -q fp8 --kv-cache-dtype fp8',
      'gpu: b200-sxm',
      'replicas: 3',
    ],
    ['slo: { ttft_p99: 2s, tpot_mean: 60ms }', 'seeds: [4]', 'sweep: { deployment.max_model_len: [8k, auto] }'],
  ),
  'with blocks given': studyText([
    'model: tiny-1b',
    'gpu: l40s',
    'num_gpu_blocks_override: 5000',
    'enforce_eager: true',
  ]),
  'with KV memory given': studyText([
    'model: tiny-1b',
    'gpu: l40s',
    'kv_cache_memory_bytes: 4G',
    'performance_mode: throughput',
  ]),
  'with every null': studyText([
    'model: tiny-1b',
    'gpu: l40s',
    'prefix_cache_retention_interval: null',
    'watermark: 0.05',
  ]),
  'with a pipeline of two engines': studyText([
    'serve: vllm serve tiny-1b -tp 2 -pp 2 -dp 2',
    'gpu: l40s',
    'interconnect: pcie_host',
  ]),
  'with experts spread whole': studyText([
    'model: experts',
    'gpu: h100-sxm',
    'data_parallel_size: 4',
    'enable_expert_parallel: true',
  ]),
  'with a draft model': studyText([
    'model: tiny-1b',
    'gpu: l40s',
    'speculative_config: { model: tiny-1b, num_speculative_tokens: 4, quantization: fp8 }',
    'acceptance: { beta: { mean: 0.7, concentration: 9 }, factor_per_1k_tokens: 0.98 }',
  ]),
  'with n-grams': studyText([
    'serve: >-',
    '  vllm serve tiny-1b --speculative-config \'{"method": "ngram", "num_speculative_tokens": 5}\'',
    'gpu: l40s',
  ]),
  'with vLLM synthetic acceptance': studyText([
    'model: tiny-1b',
    'gpu: l40s',
    'speculative_config: { method: eagle3, num_speculative_tokens: 3, rejection_sample_method: synthetic, synthetic_acceptance_length: 2.3 }',
  ]),
  'of a trace': [
    'deployment: { model: tiny-1b, gpu: h100-sxm, latency: { step_overhead: 0.25ms, front_end: 0 } }',
    'workload: { trace: a/b.csv, spread: 0.5s, request_rate: inf, max_concurrency: 8, ignore_eos: true, long_prompts: reject }',
  ].join('\n'),
  'of a measured run': [
    'deployment: { model: tiny-1b, gpu: h100-sxm }',
    'workload: { trace: a/bench.json, format: vllm_bench, prefix_blocks: a/p.jsonl, prefix_block_size: 128 }',
  ].join('\n'),
  'of a specification in place': [
    'deployment: { model: tiny-1b, gpu: h100-sxm }',
    'workload:',
    '  synthetic:',
    '    description: two peaks',
    '    arrivals: { process: log_ar1, step_s: 60, sigma: 0.2, phi: 0.9 }',
    '    lengths:',
    '      joint: [{ weight: 1, mu: [6, 5], sigma: [1, 0.5], correlation: -0.3 }]',
    '      input: { min: 1, max: 7000 }',
    '      output: { min: 1, max: 2000 }',
    '    thinking_share: { beta_mixture: [{ weight: 1, alpha: 2, beta: 3 }] }',
    '    shared_prefix: { share: 0.1, tokens: 64 }',
    '    follow_up: { probability: 0.05, gap_s: { mu: 3.4, sigma: 1.3 }, strip_thinking: true }',
    '  request_rate: 0.7',
    '  duration: 90m',
  ].join('\n'),
};

const REASONING =
  'deployment: { model: tiny-1b, gpu: h100-sxm }\nworkload:\n  synthetic: reasoning\n  num_requests: 10';
STUDIES['with classes and budgets'] = [
  REASONING,
  '  classes:',
  '    chat: { share: 0.7, slo: { ttft_p99: 2s }, lengths: { input: 64, output: 32 }, thinking_share: null, follow_up: null }',
  '    batch: { share: 0.3, priority: 2, budget: { hint: { cut: 0.4 } }, shared_prefix: { share: 1, tokens: 9 } }',
  '  budget: { classifier: { error_rate: 0.3, budgets: { batch: { max_tokens: 9, cut: 0.5 } } }, max_tokens: 70 }',
  '  runaway: { share: 0.02 }',
  'slo: { e2el_p90: 9s }',
].join('\n');
STUDIES['with classes that have rates and ranges of thinking'] = [
  REASONING,
  '  classes: { a: { request_rate: 2 }, b: { request_rate: 0.3, arrivals: { process: gamma, burstiness: 2 } } }',
  '  budget: { classifier: { error_rate: 0.1, budgets: [{ below: 100, cut: 0.7 }, { below: 900 }, { thinking_tokens: 5 }] } }',
].join('\n');
STUDIES['of sessions and a pool of prefixes'] = [
  'deployment: { model: tiny-1b, gpu: h100-sxm }',
  'workload:',
  '  synthetic:',
  '    lengths: { input: 100, output: 10 }',
  '    prefix_pool: { size: 9, zipf: 0.5, tokens: { uniform: { min: 5, max: 50 } } }',
  '    sessions: { requests: { go_on: [0.2, 0.5] }, gap_s: { mu: 1, sigma: 2 }, new_tokens: 7, compaction: { above: 900, keep: 0.3 } }',
  '  max_sessions: 8',
  '  num_requests: 90',
  '  classes: { a: { share: 1 }, b: { share: 2, prefix_pool: null, sessions: null } }',
].join('\n');
STUDIES['of a trace that thinks and names its classes'] = [
  'deployment: { model: tiny-1b, gpu: h100-sxm }',
  'workload: { trace: a/b.csv, thinking_share: { constant: 0.6 }, classes: { a: {}, b: { max_tokens: null } } }',
].join('\n');

describe('a resolved run written as a study', () => {
  test.each(Object.entries(STUDIES))('%s is the same run again', (_, text) => {
    for (const run of resolveText(text).runs) {
      const [again, ...others] = resolveText(resolvedStudyYaml(run)).runs;
      expect(others).toEqual([]);
      expect(again!.run_id).toBe(run.run_id);
      const { notes: _notes, ...deployment } = run.deployment;
      expect(again).toMatchObject({ seed: run.seed, deployment, workload: run.workload, slo: run.slo });
    }
  });

  test('gives the number of blocks only where the user gave it', () => {
    const yaml = (name: string) => resolvedStudyYaml(resolveText(STUDIES[name]!).runs[0]!);
    expect(yaml('of defaults')).not.toContain('num_gpu_blocks');
    expect(yaml('with blocks given')).toContain('num_gpu_blocks_override: 5000');
  });

  test('is called what its study is called, and writes the same files', () => {
    const [run] = resolveText(studyText()).runs;
    const { name, outputs } = resolveText(resolvedStudyYaml(run!, { name: 'mine', outputs: { requests: 'csv' } }));
    expect({ name, outputs }).toEqual({ name: 'mine', outputs: { requests: 'csv' } });
  });
});

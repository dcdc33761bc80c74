import { describe, expect, test } from 'vitest';
import { extendedSource } from '../../src/config/extend.ts';
import { loadSource, parseSource } from '../../src/config/load.ts';
import { withMovedPaths } from '../../src/config/moved-paths.ts';
import { errorLines } from './fixtures.ts';

const BASE = [
  '# What is the base about?',
  'name: base',
  'deployment:',
  '  model: tiny-1b',
  '  gpu: h100-sxm',
  '  max_num_seqs: 8',
  'workload: { synthetic: chat, num_requests: 10 }',
  'slo: { ttft_p99: 2s, tpot_p99: 60ms }',
  'sweep: { grid: { workload.request_rate: [1, 2] } }',
].join('\n');

const extended = (text: string, base = BASE) =>
  extendedSource(parseSource(`extends: base.yaml\n${text}`, 'own.yaml'), parseSource(base, 'base.yaml'));

describe('a study that extends another', () => {
  test('has what the other has, mapping by mapping', () => {
    const { raw } = extended('deployment: { max_num_seqs: 16, watermark: 0.1 }\nslo: { ttft_p99: 1s }\n');
    expect(raw).toMatchObject({
      deployment: { model: 'tiny-1b', gpu: 'h100-sxm', max_num_seqs: 16, watermark: 0.1 },
      workload: { synthetic: 'chat', num_requests: 10 },
      slo: { ttft_p99: '1s', tpot_p99: '60ms' },
    });
    expect(raw).not.toHaveProperty('extends');
  });

  test('replaces lists and values, and removes by null', () => {
    const text = 'sweep: { grid: { workload.request_rate: [3] } }\nslo: null\ndeployment: { max_num_seqs: null }\n';
    const { raw } = extended(text) as { raw: Record<string, object> };
    expect(raw.sweep).toEqual({ grid: { 'workload.request_rate': [3] } });
    expect(raw).not.toHaveProperty('slo');
    expect(raw.deployment).not.toHaveProperty('max_num_seqs');
  });

  test('keeps a null of its own where there is nothing to remove', () => {
    expect(extended('workload: { max_tokens: null }').raw).toMatchObject({ workload: { max_tokens: null } });
  });

  test('has a name of its own, and a question of its own where it asks one', () => {
    expect(extended('seeds: 2').raw).not.toHaveProperty('name');
    expect(extended('seeds: 2').comment).toBe('What is the base about?');
    expect(parseSource('# Mine?\nseeds: 2', 'own.yaml').comment).toBe('Mine?');
    const asks = BASE.replace('name: base', 'question: What is asked?');
    expect(extended('seeds: 2', asks).raw).toMatchObject({ question: 'What is asked?' });
    const commented = extendedSource(
      parseSource('# Mine?\nextends: base.yaml', 'own.yaml'),
      parseSource(asks, 'base.yaml'),
    );
    expect([commented.comment, commented.raw]).toEqual([
      'Mine?',
      expect.not.objectContaining({ question: 'What is asked?' }),
    ]);
  });

  test('is refused in the file that is at fault', () => {
    const errors = (text: string, base?: string) => errorLines(() => loadSource(extended(text, base)));
    expect(errors('deployment: { max_num_seqs: 0 }')).toEqual([
      'own.yaml:2:29 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ]);
    expect(errors('seeds: 2', BASE.replace('max_num_seqs: 8', 'max_num_seqs: 0'))).toEqual([
      'base.yaml:6:17 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ]);
    expect(errors('sweep: { grid: { deployment.max_num_seqs: [4, 0] } }')).toEqual([
      'own.yaml:2:47 deployment.max_num_seqs: read 0, expected a whole number of 1 or more.',
    ]);
    // Missing in both: in the study that is run.
    expect(errors('seeds: 2', BASE.replace('  gpu: h100-sxm\n', ''))).toEqual([
      expect.stringMatching(/^base\.yaml:4:3 deployment\.gpu: missing; expected the name of a GPU/),
    ]);
    expect(errors('deployment: { nmae: x }')[0]).toMatch(/^own\.yaml:2:15 deployment: unknown key "nmae"/);
  });
});

describe('files that a study in another folder names', () => {
  const moved = (text: string) =>
    withMovedPaths(parseSource(text, 'sub/base.yaml'), (path) => `sub/${path.replace(/^\.\//, '')}`).raw;

  test('are named from the folder of the one that extends it', () => {
    expect(
      moved(`
deployment:
  model: ./models/mine
  latency: { profile: kernels, calibration: fit.json }
  market: { spot: { trace: [a.json, b.json] } }
  speculative_config: { method: draft_model, model: draft/config.json }
workload: { trace: t.csv, prefix_blocks: p.jsonl }
`),
    ).toEqual({
      deployment: {
        model: './sub/models/mine',
        latency: { profile: 'sub/kernels', calibration: 'sub/fit.json' },
        market: { spot: { trace: ['sub/a.json', 'sub/b.json'] } },
        speculative_config: { method: 'draft_model', model: './sub/draft/config.json' },
      },
      workload: { trace: 'sub/t.csv', prefix_blocks: 'sub/p.jsonl' },
    });
  });

  test('are found in sweeps too, and names of the catalog stay', () => {
    expect(
      moved(`
deployments: { a: { model: meta-llama/Llama-3.1-8B, latency: { profile: k } } }
sweep:
  grid: { workload.trace: [a.csv, b.csv] }
  variants: [{ name: x, deployments.a.model: ./m, deployments.a.gpu: l40s }]
baseline: { workload.trace: a.csv }
`),
    ).toEqual({
      deployments: { a: { model: 'meta-llama/Llama-3.1-8B', latency: { profile: 'sub/k' } } },
      sweep: {
        grid: { 'workload.trace': ['sub/a.csv', 'sub/b.csv'] },
        variants: [{ name: 'x', 'deployments.a.model': './sub/m', 'deployments.a.gpu': 'l40s' }],
      },
      baseline: { 'workload.trace': 'sub/a.csv' },
    });
  });

  test('cannot be renamed inside a serve line', () => {
    expect(errorLines(() => moved('deployment: { serve: vllm serve ./m --port 80 }'))).toEqual([
      'sub/base.yaml:1:22: a study in another folder cannot take over a serve line with the relative path ./m; expected it as model: beside the line, or the whole path.',
    ]);
  });
});
